//! `tenure admin` against a running server: set-up, users and roles, every list, tables and JSON, exit codes.
//!
//! Deliberately not here: every answer's shape; the API tests of the server crate have that.

mod program;

use program::{Site, ended, owner_only, run, tenure};
use std::fs;

const ITEMS: &str = r#"[
  {"id":"cad","feature":"cad","version":"2.0","count":2,"expiry":"permanent"},
  {"id":"sim","feature":"sim","version":"1.0","count":100,"expiry":"2090-12-31","kind":{"metered":{"reusable":false,"undo_seconds":300}}}
]"#;

/// A password in an owner-only file.
fn password(site: &Site, name: &str, text: &str) -> String {
    let file = site.path(name);
    fs::write(&file, format!("{text}\n")).expect("password file");
    owner_only(std::path::Path::new(&file));
    file
}

#[test]
fn from_the_set_up_token_to_users_with_roles() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let first = password(&site, "first", "a first pass phrase");
    let (session, other) = (site.path("session"), site.path("other"));

    let setup = run(&[
        "admin",
        "--data",
        &site.data(),
        "--token-file",
        &session,
        "setup",
        "root",
        "--password-file",
        &first,
    ])
    .ok();
    assert!(setup.contains("logged in as root (admin)"), "{setup}");
    assert!(
        !fs::exists(format!("{}/setup.token", site.data())).expect("readable"),
        "the one-time token is gone"
    );
    let again = run(&["admin", "--data", &site.data(), "setup", "root", "--password-file", &first]);
    assert_ne!(again.code, 0, "a second set-up is refused");

    let second = password(&site, "second", "a second pass phrase");
    let as_root = |arguments: &[&str]| {
        run(&[&["admin", "--server", &server.url, "--token-file", &session], arguments].concat())
    };
    as_root(&["users", "add", "rita", "--roles", "read", "--password-file", &second]).ok();
    let users = as_root(&["users", "list"]).ok();
    assert!(users.contains("rita") && users.contains("root"), "{users}");

    let login = run(&[
        "admin",
        "--server",
        &server.url,
        "--token-file",
        &other,
        "login",
        "rita",
        "--password-file",
        &second,
    ])
    .ok();
    assert!(login.contains("logged in as rita (read)"), "{login}");
    let as_rita = |arguments: &[&str]| {
        run(&[&["admin", "--server", &server.url, "--token-file", &other], arguments].concat())
    };
    as_rita(&["features"]).ok();
    let said = as_rita(&["suspend", "--reason", "no"]).fails(6);
    assert!(said.contains("another role"), "{said}");

    let third = password(&site, "third", "a third pass phrase");
    as_rita(&["users", "password", "--current-password-file", &second, "--password-file", &third])
        .ok();
    let wrong = run(&[
        "admin",
        "--server",
        &server.url,
        "--token-file",
        &other,
        "login",
        "rita",
        "--password-file",
        &second,
    ]);
    assert_eq!(wrong.code, 6, "{}", wrong.stderr);

    as_root(&["users", "edit", "rita", "--roles", "read,drop-device"]).ok();
    as_root(&["users", "delete", "rita"]).ok();
    let users = as_root(&["--json", "users", "list"]).json();
    assert_eq!(users["total"], 1, "{users}");
    as_root(&["logout"]).ok();
    server.stop();
}

#[test]
fn a_checkout_by_hand_from_preview_to_release() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let preview = site.admin(&["preview", "cad@2.0:5", "--host", "ws1"]).ok();
    assert!(preview.contains("no-seats") && preview.contains('2'), "{preview}");

    let granted =
        site.admin(&["--json", "checkout", "cad@2.0", "--host", "ws1", "--user", "ann"]).json();
    let lease = granted["leases"][0]["id"].as_str().expect("an id").to_owned();
    fs::write(site.path("token"), granted["leases"][0]["token"].as_str().expect("a token"))
        .expect("token file");
    site.admin(&["checkout", "cad@2.0", "--host", "ws2"]).ok();
    let denied = site.admin(&["checkout", "cad@2.0", "--host", "ws3"]).fails(3);
    assert!(denied.contains("[no-seats]") && denied.contains("hint:"), "{denied}");

    let shown = site.admin(&["leases", "show", &lease]).ok();
    assert!(shown.contains("ann@ws1"), "{shown}");
    site.admin(&["renew", &lease, "--lease-token", &site.path("token")]).ok();
    site.admin(&["release", &lease, "--lease-token", &site.path("token")]).ok();
    site.admin(&["leases", "show", &lease]).fails(3);
    let features = site.admin(&["features", "list"]).ok();
    assert!(features.contains("cad") && features.contains("metered"), "{features}");

    let used = site.admin(&["--json", "usage", "consume", "sim", "40", "--host", "ws1"]).json();
    assert_eq!(used["remaining"], 60, "{used}");
    server.stop();
}

