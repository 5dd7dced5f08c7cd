//! Which server serves a folder, and what happens when the folder goes away.

use std::fs;
use std::time::Duration;

use tenure_server::{FolderFault, FolderStanding};
use tokio::runtime::Handle;

use crate::app::TestApp;
use crate::desk::{Desk, options};

#[tokio::test]
async fn the_second_server_on_a_folder_refuses_and_takes_over_when_the_first_is_gone() {
    let mut desk = Desk::new().await;
    desk.scan().await;
    let other = TestApp::new().await;
    let mut second =
        other.server.shared_folder(options(desk.directory.path(), "station"), Handle::current());
    let Err(FolderFault::InUse(why)) = second.begin(true, desk.now) else {
        panic!("the second must refuse");
    };
    assert!(why.contains("is served by license server T-"), "{why}");
    assert!(why.contains("on station already"), "{why}");
    let status = other.owner().get("/api/v1/status").await.json();
    assert!(status["alarms"].to_string().contains("One folder has one server"), "{status}");
    // The first is killed: its lock goes with it.
    let Desk { folder, directory, now, app } = desk;
    drop(folder);
    second.turn(now + Duration::from_secs(3));
    assert_eq!(second.status().now().standing, FolderStanding::Serving);
    let status = other.owner().get("/api/v1/status").await.json();
    assert!(!status["alarms"].to_string().contains("One folder"), "{status}");
    drop((directory, app));
}

#[tokio::test]
async fn a_record_of_another_machine_is_watched_before_it_is_taken_over() {
    let mut desk = Desk::new().await;
    let record = desk.directory.path().join("tenure.server");
    let alive = |beat: u32| format!("server T-X\nstation elsewhere\nrun 1\nbeat {beat}\n");
    fs::write(&record, alive(1)).expect("written");
    desk.scan_for(3).await;
    assert_eq!(desk.folder.status().now().standing, FolderStanding::Watching);
    // It beats: somebody lives there, whatever the lock says.
    fs::write(&record, alive(2)).expect("written");
    desk.scan().await;
    let FolderStanding::InUse(why) = desk.folder.status().now().standing else {
        panic!("it must not be served");
    };
    assert!(why.contains("T-X on elsewhere"), "{why}");
    // It stands still for good.
    desk.scan_for(12).await;
    assert_eq!(desk.folder.status().now().standing, FolderStanding::Serving);
    assert!(!fs::read_to_string(&record).expect("the record").contains("elsewhere"));
}

#[tokio::test]
async fn a_server_whose_record_was_overwritten_stops_serving() {
    let mut desk = Desk::new().await;
    desk.scan().await;
    let record = desk.directory.path().join("tenure.server");
    fs::write(&record, "server T-X\nstation elsewhere\nrun 1\nbeat 7\n").expect("written");
    desk.scan_for(2).await;
    assert!(matches!(desk.folder.status().now().standing, FolderStanding::InUse(_)));
    let ann = desk.client("ann", 1);
    ann.put(&ann.request(ann.checkout("cad"), "k", desk.wall()));
    desk.scan().await;
    assert!(ann.path().exists(), "two servers never answer the same file");
}

#[tokio::test]
async fn a_directory_that_is_unmounted_is_missed_and_served_again_when_it_is_back() {
    let mut desk = Desk::new().await;
    desk.scan().await;
    let (here, away) =
        (desk.directory.path().to_owned(), desk.directory.path().with_extension("away"));
    fs::rename(&here, &away).expect("gone");
    desk.scan().await;
    let standing = |desk: &Desk| desk.folder.status().now().standing;
    let FolderStanding::Away(why) = standing(&desk) else { panic!("it must be missed") };
    assert!(why.contains("can't be used") && why.ends_with("(os error 2)."), "{why}");
    let status = desk.app.owner().get("/api/v1/status").await.json();
    assert!(status["alarms"].to_string().contains("can't be used"), "{status}");
    // What lies below a share that is not mounted: an empty directory. It is not taken for the share.
    fs::create_dir(&here).expect("made");
    desk.scan_for(3).await;
    let FolderStanding::Away(why) = standing(&desk) else { panic!("it is not the folder") };
    assert!(why.contains("Is the share mounted?"), "{why}");
    assert!(desk.files().is_empty() && !here.join("license.html").exists());
    assert!(!here.join("tenure.lock").exists());
    fs::remove_dir(&here).expect("removed");
    let ann = desk.client("ann", 1);
    fs::rename(&away, &here).expect("back");
    let bytes = ann.request(ann.checkout("cad"), "k", desk.wall());
    ann.put(&bytes);
    desk.scan_for(3).await;
    assert_eq!(standing(&desk), FolderStanding::Serving);
    assert_eq!(ann.take(&bytes).expect("an answer").0, 201);
    let status = desk.app.owner().get("/api/v1/status").await.json();
    assert!(!status["alarms"].to_string().contains("can't be used"), "{status}");
}

#[tokio::test]
async fn a_directory_that_must_be_there_and_is_not_is_told_at_the_start() {
    let desk = Desk::new().await;
    let nowhere = desk.directory.path().join("nowhere");
    let mut folder = desk.app.server.shared_folder(options(&nowhere, "s"), Handle::current());
    let Err(FolderFault::Away(why)) = folder.begin(true, desk.now) else {
        panic!("it is not there")
    };
    assert!(why.contains("nowhere can't be used: No such file"), "{why}");
    assert!(folder.begin(false, desk.now).is_ok(), "or it is waited for");
}
