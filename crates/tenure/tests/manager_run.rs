//! `tenure manager` as a whole program: two license servers, a login at each, going from one to the other, one that is
//! killed, and settings that can be changed all the same.
//!
//! Deliberately not here: what the rooms of the manager show; `tenure-web` has those tests.

mod program;
#[path = "support/visitor.rs"]
mod visitor;

use program::{Served, Site, ended, owner_only, run, tenure};
use std::fs;
use visitor::Visitor;

const ITEMS: &str =
    r#"[{"id":"cad","feature":"cad","version":"2.0","count":5,"expiry":"permanent"}]"#;

/// A licensed server with an administrator `root` whose password is the site's name.
fn licensed(password: &str) -> (Site, Served) {
    let site = Site::licensed(ITEMS);
    let server = site.serve(&[]);
    let file = site.path("password");
    fs::write(&file, format!("{password}\n")).expect("a password file");
    owner_only(std::path::Path::new(&file));
    let session = site.path("session");
    run(&[
        "admin",
        "--data",
        &site.data(),
        "--token-file",
        &session,
        "setup",
        "root",
        "--password-file",
        &file,
    ])
    .ok();
    (site, server)
}

/// A manager whose settings lie in this folder.
fn managing(folder: &std::path::Path, more: &[&str]) -> Served {
    let settings = folder.join("manager.toml").display().to_string();
    Served::from(
        tenure()
            .args(["manager", "--listen", "127.0.0.1:0", "--log", "error", "--settings", &settings])
            .args(more),
    )
}

fn key(folder: &std::path::Path) -> String {
    fs::read_to_string(folder.join("manager.key")).expect("the key").trim().to_owned()
}

#[test]
fn two_servers_and_one_that_is_killed() {
    let (north_site, north) = licensed("north pass phrase");
    let (_south_site, south) = licensed("south pass phrase");
    let folder = tempfile::tempdir().expect("a folder");
    let named = |name: &str, server: &Served| format!("{name}={}", server.url);
    let (north_flag, south_flag) = (named("North", &north), named("South <b>", &south));
    let manager = managing(folder.path(), &["--server", &north_flag, "--server", &south_flag]);

    let mut ann = Visitor::of(manager.address());
    ann.open("/account").says("Log in").says("to North");
    ann.form("/login", &[("name", "root"), ("password", "wrong"), ("server", "0")]);
    ann.says("Name or password is wrong");
    ann.form("/login", &[("name", "root"), ("password", "north pass phrase"), ("server", "0")]);
    ann.says("North").open("/about").says(&north.url).says("Ready").says("T-");
    ann.open("/servers").says("0 of 5").says("Log in to see").says("South &#60;b&#62;");
    ann.keeps_quiet_of("South <b>");

    ann.open("/login?server=1").says("to South");
    ann.form("/login", &[("name", "root"), ("password", "south pass phrase"), ("server", "1")]);
    ann.open("/about").says(&south.url).keeps_quiet_of(&north.url);
    north_site.admin(&["checkout", "cad@2.0:2", "--host", "ws1"]).ok();
    ann.open("/servers").says("2 of 5").says("0 of 5").keeps_quiet_of("Log in to see");
    ann.send("/servers/switch", &[("server", "0")]).open("/about").says(&north.url);
    ann.form("/servers/switch", &[("csrf", "forged"), ("server", "1")]).says("out of date");

    north.kill();
    ann.open("/servers").says("Not reachable").says("nothing listens there").says("Ready");
    ann.open("/about").says("No answer").says("nothing listens there");
    ann.open("/settings").send("/settings", &[("rows", "20"), ("drop_devices", "yes")]);
    ann.says("The settings are saved").says("value=\"20\"");
    ann.send("/settings", &[("rows", "0")]).says("Enter a number from 1 to 200");
    assert_eq!(ann.status, 422);
    let moved = south.address().rsplit_once(':').expect("a port").1.to_owned();
    ann.open("/settings/servers/0").says("License server host name");
    ann.send("/settings/servers/0", &[("host", "127.0.0.1"), ("port", &moved), ("name", "North")]);
    ann.says("North is on the list").says("Not logged in");
    ann.open("/about").says("Log in").says("to North");
    assert!(
        ann.path.starts_with("/login"),
        "a login does not follow to another address: {}",
        ann.path
    );
    let kept = fs::read_to_string(folder.path().join("manager.toml")).expect("settings");
    assert!(kept.contains("rows = 20") && kept.contains(&south.url), "{kept}");
    manager.stop();
    assert!(!folder.path().join("manager.key").exists(), "the key goes with its start");
    south.stop();
}