#[test]
fn every_list_and_order_of_the_admin_plane() {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    site.admin(&["checkout", "cad@2.0", "--host", "ws1", "--user", "ann"]).ok();
    let _denied = site.admin(&["checkout", "unknown", "--host", "ws1"]);
    for command in [
        &["features"][..],
        &["features", "list", "--sort=-used"],
        &["features", "summary"],
        &["features", "show", "cad"],
        &["devices", "list"],
        &["devices", "show", "ws1"],
        &["leases", "list", "--feature", "cad"],
        &["properties", "list"],
        &["users", "list"],
        &["client-keys", "list"],
        &["host-ids"],
        &["container", "show"],
        &["offline", "show"],
        &["offline", "context"],
        &["container", "items"],
        &["container", "context"],
        &["container", "receipt"],
        &["denials"],
        &["journal", "list", "--size", "3"],
        &["journal", "verify"],
        &["status"],
        &["health"],
    ] {
        let shown = site.admin(command).ok();
        assert!(!shown.trim().is_empty(), "{command:?}");
    }
    let private = site.path("client.pem");
    fs::write(&private, "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n")
        .expect("a file");
    let kept = site.admin(&["client-keys", "add", "ci", &private]).fails(3);
    assert!(kept.contains("client.pem is a private key [wrong-type]"), "{kept}");
    let office = site.admin(&["products"]).fails(3);
    assert!(office.contains("is not an office") && office.contains("--office URL"), "{office}");
    let data = site.data();
    let later = ["ledger", "history", "--data", &data, "--at", "2999-01-01T00:00:00Z"];
    assert!(run(&later).fails(2).contains("is still to come"));
    let now =
        site.admin(&["--json", "status"]).json()["now"].as_str().expect("ledger time").to_owned();
    let history = site.admin(&["history", "--at", &now]).ok();
    assert!(history.contains("ann@ws1"), "{history}");

    let sheet = site.admin(&["--csv", "leases", "list"]).ok();
    assert!(sheet.starts_with("lease,") && sheet.contains("ann@ws1"), "{sheet}");
    assert_eq!(site.admin(&["--csv", "queue", "list"]).ok().lines().count(), 1, "heads alone");

    let denials = site.admin(&["denials"]).ok();
    assert!(denials.contains("unknown-feature"), "{denials}");
    site.admin(&["suspend", "--reason", "stock-taking"]).ok();
    let refused = site.admin(&["checkout", "cad@2.0", "--host", "ws2"]).fails(3);
    assert!(refused.contains("server-suspended"), "{refused}");
    site.admin(&["resume"]).ok();
    site.admin(&["devices", "set", "ws9", "cad@2.0"]).ok();
    let dropped = site.admin(&["devices", "drop", "ws1", "--reason", "left the company"]).ok();
    assert!(dropped.contains("1 leases ended"), "{dropped}");
    let lease = site.admin(&["--json", "leases", "list"]).json()["items"][0]["id"].clone();
    let lease = lease.as_str().expect("a lease of ws9");
    site.admin(&["leases", "drop", lease, "--reason", "needed for the demo"]).ok();
    let journal = site.admin(&["--json", "journal", "list"]).ok();
    assert!(journal.contains("needed for the demo"), "{journal}");
    site.admin(&["properties", "set", "no.such.property=1"]).fails(2);
    server.stop();
}

#[test]
fn an_update_by_rest_and_again() {
    let site = Site::unlicensed();
    let server = site.serve(&[]);
    let context = site.admin(&["container", "context"]).ok();
    site.issue_to(&context, ITEMS);
    let applied = site.admin(&["container", "update", &site.path("update.tnr")]).ok();
    assert!(applied.contains("applied"), "{applied}");
    let again = site.admin(&["container", "update", &site.path("update.tnr")]).ok();
    assert!(again.contains("nothing new"), "{again}");
    let mut broken = fs::read_to_string(site.path("update.tnr")).expect("update");
    broken = broken.replacen("BEGIN TENURE UPDATE", "BEGIN TENURE UPDOTE", 1);
    fs::write(site.path("broken.tnr"), broken).expect("broken update");
    let refused = site.admin(&["container", "update", &site.path("broken.tnr")]);
    assert!(matches!(refused.code, 2 | 3), "{} {}", refused.code, refused.stderr);
    site.admin(&["checkout", "cad", "--host", "ws1"]).ok();
    server.stop();
}

#[test]
fn errors_say_what_to_do_and_carry_their_kind() {
    let site = Site::licensed(ITEMS);
    let not_running = site.admin(&["status"]).fails(4);
    assert!(not_running.contains("tenure server run"), "{not_running}");
    let server = site.serve(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let anonymous = ended(
        tenure()
            .args(["admin", "--server", &server.url, "users", "list"])
            .env("HOME", home.path())
            .env_remove("XDG_STATE_HOME"),
    )
    .fails(6);
    assert!(anonymous.contains("tenure admin login"), "{anonymous}");
    run(&["admin", "--server", "http://127.0.0.1:1", "health"]).fails(4);
    run(&["admin", "--server", "ftp://x", "health"]).fails(2);
    run(&["admin", "features", "show"]).fails(2);
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).ok().contains("tenure"));
    }
    let leaked = site.path("leaked");
    fs::write(&leaked, "password\n").expect("file");
    fs::set_permissions(&leaked, std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("permission bits");
    let said =
        run(&["admin", "--server", &server.url, "login", "root", "--password-file", &leaked])
            .fails(2);
    assert!(said.contains("chmod 600"), "{said}");
    server.stop();
}
