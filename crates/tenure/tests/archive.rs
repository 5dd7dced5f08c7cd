//! Old ledger entries of a real server in real files: archived while it is stopped and by itself, proved, looked at,
//! and everything that can be wrong with them.

mod program;

use expect_test::expect;
use program::{Served, Site, run, tenure};
use std::{fs, path::Path};

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":9,"expiry":"permanent"}]"#;

/// The lines of an export.
fn exported(arguments: &[&str]) -> Vec<serde_json::Value> {
    let text = run(&[&["ledger", "export"], arguments].concat()).ok();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A site whose server has granted four leases and was stopped.
fn lived_in() -> Site {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    for host in ["ws1", "ws2", "ws3", "ws4"] {
        site.admin(&["checkout", "cad", "--host", host]).ok();
    }
    server.stop();
    site
}

fn archive(site: &Site, before: &str) -> program::Ended {
    let (data, to) = (site.data(), site.path("old"));
    run(&["ledger", "archive", "--data", &data, "--to", &to, "--before", before, "--even-recent"])
}

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".jsonl")));
    files
}

#[test]
fn old_entries_go_to_an_archive_and_everything_can_still_be_proved_and_seen() {
    let site = lived_in();
    let (data, old) = (site.data(), site.path("old"));
    let all = exported(&["--data", &data]);
    let whole = run(&["ledger", "verify", "--data", &data]).ok();
    // The last but one: the newest entries have the same instant on a fast machine.
    let middle = all[all.len() - 2]["at"].as_str().expect("a time");
    let said = archive(&site, middle).ok();
    assert!(said.starts_with(&format!("archived to {old}: ")), "{said}");

    let from_anchor = run(&["ledger", "verify", "--data", &data]).ok();
    assert!(from_anchor.contains("the ledger is whole from entry "), "{from_anchor}");
    assert!(
        from_anchor.contains(&format!("older entries, archived to {old} on ")),
        "{from_anchor}"
    );
    let with_archive = run(&["ledger", "verify", "--data", &data, "--archive", &old]).ok();
    let entries = format!("archive and ledger are whole: {} entries", all.len() + 1);
    assert!(with_archive.starts_with(&entries), "{with_archive}\n{whole}");
    let again = exported(&["--data", &data, "--archive", &old]);
    assert_eq!(again[..all.len()], all);
    assert!(exported(&["--data", &data]).len() < all.len());

    let show = ["ledger", "show", "--data", &data, "--entry", "1"];
    assert!(run(&show).fails(3).contains("[archived]"));
    assert_eq!(run(&[&show[..], &["--archive", &old]].concat()).ok().lines().count(), 1);
    let second = all[2]["at"].as_str().expect("a time");
    let past = ["ledger", "history", "--data", &data, "--at", second];
    assert!(run(&past).fails(3).contains("is archived: this ledger begins with entry"));
    let seen = run(&[&past[..], &["--archive", &old]].concat()).ok();
    assert!(seen.contains("ws1") && !seen.contains("ws4"), "{seen}");

    let server = site.serve(&[]);
    assert_eq!(site.admin(&["--json", "leases", "list"]).json()["total"], 4, "every lease lives");
    assert!(site.admin(&["journal", "list"]).ok().contains("archived the ledger's entries before"));
    assert!(site.admin(&["journal", "verify"]).ok().contains("whole"));
    let refused = site.admin(&["history", "--at", second]).fails(3);
    assert!(refused.contains(&old) && refused.contains("[archived]"), "{refused}");
    assert!(refused.contains("tenure ledger history --data DIR --archive"), "{refused}");
    let busy = archive(&site, middle).fails(3);
    assert!(busy.contains("[folder-in-use]") && busy.contains("ledger.keep_days"), "{busy}");
    server.stop();
    assert!(
        run(&["ledger", "archive", "--data", &data, "--to", &old, "--keep", "1d"])
            .ok()
            .starts_with("nothing to archive")
    );
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_lost() {
    let site = lived_in();
    let (data, old) = (site.data(), site.path("old"));
    let all = exported(&["--data", &data]);
    let middle = all[all.len() - 2]["at"].as_str().expect("a time");
    let refused = |arguments: &[&str], code: i32| {
        let said = run(&[&["ledger"], arguments].concat()).fails(code);
        said.replace(&site.path(""), "").replace(&data, "DATA")
    };
    let mut shown = String::new();
    let mut note = |what: &str, text: String| shown.push_str(&format!("{what}: {text}"));
    let inside = format!("{data}/old");
    note(
        "no choice",
        refused(&["archive", "--data", &data, "--to", &old], 2)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
            + "\n",
    );
    note("too recent", refused(&["archive", "--data", &data, "--to", &old, "--keep", "3h"], 3));
    note(
        "bad age",
        refused(&["archive", "--data", &data, "--to", &old, "--keep", "3w"], 2)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
            + "\n",
    );
    note("inside", refused(&["archive", "--data", &data, "--to", &inside, "--keep", "1d"], 2));
    note("no archive", refused(&["verify", "--data", &data, "--archive", &old], 3));
    assert_eq!(exported(&["--data", &data]), all);

    archive(&site, middle).ok();
    let verify = ["verify", "--data", &data, "--archive", &old];
    let file = files(&old)[0].clone();
    let text = fs::read_to_string(&file).expect("a file");
    fs::write(&file, text.replacen("\"genesis\"", "\"genesiS\"", 1)).expect("a change");
    note("altered", refused(&verify, 5));
    let cut: Vec<&str> = text.lines().collect();
    fs::write(&file, cut[..cut.len() - 1].join("\n") + "\n").expect("a change");
    note("cut", refused(&verify, 5).split(':').nth(2).unwrap_or_default().to_owned() + "\n");
    fs::write(&file, &text).expect("as it was");
    run(&[&["ledger"], &verify[..]].concat()).ok();
    let below = site.path("below");
    fs::rename(&old, &below).expect("its disk is taken away");
    fs::create_dir(&old).expect("the empty mount point");
    let unmounted = archive(&site, "2100-01-01T00:00:00Z").fails(3);
    assert!(
        unmounted.contains("is its disk not mounted?") && unmounted.contains("[wrong-archive]"),
        "{unmounted}"
    );
    fs::remove_dir(&old).expect("nothing was written below");
    fs::rename(&below, &old).expect("it is mounted");
    run(&[&["ledger"], &verify[..]].concat()).ok();

    let other = lived_in();
    let foreign = other.path("old");
    archive(&other, "2100-01-01T00:00:00Z").ok();
    let mixed = refused(&["verify", "--data", &data, "--archive", &foreign], 3);
    assert!(mixed.contains("its signature is not this server's [wrong-archive]"), "{mixed}");
    let mixed = run(&[
        "ledger",
        "archive",
        "--data",
        &data,
        "--to",
        &foreign,
        "--even-recent",
        "--keep",
        "0h",
    ])
    .fails(3);
    assert!(mixed.contains("[wrong-archive]"), "{mixed}");
    expect![[r#"
        no choice: error: the following required arguments were not provided:
        too recent: error: entries of the last 24 hours are needed to answer repeated requests [too-recent]
          hint: keep at least 1d; or say --even-recent
        bad age: error: invalid value '3w' for '--keep <AGE>': `3w` is not a number and `d` or `h`, such as 90d
        inside: error: the archive data/old can't lie in the data folder
          hint: name a folder elsewhere, best on another disk
        no archive: error: the archive old can't be read: No such file or directory (os error 2) [wrong-archive]
        altered: error: ledger entry 0: payload-altered: the events don't match their hash
        cut:  entry-missing
    "#]].assert_eq(&shown);
}

#[test]
fn a_state_that_is_damaged_is_made_anew_from_the_archive() {
    let site = lived_in();
    let (data, old) = (site.data(), site.path("old"));
    archive(&site, "2100-01-01T00:00:00Z").ok();
    fs::remove_dir_all(Path::new(&data).join("snapshots")).expect("snapshots");
    let database = Path::new(&data).join("ledger.db");
    let mut bytes = fs::read(&database).expect("the ledger");
    let needle = br#""machine":{"#;
    let at = bytes.windows(needle.len()).position(|window| window == needle).expect("the state");
    bytes[at + 1] = b'M';
    fs::write(&database, bytes).expect("damage");
    let said = run(&["server", "run", "--listen", "127.0.0.1:0", "--data", &data]).fails(5);
    assert!(said.contains("it can be made anew from the archive"), "{said}");
    assert!(said.contains("tenure ledger rebuild"), "{said}");
    run(&["ledger", "rebuild", "--data", &data, "--archive", &old]).ok();
    let server = site.serve(&[]);
    assert_eq!(site.admin(&["--json", "leases", "list"]).json()["total"], 4);
    server.stop();
    run(&["ledger", "verify", "--data", &data, "--archive", &old]).ok();
}

/// A year later, by libfaketime: the server archives what is older than it was told to keep, and serves on.
#[test]
fn a_running_server_archives_by_itself() {
    let site = lived_in();
    let (data, old) = (site.data(), site.path("old"));
    let settings = format!("[ledger]\narchive_dir = \"{old}\"\nkeep_days = 30\n");
    fs::write(Path::new(&data).join("tenure.toml"), settings).expect("a configuration");
    let server = site.serve(&[]);
    site.admin(&["checkout", "cad", "--host", "ws5"]).ok();
    server.stop();
    assert!(!Path::new(&old).exists(), "nothing is that old");

    let arch = std::env::consts::ARCH;
    let library = format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1");
    if !Path::new(&library).exists() {
        eprintln!("SKIPPED: libfaketime is not installed, no year passed");
        return;
    }
    let a_year_later = || {
        Served::from(
            tenure()
                .args(["server", "run", "--listen", "127.0.0.1:0", "--data", &data])
                .env("LD_PRELOAD", &library)
                .env("FAKETIME", "+365d")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        )
    };
    // What stands in the way is told until it is gone, and nothing is lost by it.
    fs::write(&old, "not a folder").expect("a file");
    let server = a_year_later();
    let alarms = || site.admin(&["--json", "status"]).json()["alarms"].to_string();
    let told = (0..2_000).any(|_| alarms().contains("old ledger entries could not be archived"));
    assert!(told, "{}", alarms());
    server.stop();
    fs::remove_file(&old).expect("it is there");
    let server = a_year_later();
    // The first round is under way; each request is a look at how far it is.
    let archived = (0..2_000).any(|_| {
        let listed = site.admin(&["journal", "list"]).ok();
        listed.contains("the server (ledger.keep_days) archived the ledger's entries before")
    });
    assert!(archived, "the server archived its old entries");
    assert!(!alarms().contains("archived"), "{}", alarms());
    site.admin(&["checkout", "cad", "--host", "ws6"]).ok();
    server.stop();
    let said = run(&["ledger", "verify", "--data", &data, "--archive", &old]).ok();
    assert!(said.starts_with("archive and ledger are whole: "), "{said}");

    fs::write(Path::new(&data).join("tenure.toml"), "[ledger]\narchive_dir = \"old\"\n").expect("");
    let relative = run(&["server", "run", "--data", &data]).fails(2);
    assert!(relative.contains("not an absolute path"), "{relative}");
}
