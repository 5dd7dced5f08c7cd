//! The demo, as the README quotes it: ends by itself with `--once`, tells the story, leaves a folder that works.
//!
//! Deliberately not here: the wording of each line; only what a newcomer must be able to find.

mod program;

use program::{Served, run, tenure};

#[test]
fn once_tells_the_story_and_ends_well() {
    let story = run(&["demo", "--once", "--listen", "127.0.0.1:0"]).ok();
    let words = [
        "activation id",
        "asked the office",
        "no-seats",
        "renewed",
        "returned",
        "borrow",
        "any network",
        "tenure admin",
    ];
    for expected in words {
        assert!(story.to_lowercase().contains(expected), "`{expected}` is missing in:\n{story}");
    }
}

#[test]
fn with_a_folder_it_shows_licenses_through_files() {
    let story = run(&["demo", "--once", "--folder", "--listen", "127.0.0.1:0"]).ok();
    for expected in ["A common directory is enough", "ws-21.in.xml", "license.html"] {
        assert!(story.contains(expected), "`{expected}` is missing in:\n{story}");
    }
}

#[test]
fn left_running_it_serves_what_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("demo").display().to_string();
    let server = Served::by_line(
        tenure().args(["demo", "--listen", "127.0.0.1:0", "--data", &data]),
        "serving at ",
    );
    run(&["admin", "--server", &server.url, "health"]).ok();
    server.stop();
    let again = run(&["demo", "--once", "--data", &data]);
    assert_ne!(again.code, 0, "a folder that is there already is not written over");
}

#[test]
fn a_web_application_licensed_by_its_host() {
    let story = run(&["demo", "--host-key"]).ok();
    for expected in [
        "app.example.com.txt",
        "started at once",
        "over-limit",
        "starts all the same",
        "revoked",
        "localhost",
    ] {
        assert!(story.contains(expected), "`{expected}` is missing in:\n{story}");
    }
}
