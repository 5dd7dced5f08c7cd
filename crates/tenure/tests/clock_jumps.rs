//! The wall clock of a running server is set back a day and forward a year, by libfaketime.
//!
//! Where libfaketime is not installed the test says so and shows nothing; `.ci/run` installs it.

mod program;

use program::{Served, Site, tenure};
use std::{fs, path::PathBuf, time::Duration};
use tenure_document::Time;

/// Two seats for ever, and one feature that ends in a month.
fn items() -> String {
    let ends = now().plus(Duration::from_secs(30 * 86_400));
    format!(
        r#"[{{"id":"cad","feature":"cad","version":"2.0","count":2,"expiry":"permanent"}},
            {{"id":"sim","feature":"sim","version":"1.0","count":9,"expiry":"{ends}"}}]"#
    )
}

/// What a new file says: tests read no clock of their own.
fn now() -> Time {
    let file = tempfile::tempfile().expect("a file");
    let made = file.metadata().and_then(|of| of.modified()).expect("its time");
    let since = made.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Time::from_millis(i64::try_from(since.as_millis()).expect("not so late"))
}

fn libfaketime() -> Option<PathBuf> {
    let arch = std::env::consts::ARCH;
    let path = format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1");
    Some(PathBuf::from(path)).filter(|path| path.exists())
}

fn live(site: &Site) -> serde_json::Value {
    site.admin(&["--json", "leases", "list"]).json()["total"].clone()
}

fn asks(site: &Site, host: &str, feature: &str) -> String {
    let asked = site.admin(&["--json", "checkout", feature, "--host", host]);
    if asked.code == 0 { "granted".to_owned() } else { asked.stderr }
}

#[test]
fn a_clock_set_back_and_forward_frees_nothing_and_kills_nothing() {
    let Some(library) = libfaketime() else {
        eprintln!("SKIPPED: libfaketime is not installed, clock jumps were not tried");
        return;
    };
    let site = Site::licensed(&items());
    let clock = site.path("clock");
    let set = |offset: &str| fs::write(&clock, offset).expect("the clock is set");
    set("+0d");
    let server = Served::from(
        tenure()
            .args(["server", "run", "--listen", "127.0.0.1:0", "--data", &site.data()])
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", &clock)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    );
    assert_eq!(asks(&site, "ws1", "cad"), "granted");

    set("-1d");
    assert_eq!(asks(&site, "ws2", "cad"), "granted", "a set-back clock stops nobody");
    assert!(asks(&site, "ws3", "cad").contains("no-seats"), "nor does it free a seat");

    set("+365d");
    assert!(asks(&site, "ws3", "cad").contains("no-seats"), "a year ahead, leases still run");
    assert_eq!(live(&site), 2);
    assert!(asks(&site, "ws1", "sim").contains("expired"), "the item has ended by this clock");
    let status = site.admin(&["status"]).ok();
    assert!(status.contains("the clock jumped"), "{status}");

    set("+0d");
    assert_eq!(asks(&site, "ws1", "sim"), "granted", "a clock put right gives it back");
    assert_eq!(live(&site), 3);
    server.stop();
}
