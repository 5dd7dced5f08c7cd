//! `tenure admin reservations|queue` and `checkout --wait` against a running server; reservations also after its restart.
//!
//! Deliberately not here: every rule of the line and of reservations; the tests of the lower floors have those.

mod program;

use program::{Ended, Site, tenure};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Stdio};

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":3,"expiry":"permanent"}]"#;

/// A group of one device or user, as such files have it everywhere.
fn group(name: &str, (kind, host): (&str, &str), count: u64) -> Value {
    let entry = json!({"featureName": "cad", "featureVersion": "1.0", "featureCount": count});
    let host = json!({"value": host, "type": kind});
    json!({"name": name, "reservations": [{"hostId": host, "reservationEntries": [entry]}]})
}

fn file(site: &Site, name: &str, content: &Value) -> String {
    let path = site.path(name);
    fs::write(&path, content.to_string()).expect("a file");
    path
}

#[test]
fn reservations_are_imported_exported_edited_and_listed() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let at = |arguments: &[&str]| site.admin(&[&["reservations"], arguments].concat());
    assert!(at(&["list"]).ok().contains("nothing is reserved"));

    let both = json!([group("desk", ("STRING", "ws1"), 1), group("people", ("USER", "ann"), 1)]);
    let large = json!([both[0], group("people", ("USER", "ann"), 9)]);
    let refused = at(&["import", &file(&site, "large.json", &large)]).fails(3);
    for said in ["nothing was changed, 1 do not fit", "ann/USER: cad 1.0 x9 in people: too-many, 2"]
    {
        assert!(refused.contains(said), "{refused}");
    }
    let no_group = at(&["import", &file(&site, "none.json", &json!(7))]).fails(2);
    assert!(no_group.contains("expected a group of reservations"), "{no_group}");
    let path = file(&site, "groups.json", &both);
    assert!(at(&["import", &path]).ok().contains("imported desk, people"));
    assert!(at(&["import", &path]).fails(3).contains("desk"));
    assert!(at(&["import", "--replace", &path]).ok().contains("nothing to change"));
    assert_eq!(at(&["export"]).json(), both);
    assert_eq!(at(&["export", "desk"]).json(), both[0]);

    // One seat is anybody's, one the device's, one the user's on whatever device.
    site.admin(&["checkout", "cad", "--host", "ws7"]).ok();
    let denied = site.admin(&["checkout", "cad", "--host", "ws8"]).fails(3);
    assert!(denied.contains("reserved-for-others"), "{denied}");
    site.admin(&["checkout", "cad", "--host", "ws1"]).ok();
    site.admin(&["checkout", "cad", "--host", "ws9", "--user", "ann"]).ok();
    let seen = site.admin(&["--json", "status"]).json()["now"].as_str().expect("a time").to_owned();

    // Who saw an older revision changes nothing.
    let edited = file(&site, "desk.json", &group("desk", ("STRING", "ws3"), 1));
    let told = at(&["edit", "desk", &edited, "--revision", "1"]).ok();
    assert!(told.contains("1 of them are still held by others"), "{told}");
    at(&["edit", "desk", &edited, "--revision", "1"]).fails(3);
    let shown = site.admin(&["--json", "reservations", "show", "desk"]).json();
    let entry = &shown["reservations"][0]["reservationEntries"][0];
    assert_eq!((&entry["idle"], &entry["waiting"]), (&json!(1), &json!(1)), "{shown}");
    at(&["delete", "people", "--host", "ann/USER"]).ok();
    at(&["show", "people"]).fails(3);
    at(&["add", "people", "bob/USER", "cad=1.0"]).ok();
    let listed = at(&["list"]).ok();
    assert!(listed.contains("desk") && listed.contains("people"), "{listed}");

    server.stop();
    let server = site.serve(&[]);
    assert_eq!(at(&["export", "people"]).json(), group("people", ("USER", "bob"), 1));
    let then = ["--json", "history", "--at", &seen, "--what", "reservations"];
    let then = site.admin(&then).json();
    let used = then["reservations"].as_array().expect("rows").iter().map(|row| &row["used"]);
    assert_eq!(used.collect::<Vec<_>>(), [&json!(1), &json!(1)], "{then}");
    let story = site.admin(&["devices", "timeline", "ws3"]).ok();
    assert!(story.contains("reserved") && story.contains("\"desk\""), "{story}");
    server.stop();
}

/// A command that waits, the question it asks still open.
struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Waiting {
    /// Asks for a seat of `cad`; and what is told when there is none.
    fn of(site: &Site, host: &str) -> (Waiting, String) {
        let data = site.data();
        let arguments =
            ["admin", "--data", &data, "checkout", "cad", "--host", host, "--wait", "10m"];
        let mut command = tenure();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        (Waiting { child, stderr }, line)
    }

    /// Its end.
    fn ended(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).expect("what it said");
        let mut pipe = self.child.stdout.take().expect("a pipe");
        pipe.read_to_string(&mut stdout).expect("what it printed");
        let code = self.child.wait().expect("its end").code().unwrap_or(-1);
        Ended { code, stdout, stderr }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[test]
fn who_waits_is_listed_served_or_sent_away() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    assert!(site.admin(&["queue"]).ok().contains("nobody waits"));
    let held = site.admin(&["--json", "checkout", "cad:3", "--host", "ws1"]).json();
    let (first, told) = Waiting::of(&site, "ws2");
    assert!(told.starts_with("T-1 waits for cad, place 1"), "{told}");
    let (second, told) = Waiting::of(&site, "ws3");
    assert!(told.starts_with("T-2 waits for cad, place 2"), "{told}");

    let rows = site.admin(&["--json", "queue"]).json();
    let rows = rows["items"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows.map(|row| (row["id"].clone(), row["position"].clone())).collect();
    assert_eq!(rows, [(json!("T-1"), json!(1)), (json!("T-2"), json!(2))]);
    let cancelled = site.admin(&["queue", "cancel", "T-1"]).ok();
    assert!(cancelled.contains("T-1 waits no longer"), "{cancelled}");
    site.admin(&["queue", "cancel", "T-1"]).fails(3);
    let told = first.ended().fails(3);
    assert!(told.contains("cancelled"), "{told}");

    // What comes back goes to who waits now.
    let lease = &held["leases"][0];
    let token = site.path("token");
    fs::write(&token, lease["token"].as_str().expect("a token")).expect("token file");
    let lease = lease["id"].as_str().expect("an ID");
    site.admin(&["release", lease, "--lease-token", &token]).ok();
    let granted = second.ended().ok();
    assert!(granted.contains("cad 2.0 x1"), "{granted}");
    assert!(site.admin(&["queue"]).ok().contains("nobody waits"));
    server.stop();
}
