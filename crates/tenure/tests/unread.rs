//! What is said when nobody reads it or nothing takes it: `tenure … | head`, a full disk, a log without a reader.
//!
//! Deliberately not here: what is said.

mod program;

use program::{Ended, Served, Site, ended, full, run, tenure, unread};
use std::{fs, process::Stdio};

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":3,"expiry":"permanent"}]"#;

fn said_to(stdout: Stdio, arguments: &[&str]) -> Ended {
    ended(tenure().args(arguments).stdout(stdout))
}

#[test]
fn a_reader_who_went_away_is_no_error_and_a_full_disk_is_one() {
    let site = Site::licensed(ITEMS);
    let (data, keys, update) = (site.data(), site.path("keys"), site.path("update.tnr"));
    for command in [
        &["ledger", "show", "--data", &data][..],
        &["ledger", "show", "--json", "--data", &data],
        &["ledger", "verify", "--data", &data],
        &["ledger", "export", "--data", &data],
        &["inspect", &update],
        &["keys", "show", "--dir", &keys],
        &["config", "check", "--data", &data],
    ] {
        let away = said_to(unread(), command);
        assert_eq!((away.code, away.stderr.as_str()), (0, ""), "{command:?}");
        let full = said_to(full(), command).fails(4);
        assert!(full.contains("No space left on device"), "{command:?}: {full}");
    }
}

#[test]
fn a_command_does_its_work_whoever_still_reads() {
    let site = Site::licensed(ITEMS);
    let (data, file) = (site.data(), site.path("ledger.jsonl"));
    let away = said_to(unread(), &["ledger", "export", "--data", &data, "-o", &file]);
    assert_eq!((away.code, away.stderr.as_str()), (0, ""));
    let written = fs::read_to_string(&file).expect("an export");
    assert_eq!(written, run(&["ledger", "export", "--data", &data]).ok());
}

#[test]
fn a_server_serves_though_nobody_reads_its_log_or_its_log_takes_nothing() {
    for log in [unread(), full()] {
        let site = Site::licensed(ITEMS);
        let server = Served::logging_to(log, &site.data());
        site.admin(&["checkout", "cad", "--host", "ws1"]).ok();
        server.stop();
        assert!(!fs::exists(site.path("data/admin.url")).expect("asked"), "a clean stop");
    }
}