#[test]
fn settings_without_any_server_need_the_key_of_the_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let manager = managing(folder.path(), &[]);
    let mut stranger = Visitor::of(manager.address());
    stranger.open("/").says("Log in");
    stranger.open("/servers").says("No license server yet");
    stranger.open("/settings").says("Unlock the settings").keeps_quiet_of(">Add a license server<");
    for path in ["/settings", "/settings/servers/new", "/settings/servers/0/remove"] {
        stranger.form(path, &[("csrf", ""), ("rows", "7"), ("host", "evil.example")]);
        assert!(!folder.path().join("manager.toml").exists(), "{path} of a stranger does nothing");
    }
    stranger.form("/settings/unlock", &[("key", "guessed")]).says("This is not the key");
    assert_eq!(stranger.status, 403);

    let mut owner = Visitor::of(manager.address());
    owner.form("/settings/unlock", &[("key", &key(folder.path()))]).says(">Add a license server<");
    owner.open("/settings/servers/new");
    owner.send("/settings/servers/new", &[("host", "http://a"), ("port", "1")]);
    owner.says("Enter the host name alone").says("value=\"http://a\"");
    let form = [("host", "licenses.example"), ("port", "7070"), ("name", "Far")];
    owner.send("/settings/servers/new", &form).says("in the clear");
    owner.open("/settings").says("http://licenses.example:7070");
    owner.open("/settings/servers/new").send("/settings/servers/new", &form);
    owner.says("Another server is called “Far” already");
    owner.open("/settings/servers/0/remove").says("Take “Far” off the list?");
    owner.send("/settings/servers/0/remove", &[]).says("No license server yet");
    manager.stop();
}

#[test]
fn the_door_of_the_manager() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("manager.toml").display().to_string();
    let manager = |more: &[&str]| {
        ended(
            tenure()
                .args(["manager", "--listen", "127.0.0.1:0", "--settings", &settings])
                .args(more),
        )
    };
    manager(&["--server", "ftp://x"]).fails(2);
    manager(&["--server", "a=http://x:1", "--server", "a=http://y:1"]).fails(2);
    let everywhere =
        ended(tenure().args(["manager", "--listen", "0.0.0.0:0", "--settings", &settings]))
            .fails(2);
    assert!(everywhere.contains("--insecure-http"), "{everywhere}");
    manager(&["--ca", "/does/not/exist"]).fails(4);
    fs::write(&settings, "rows = 1000\n").expect("settings");
    assert!(manager(&[]).fails(2).contains("must be 1 to 200"));
    fs::write(&settings, "row = 1\n").expect("settings");
    assert!(manager(&[]).fails(2).contains("unknown field `row`"));
    fs::remove_file(&settings).expect("removed");

    let running = managing(folder.path(), &[]);
    let mut rebound = Visitor::of(running.address());
    rebound.ask("GET / HTTP/1.1\r\nhost: evil.example\r\nx:", "", "");
    assert!([400, 421].contains(&rebound.status), "{}", rebound.status);
    let mut lost = Visitor::of(running.address());
    lost.open("/no/such/page").says("There is no such page");
    assert_eq!(lost.status, 404);
    running.stop();
}
