//! The offline commands as people use them: the real program, real files, everything that can go wrong with them.
//!
//! Invariants: no network, no clock but the machine's, no order between tests; each has its own folder.

#[path = "support/desk.rs"]
mod desk;

use desk::{Desk, ITEMS, plain, text};
use expect_test::expect;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

#[test]
fn the_whole_way_from_keys_to_items() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    expect!["update for container T-SERIAL: operations 1 to 3, written to update.tnr"].assert_eq(
        &plain(
            &desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr"),
        ),
    );
    expect!["applied operations 1 to 3"]
        .assert_eq(&plain(&desk.ok("server apply --data data update.tnr")));
    expect!["already applied; the container is at operation 3"]
        .assert_eq(&plain(&desk.ok("server apply --data data update.tnr")));

    let receipt = desk.ok("server receipt --data data");
    assert!(receipt.starts_with("-----BEGIN TENURE RECEIPT-----"), "{receipt}");
    desk.ok("server context --data data -o context-2.tnr");
    expect!["update for container T-SERIAL: operations 4 to 5, written to update-2.tnr"].assert_eq(&plain(&desk.ok(
        "issue --keys keys --context context-2.tnr --withdraw cad-2:2 --withdraw render -o update-2.tnr",
    )));
    expect!["applied operations 4 to 5"]
        .assert_eq(&plain(&desk.ok("server apply --data data update-2.tnr")));
    let context = desk.ok("server context --data data");
    desk.write("context-3.tnr", &context);
    let shown = desk.ok("inspect context-3.tnr --json");
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let content: serde_json::Value =
        serde_json::from_str(shown["content"].as_str().unwrap()).unwrap();
    expect![[r#"5 [{"count":3,"feature":"cad","id":"cad-2","version":"2.0"}]"#]]
        .assert_eq(&format!("{} {}", content["sequence"], content["items"]));
    assert!(desk.ledger_head().starts_with("the ledger is whole: 3 entries"));
    expect![[r#"
        EVENTS
        the beginning
        container
        container"#]]
    .assert_eq(&events(&desk.ok("ledger show --data data")));
    assert_eq!(desk.ok("ledger export --data data").lines().count(), 3);
    assert_eq!(desk.ok("ledger show --data data --entry 1").lines().count(), 1);
    assert!(desk.fails("ledger show --data data --entry 9").starts_with("3 "));
}

#[test]
fn an_export_is_the_owners_and_takes_the_place_of_the_former() {
    let desk = Desk::with_server();
    desk.write("ledger.jsonl", "an earlier one");
    expect!["1 entries written to ledger.jsonl"]
        .assert_eq(desk.ok("ledger export --data data -o ledger.jsonl").trim());
    assert_eq!(desk.read("ledger.jsonl"), desk.ok("ledger export --data data"));
    let mode = fs::metadata(desk.path("ledger.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The last column.
fn events(shown: &str) -> String {
    shown
        .lines()
        .map(|line| line.trim_end().rsplit("  ").next().unwrap_or("").trim())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn files_that_must_not_be_applied() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");

    // Another server of the same publisher, and another publisher with a server of its own.
    desk.ok("server init --data other --keyset keys/keyset.tnr");
    desk.ok("server context --data other -o other.ctx");
    desk.ok("issue --keys keys --context other.ctx --items items.json -o for-other.tnr");
    desk.ok("keys init --dir foreign --publisher Other --roots 1 --threshold 1 --no-passphrase");
    desk.ok("issue --keys foreign --context context.tnr --items items.json -o foreign.tnr");

    let good = desk.read("update.tnr");
    desk.write("truncated.tnr", &good[..good.len() / 2]);
    let middle = good.len() / 2;
    let flipped = if good.as_bytes()[middle] == b'A' { "B" } else { "A" };
    desk.write("flipped.tnr", &format!("{}{flipped}{}", &good[..middle], &good[middle + 1..]));
    desk.write("relabeled.tnr", &good.replace("TENURE UPDATE", "TENURE CONTEXT"));
    desk.write("empty.tnr", "");
    desk.write("huge.tnr", &"A".repeat(1_200_000));
    desk.write("trailing.tnr", &format!("{good}and more\n"));

    let before = desk.ledger_head();
    let mut shown = String::new();
    for name in [
        "for-other",
        "foreign",
        "truncated",
        "relabeled",
        "empty",
        "huge",
        "trailing",
        "context",
        "missing",
    ] {
        let failure = desk.fails(&format!("server apply --data data {name}.tnr"));
        shown += &format!("{name}: {}\n", plain(failure.trim_end()));
    }
    expect![[r#"
        for-other: 3 error: the update is for container T-SERIAL, this is T-SERIAL [wrong-container]
        foreign: 3 error: the document is signed by a key that the key set does not hold; get the publisher's newest key set [unknown-key]
        truncated: 3 error: truncated.tnr: the text form of the document is damaged: the END line is missing; get the file again from its sender [malformed-armor]
        relabeled: 3 error: relabeled.tnr: the BEGIN line says CONTEXT but the signed document is a UPDATE; do not use this file [armor-mismatch]
        empty: 3 error: empty.tnr: this is not a Tenure document: EOF while parsing a value at line 1 column 0; get the file again from its sender [malformed-envelope]
        huge: 3 error: huge.tnr: the document is 1200000 bytes long, at most 1048576 are accepted [too-large]
        trailing: 3 error: trailing.tnr: there is data after the end of the document [trailing-data]
        context: 3 error: context.tnr: this is a context, not an update [wrong-type]
        missing: 4 error: can't read missing.tnr: No such file or directory (os error 2)
    "#]].assert_eq(&shown);
    // A bit flipped in base64 gives one of several named refusals, whatever it hits.
    let flipped = desk.fails("server apply --data data flipped.tnr");
    assert!(flipped.starts_with("3 "), "{flipped}");
    assert_eq!(desk.ledger_head(), before, "nothing changed");
    desk.ok("server apply --data data update.tnr");
}

#[test]
fn repeated_reordered_and_stale_files() {
    let desk = Desk::with_server();
    let mut shown = String::new();
    for (number, count) in [(1, 5), (2, 6), (3, 7)] {
        desk.write("items.json", &format!(r#"[{{"id":"a","feature":"cad","version":"2.0","count":{count},"expiry":"permanent"}}]"#));
        desk.ok(&format!(
            "issue --keys keys --context context.tnr --items items.json -o {number}.tnr"
        ));
    }
    for number in [2, 1, 2, 3, 1, 3] {
        shown +=
            &format!("{number}: {}", desk.ok(&format!("server apply --data data {number}.tnr")));
    }
    // What was issued on a later context does not begin where an older copy of the server stands.
    desk.ok("server context --data data -o later.tnr");
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context later.tnr --items items.json -o 4.tnr");
    let before = desk.ledger_head();
    desk.ok("server apply --data data 4.tnr");
    assert_ne!(desk.ledger_head(), before);
    shown += &format!("1: {}", desk.ok("server apply --data data 1.tnr"));
    expect![[r#"
        2: applied operations 1 to 3
        1: already applied; the container is at operation 3
        2: already applied; the container is at operation 3
        3: applied operation 4
        1: already applied; the container is at operation 4
        3: already applied; the container is at operation 4
        1: already applied; the container is at operation 6
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_restored_copy_of_a_server_is_found() {
    let desk = Desk::with_server();
    copy_folder(&desk.path("data"), &desk.path("copy"));
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    desk.ok("server apply --data data update.tnr");
    desk.ok("server context --data data -o after.tnr");
    desk.ok("issue --keys keys --context after.tnr -o nothing.tnr");
    desk.write(
        "more.json",
        r#"[{"id":"b","feature":"cad","version":"2.0","count":1,"expiry":"permanent"}]"#,
    );
    desk.ok("issue --keys keys --context after.tnr --items more.json -o more.tnr");

    expect!["3 error: the update begins after operation 3, but this container is at 0: an earlier update is missing; send a new context to the publisher, the next update holds everything [gap]"].assert_eq(&plain(desk.fails("server apply --data copy more.tnr").trim_end()));
    desk.ok("server context --data copy -o copy.tnr");
    expect![[r#"
        3 error: container T-SERIAL is in state "rollback" (its context showed operation 0): nothing is issued until a person decides about it [rollback]
          hint: a back office (`tenure office`) can rule about it; with keys alone: make a new container, issue to that, and revoke this one with `tenure keys revoke --container`"#]]
        .assert_eq(&plain(desk.fails("issue --keys keys --context copy.tnr -o x.tnr").trim_end()));
    assert!(!desk.path("x.tnr").exists());
    // The honest one has to wait for a person's decision too.
    desk.ok("server context --data data -o honest.tnr");
    assert!(desk.fails("issue --keys keys --context honest.tnr -o x.tnr").contains("[rollback]"));
}

#[test]
fn orders_that_make_no_sense() {
    let desk = Desk::with_server();
    let one = |members: &str| {
        format!(
            r#"[{{"id":"a","feature":"cad","version":"2.0","count":1,"expiry":"permanent"{members}}}]"#
        )
    };
    let mut shown = String::new();
    for (name, items) in [
        ("unknown member", one(r#","seats":3"#)),
        ("negative count", one("").replace(":1,", ":-1,")),
        ("zero count", one("").replace(":1,", ":0,")),
        ("huge count", one("").replace(":1,", ":99999999999,")),
        ("impossible date", one("").replace("permanent", "2027-02-30")),
        ("member twice", one(r#","count":2"#)),
        (
            "id twice",
            format!("{},{}", one("").trim_end_matches(']'), one("").trim_start_matches('[')),
        ),
        ("not JSON", "items".into()),
        ("not a list", "{}".into()),
    ] {
        desk.write("items.json", &items);
        let failure =
            desk.fails("issue --keys keys --context context.tnr --items items.json -o x.tnr");
        shown += &format!("{name}: {}\n", failure.lines().next().unwrap());
    }
    for line in ["--withdraw nothing", "--withdraw a:b", "--items missing.json"] {
        let failure =
            desk.fails(&format!("issue --keys keys --context context.tnr {line} -o x.tnr"));
        shown += &format!("{line}: {}\n", failure.lines().next().unwrap());
    }
    assert!(!desk.path("x.tnr").exists());
    expect![[r#"
        unknown member: 3 error: items.json: unknown member: item "a": `seats`, expected one of `id`, `feature`, `version`, `count`, `start`, `expiry`, `kind`, `overdraft`, `seat_basis`, `exclusive`, `borrow_max_seconds`, `borrow_interval_seconds`, `grace_days`, `virtual`, `enforcement`, `min_named_user_days`, `checkpoint_days`, `moves`, `binding`, `vendor_string`, `product`, `activation_id`, `entitlement_id`, `issuer`, `notice`, `serial`, `selectors`, `ext`; a newer Tenure may know it [unknown-member]
        negative count: 3 error: items.json: the content is wrong: item "a": count: invalid type: integer `-1`, expected a count of 1 to 10000000 or "uncounted" [malformed-payload]
        zero count: 3 error: items.json: the content is wrong: item "a": count: invalid value: integer `0`, expected a count of 1 to 10000000 or "uncounted" [malformed-payload]
        huge count: 3 error: items.json: the content is wrong: item "a": count: invalid value: integer `99999999999`, expected a count of 1 to 10000000 or "uncounted" [malformed-payload]
        impossible date: 3 error: items.json: the content is wrong: item "a": expiry: invalid value: string "2027-02-30", expected "permanent", a date such as "2027-12-31" or a time in UTC [malformed-payload]
        member twice: 3 error: items.json: member "count" stands twice in one object [duplicate-member]
        id twice: 3 error: items.json: the content is wrong: two items have the id "a" [malformed-payload]
        not JSON: 3 error: items.json: the content is wrong: expected value at line 1 column 1 [malformed-payload]
        not a list: 3 error: items.json: the content is wrong: expected a JSON list of items: [{"id": …}, …] [malformed-payload]
        --withdraw nothing: 3 error: item "nothing" can't be withdrawn: the container does not hold it (it holds nothing) [not-held]
        --withdraw a:b: 2 error: --withdraw a:b: "b" is not a count; write ID or ID:COUNT
        --items missing.json: 4 error: can't read missing.json: No such file or directory (os error 2)
    "#]].assert_eq(&shown);
    assert!(!desk.path("keys/containers").read_dir().unwrap().any(|_| true), "nothing was issued");
}

#[test]
fn items_that_have_ended_are_issued_with_a_warning() {
    let desk = Desk::with_server();
    desk.write(
        "ended.json",
        r#"[{"id":"a","feature":"cad","version":"2.0","count":1,"expiry":"2020-12-31"}]"#,
    );
    let issued = desk.run("issue --keys keys --context context.tnr --items ended.json -o x.tnr");
    assert!(issued.status.success());
    expect![[r#"
        warning: item "a" ended at 2020-12-31T23:59:59.999Z already: nobody can use it
    "#]]
    .assert_eq(&desk::text(&issued.stderr));
}

#[test]
fn a_file_of_another_kind_is_named_as_what_it_is() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let mut shown = String::new();
    for arguments in [
        "server init --data more --keyset context.tnr",
        "server init --data more --keyset keys/root-1.key",
        "inspect update.tnr --keyset context.tnr",
        "inspect update.tnr --keyset keys/keyset.tnr --revocation context.tnr",
        "inspect keys/root-1.key",
        "audit update.tnr --keyset update.tnr",
        "issue --keys keys --context update.tnr -o x.tnr",
        "issue --keys keys --context context.tnr --items keys/root-1.key -o x.tnr",
        "server apply --data data keys/keyset.tnr",
    ] {
        shown += &format!("{arguments}: {}", desk.fails(arguments));
    }
    expect![[r#"
        server init --data more --keyset context.tnr: 3 error: context.tnr: this is a context, not a key list [wrong-type]
        server init --data more --keyset keys/root-1.key: 3 error: keys/root-1.key is a private key [wrong-type]
          hint: keep it, and show it to nobody
        inspect update.tnr --keyset context.tnr: 3 error: context.tnr: this is a context, not a key list [wrong-type]
        inspect update.tnr --keyset keys/keyset.tnr --revocation context.tnr: 3 error: context.tnr: this is a context, not a revocation list [wrong-type]
        inspect keys/root-1.key: 3 error: keys/root-1.key is a private key [wrong-type]
          hint: keep it, and show it to nobody
        audit update.tnr --keyset update.tnr: 3 error: update.tnr: this is an update, not a key list [wrong-type]
        issue --keys keys --context update.tnr -o x.tnr: 3 error: update.tnr: this is an update, not a context [wrong-type]
        issue --keys keys --context context.tnr --items keys/root-1.key -o x.tnr: 3 error: keys/root-1.key is a private key [wrong-type]
          hint: keep it, and show it to nobody
        server apply --data data keys/keyset.tnr: 3 error: keys/keyset.tnr: this is a key list, not an update [wrong-type]
    "#]].assert_eq(&shown);
}

#[test]
fn folders_open_to_others_and_folders_in_use_are_refused() {
    let desk = Desk::with_server();
    let chmod = |name: &str, mode: u32| {
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut shown = String::new();
    let mut note = |name: &str, failure: String| {
        let here = format!("{}/", desk.folder.path().display());
        shown += &format!("{name}: {}\n", failure.replace(&here, "").lines().next().unwrap());
    };
    chmod("data", 0o750);
    note("data folder", desk.fails("server context --data data"));
    chmod("data", 0o700);
    chmod("data/identity.key", 0o644);
    note("identity key", desk.fails("server context --data data"));
    chmod("data/identity.key", 0o600);
    chmod("keys", 0o755);
    note("key folder", desk.fails("keys show --dir keys"));
    chmod("keys", 0o700);
    chmod("passphrase", 0o644);
    note("passphrase", desk.fails("keys init --dir more"));
    chmod("passphrase", 0o600);
    note("init again", desk.fails("server init --data data --keyset keys/keyset.tnr"));
    note("among keys", desk.fails("server init --data keys --keyset keys/keyset.tnr"));
    note("office among keys", desk.fails("office init --data keys --keys keys"));
    desk.ok("keys show --dir keys");
    note("no server", desk.fails("server context --data nowhere"));
    note("no keys", desk.fails("keys show --dir nowhere"));

    let lock = fs::File::options().write(true).open(desk.path("data/tenure.lock")).unwrap();
    lock.lock().unwrap();
    let failure = desk.fails("server context --data data");
    assert!(failure.contains("tenure admin --data data container context"), "{failure}");
    note("data in use", failure.split_once(" has ").unwrap().1.to_owned());
    drop(lock);
    desk.ok("server context --data data");
    expect![[r#"
        data folder: 3 error: data can be read or changed by other users (mode 750); make it owner-only with: chmod 700 data [open-to-others]
        identity key: 3 error: data/identity.key can be read or changed by other users (mode 644); make it owner-only with: chmod 600 data/identity.key [open-to-others]
        key folder: 3 error: keys can be read or changed by other users (mode 755); make it owner-only with: chmod 700 keys [open-to-others]
        passphrase: 3 error: passphrase can be read or changed by other users (mode 644); make it owner-only with: chmod 600 passphrase [open-to-others]
        init again: 3 error: there is a license server in data already [exists]
        among keys: 3 error: keys is a folder of publisher keys, and no data goes into it [key-folder]
        office among keys: 3 error: keys is a folder of publisher keys, and no data goes into it [key-folder]
        no server: 3 error: there is no license server in nowhere [no-server]
        no keys: 3 error: there are no publisher keys in nowhere [no-keys]
        data in use: the data folder data open: only one server can use it at a time [folder-in-use]
    "#]].assert_eq(&shown);
}

/// What an attempt leaves that ran out of space, or was cut off: keys, and a ledger without its first entry.
#[test]
fn a_server_whose_making_was_interrupted_is_made_by_the_next_attempt() {
    let desk = Desk::with_keys();
    let init = "server init --data data --keyset keys/keyset.tnr";
    desk.ok(init);
    let key = fs::read(desk.path("data/identity.key")).unwrap();
    let emptied = || {
        for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            drop(fs::remove_file(desk.path("data").join(file)));
        }
        fs::write(desk.path("data/ledger.db"), "").unwrap();
    };
    emptied();
    let lost = desk.fails(init);
    assert!(lost.contains("[exists]"), "its snapshots tell of entries that are lost: {lost}");
    fs::remove_dir_all(desk.path("data/snapshots")).unwrap();
    emptied();
    let unmade = desk.fails("server context --data data");
    assert!(unmade.starts_with("5 ") && unmade.contains("holds no container"), "{unmade}");
    desk.ok(init);
    assert_eq!(fs::read(desk.path("data/identity.key")).unwrap(), key);
    assert!(desk.ledger_head().starts_with("the ledger is whole: 1 entries"));
    assert!(desk.fails(init).contains("[exists]"));
}

#[test]
fn a_damaged_ledger_is_named_and_ends_with_its_own_exit_code() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    desk.ok("server apply --data data update.tnr");
    // Wherever the storage engine keeps the entry at the moment: its file, or the log beside it.
    let needle = br#""feature":"cad""#;
    for name in ["data/ledger.db", "data/ledger.db-wal"] {
        let Ok(mut bytes) = fs::read(desk.path(name)) else { continue };
        for at in 0..bytes.len().saturating_sub(needle.len()) {
            if bytes[at..].starts_with(needle) {
                bytes[at + 11] = b'x';
            }
        }
        fs::write(desk.path(name), bytes).unwrap();
    }
    let verified = desk.fails("ledger verify --data data");
    assert!(verified.starts_with("5 ") && verified.contains("entry 1"), "{verified}");
    let opened = desk.fails("server context --data data");
    assert!(opened.starts_with("5 "), "{opened}");
}

#[test]
fn inspecting_says_what_was_and_was_not_checked() {
    let desk = Desk::with_server();
    desk.write("items.json", ITEMS);
    desk.ok("issue --keys keys --context context.tnr --items items.json -o update.tnr");
    let verdict = |shown: String| {
        let words = ["VERIFIED", "SELF-SIGNED", "NOT CHECKED", "REFUSED"];
        words
            .into_iter()
            .find(|word| shown.lines().any(|line| line.starts_with(word)))
            .unwrap_or("none")
            .to_owned()
    };
    assert_eq!(verdict(desk.ok("inspect update.tnr")), "NOT CHECKED");
    assert_eq!(verdict(desk.ok("inspect update.tnr --keyset keys/keyset.tnr")), "VERIFIED");
    assert_eq!(verdict(desk.ok("inspect context.tnr")), "SELF-SIGNED");
    desk.ok("keys init --dir foreign --publisher Other --roots 1 --threshold 1 --no-passphrase");
    let foreign = desk.run("inspect update.tnr --keyset foreign/keyset.tnr");
    assert_eq!(foreign.status.code(), Some(3));
    assert_eq!(verdict(text(&foreign.stdout)), "REFUSED");
    assert!(desk.fails("inspect items.json").starts_with("3 "));
    // A summary that says something else than the signed content.
    let lied = desk.read("update.tnr").replacen(
        "UPDATE-----\n",
        "UPDATE-----\nOperations: a thousand seats\n",
        1,
    );
    desk.write("lied.tnr", &lied);
    assert!(desk.ok("inspect lied.tnr").contains("WARNING"));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
