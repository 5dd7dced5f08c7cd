//! `tenure lmstat` as monitors call it: by a link named lmutil, against a running server, one that is down, one that is
//! something else, and without a login.
//!
//! Deliberately not here: every shape of a line; they are held against the parsers' expressions beside the text.

mod program;

use program::{Ended, Site, ended, tenure};
use std::{fs, process::Command};

const ITEMS: &str = r#"[
  {"id":"cad","feature":"cad","version":"2.0","count":3,"expiry":"2090-12-31"},
  {"id":"one","feature":"one","version":"1.0","count":1,"expiry":"permanent"}
]"#;

/// What stays the same from run to run.
fn plain(text: &str, port: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace(port, "PORT");
        match line.split_once(", start ") {
            Some((before, after)) => {
                let more: Vec<&str> = after.splitn(4, ' ').skip(3).collect();
                let clock = after.split(' ').nth(2).unwrap_or_default();
                let more = match clock.ends_with(',') {
                    true => format!(", {}", more.join(" ")),
                    false => String::new(),
                };
                format!("{before}, start DAY{more}")
            }
            None if line.starts_with("Flexible License Manager status on ") => "STATUS".to_owned(),
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_monitor_sees_who_has_what() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    site.admin(&["checkout", "cad@2.0:2", "--host", "ws 14", "--user", "Ann Other"]).ok();
    site.admin(&["reservations", "add", "vip", "ws99", "one"]).ok();
    let port = server.address().rsplit_once(':').expect("a port").1.to_owned();

    // The token of the owner, as if it had been kept by a login.
    let token = format!("{}/admin.token", site.data());
    let link = site.path("lmutil");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tenure"), &link).expect("a link");
    let place = format!("{port}@127.0.0.1");
    let lmutil = |arguments: &[&str]| -> Ended {
        let mut command = Command::new(&link);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TENURE_")) {
            command.env_remove(name);
        }
        command.env("TENURE_TOKEN_FILE", &token);
        ended(command.arg("lmstat").args(["-c", &place]).args(arguments))
    };
    let all = lmutil(&["-a"]).ok();
    let serial = site.admin(&["--json", "container", "show"]).json()["serial"].clone();
    let serial = serial.as_str().expect("a serial");
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "lmutil - Tenure {version}\nSTATUS\n\nLicense server status: PORT@127.0.0.1\n    License file(s) on 127.0.0.1: \
         {serial}:\n\n127.0.0.1: license server UP (MASTER) v{version}\n\nVendor daemon status (on 127.0.0.1):\n\n  \
         tenure: UP v{version}\n\nFeature usage info:\n\nUsers of cad:  (Total of 3 licenses issued;  Total of 2 \
         licenses in use)\n\n  \"cad\" v2.0, vendor: tenure, expiry: 31-dec-2090\n  floating license\n\n    Ann_Other \
         ws-14 /dev/tty (v2.0) (127.0.0.1/PORT 1), start DAY, 2 licenses\n\nUsers of one:  (Total of 1 license issued;  \
         Total of 1 license in use)\n\n  \"one\" v1.0, vendor: tenure, expiry: 1-jan-0\n  floating license\n\n\t1 \
         RESERVATION for HOST ws99 (127.0.0.1/PORT)"
    );
    assert_eq!(plain(&all, &port), expected);

    let cad = lmutil(&["-f", "CAD"]).ok();
    assert!(cad.contains("Users of cad:") && !cad.contains("Users of one:"), "{cad}");
    let none = lmutil(&["-f", "nothing"]);
    assert!(none.stdout.contains("No such feature exists. (-5,222)"), "{}", none.stdout);
    none.fails(251);
    let items = lmutil(&["-i"]).ok();
    assert!(
        items.contains(
            "cad                             2.0          3           31-dec-2090  tenure"
        ),
        "{items}"
    );
    let totals = lmutil(&["-A", "--no-user-info"]).ok();
    assert!(totals.contains("Users of cad:") && !totals.contains("Ann_Other"), "{totals}");
    let seconds = lmutil(&["-asec"]).ok();
    let start = seconds.split(", start ").nth(1).expect("a start");
    assert_eq!(start.split(',').next().expect("a clock").matches(':').count(), 2, "{start}");
    for quiet in [&[][..], &["-s"], &["-S", "other"]] {
        let said = lmutil(quiet).ok();
        assert!(
            said.contains("license server UP") && !said.contains("Users of"),
            "{quiet:?}: {said}"
        );
    }
    assert!(lmutil(&["-S"]).ok().contains("Users of cad:"));
    assert!(lmutil(&["-v"]).ok().contains(&format!("lmstat v{version} build 1 ")));

    let by_folder = ended(tenure().args(["lmstat", "-a", "--data", &site.data()])).ok();
    assert!(by_folder.contains("Users of cad:"), "{by_folder}");
    server.stop();
}

#[test]
fn exit_codes_are_those_of_the_tool_it_stands_for() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let home = tempfile::tempdir().expect("a folder");
    let anonymous = |place: &str| {
        ended(
            tenure()
                .args(["lmstat", "-a", "-t", "5", "-c", place])
                .env("HOME", home.path())
                .env_remove("XDG_STATE_HOME"),
        )
    };
    let port = server.address().rsplit_once(':').expect("a port").1.to_owned();
    let refused = anonymous(&format!("{port}@localhost"));
    assert!(
        refused.stdout.contains("You are not a license administrator. (-63,294)"),
        "{}",
        refused.stdout
    );
    assert!(refused.fails(193).contains("tenure admin login"));
    server.stop();
    let down = anonymous(&format!("{port}@localhost"));
    assert!(
        down.stdout.contains(
            "Error getting status: Cannot connect to license server system. (-15,570:111"
        ),
        "{}",
        down.stdout
    );
    down.fails(241);
    let apart = anonymous(&format!("{port}@localhost:{port}@127.0.0.1"));
    assert_eq!(apart.stdout.matches("Error getting status").count(), 2, "{}", apart.stdout);
    assert!(apart.stdout.contains("\n--------"), "{}", apart.stdout);
    anonymous("/opt/lic/license.dat").fails(2);
    fs::metadata(home.path()).expect("nothing is kept there");
}
