//! What somebody can do who may write into the folder: links, pipes, other people's names, files, tokens and requests.

use std::fs;
use std::os::unix::fs::symlink;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use tenure_api::folder::REQUEST_MAX;
use tenure_document::Signer as _;
use tenure_server::FolderStanding;

use crate::desk::{Desk, lease, release, renewal};

#[tokio::test]
async fn nothing_but_a_plain_file_is_opened() {
    let mut desk = Desk::new().await;
    let outside = tempfile::tempdir().expect("a directory");
    let secret = outside.path().join("secret");
    let good = desk.client("good", 9);
    fs::write(&secret, good.request(good.checkout("cad"), "k", desk.wall())).expect("written");
    let clients: Vec<_> = (1..7).map(|at| desk.client(&format!("eve{at}"), at)).collect();
    symlink(&secret, clients[0].path()).expect("a link");
    symlink(outside.path(), clients[1].path()).expect("a link");
    fs::hard_link(&secret, clients[2].path())
        .or_else(|_| symlink(&secret, clients[2].path()))
        .expect("a name");
    fs::create_dir(clients[3].path()).expect("a directory");
    mknodat(CWD, clients[4].path(), FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    let device = mknodat(CWD, clients[5].path(), FileType::CharacterDevice, Mode::RWXU, 0x103);
    if device.is_err() {
        eprintln!("no device node was tried: only root can make one");
    }
    let before = desk.files();
    good.put(&good.request(good.checkout("cad"), "k", desk.wall()));
    desk.scan_for(8).await;
    assert!(good.answer_path().exists(), "the others do not hold it up");
    fs::remove_file(good.answer_path()).expect("removed");
    assert_eq!(desk.files(), before, "nothing was answered, nothing was taken away");
    assert_eq!(desk.app.owner().get("/api/v1/leases").await.json()["total"], 1);
}

#[tokio::test]
async fn a_huge_file_is_not_read() {
    let mut desk = Desk::new().await;
    let eve = desk.client("eve", 1);
    // One terabyte that takes no room.
    fs::File::create(eve.path()).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    desk.scan().await;
    let answer = fs::read_to_string(eve.answer_path()).expect("a rejection");
    assert!(answer.contains("code=\"too-large\""), "{answer}");
    assert!(answer.contains(&REQUEST_MAX.to_string()), "{answer}");
    assert!(!eve.path().exists());
}

#[tokio::test]
async fn an_answer_takes_the_place_of_a_link_and_leaves_its_target_alone() {
    let mut desk = Desk::new().await;
    let outside = tempfile::tempdir().expect("a directory");
    let target = outside.path().join("target");
    fs::write(&target, "untouched").expect("written");
    let (ann, bob) = (desk.client("ann", 1), desk.client("bob", 2));
    symlink(&target, ann.answer_path()).expect("a link");
    symlink(&target, desk.directory.path().join("license.html")).expect("a link");
    fs::create_dir(bob.answer_path()).expect("a directory");
    let bytes = ann.request(ann.checkout("cad"), "k", desk.wall());
    ann.put(&bytes);
    bob.put(&bob.request(bob.checkout("cad"), "k", desk.wall()));
    desk.scan().await;
    assert_eq!(ann.take(&bytes).expect("an answer").0, 201);
    assert_eq!(fs::read_to_string(&target).expect("the target"), "untouched");
    assert!(desk.page().await.contains("<td>ann"));
    // Where an answer can't be put, the request stays and no temporary file is left.
    assert_eq!(desk.files(), [bob.name.request_file(), bob.name.answer_file()]);
    fs::remove_dir(bob.answer_path()).expect("removed");
    desk.scan_for(31).await;
    assert!(bob.answer_path().is_file(), "it is answered when it can be");
}

#[tokio::test]
async fn a_directory_in_the_place_of_the_page_keeps_nobody_from_a_seat() {
    let mut desk = Desk::new().await;
    let page = desk.directory.path().join("license.html");
    fs::create_dir(&page).expect("a directory");
    desk.folder.begin(true, desk.now).expect("it is served all the same");
    let ann = desk.client("ann", 1);
    assert_eq!(ann.ask(&mut desk, ann.checkout("cad"), "k").await.0, 201);
    desk.scan().await;
    assert_eq!(desk.folder.status().now().standing, FolderStanding::Serving);
    let alarms = async |desk: &Desk| {
        desk.app.owner().get("/api/v1/status").await.json()["alarms"].to_string()
    };
    let told = alarms(&desk).await;
    assert!(told.contains("license.html of the shared folder"), "{told}");
    fs::remove_dir(&page).expect("removed");
    desk.scan_for(31).await;
    assert!(desk.page().await.contains("<td>ann"));
    assert_eq!(alarms(&desk).await, "[]");
}

#[tokio::test]
async fn a_link_that_is_swapped_in_between_list_and_open_is_never_followed() {
    let mut desk = Desk::new().await;
    let outside = tempfile::tempdir().expect("a directory");
    let secret = outside.path().join("secret");
    let eve = desk.client("eve", 1);
    // What the link leads to would be granted if it were read.
    fs::write(&secret, eve.request(eve.checkout("cad"), "k", desk.wall())).expect("written");
    let (link, plain) = (desk.directory.path().join("link"), desk.directory.path().join("plain"));
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let path = eve.path();
    let swapping = std::thread::spawn(move || {
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            symlink(&secret, &link).and_then(|()| fs::rename(&link, &path)).expect("a link");
            fs::write(&plain, "<TenureRequest")
                .and_then(|()| fs::rename(&plain, &path))
                .expect("a file");
        }
    });
    for _ in 0..400 {
        // No patience runs out and nothing rests: each turn looks anew.
        desk.now += std::time::Duration::from_secs(40);
        desk.folder.turn(desk.now);
    }
    drop(stop);
    swapping.join().expect("the swapping ends");
    desk.folder.idle().await;
    assert_eq!(desk.app.owner().get("/api/v1/leases").await.json()["total"], 0);
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_read_is_not_half_believed() {
    let mut desk = Desk::new().await;
    let eve = desk.client("eve", 1);
    let path = eve.path();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let growing = std::thread::spawn(move || {
        use std::io::Write as _;
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).expect("a file");
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            // It may have been rejected and removed meanwhile: the handle lives on.
            file.write_all(b"<TenureRequest version=\"1\">").expect("written");
            if file.metadata().expect("its size").len() > 60_000 {
                file.set_len(0).expect("emptied");
            }
        }
    });
    for _ in 0..200 {
        desk.now += std::time::Duration::from_millis(1);
        desk.folder.turn(desk.now);
    }
    drop(stop);
    growing.join().expect("the growing ends");
    desk.folder.idle().await;
    assert_eq!(desk.folder.status().now().answered, 0);
}

#[tokio::test]
async fn whoever_reads_a_token_in_the_folder_can_not_use_it() {
    let mut desk = Desk::new().await;
    let (ann, eve) = (desk.client("ann", 1), desk.client("eve", 2));
    let (_, granted) = ann.ask(&mut desk, ann.checkout("cad"), "k1").await;
    let held = lease(&granted);
    let (status, problem) = eve.ask(&mut desk, release(&held), "k1").await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("wrong-token")));
    let (status, renewed) = eve.ask(&mut desk, renewal(&held), "k2").await;
    assert_eq!(status, 200);
    assert_eq!(renewed["renewals"][0]["problem"]["code"], "wrong-token", "{renewed}");
    // Nor over HTTP, where no key is asked for.
    let path = format!("/api/v1/leases/{}", held.0);
    let stolen = desk.app.holder(&held.1).delete(&path).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN, "{}", stolen.text);
    assert_eq!(ann.ask(&mut desk, release(&held), "k2").await.0, 200);
}

#[tokio::test]
async fn a_request_of_somebody_else_can_only_be_repeated_as_it_was() {
    let mut desk = Desk::new().await;
    let (ann, eve) = (desk.client("ann", 1), desk.client("eve", 2));
    let asked = ann.request(ann.checkout("cad"), "k1", desk.wall());
    ann.put(&asked);
    desk.scan().await;
    let (_, granted) = ann.take(&asked).expect("an answer");
    // Put again: the same answer, no second seat.
    ann.put(&asked);
    desk.scan().await;
    assert_eq!(lease(&ann.take(&asked).expect("an answer").1), lease(&granted));
    // Under another name: not that client's.
    eve.put(&asked);
    desk.scan().await;
    let (status, problem) = eve.take(&asked).expect("a rejection");
    assert_eq!((status, problem["code"].as_str()), (400, Some("wrong-name")));
    // A day later: too old.
    desk.app.clock.advance(std::time::Duration::from_secs(13 * 3600));
    ann.put(&asked);
    desk.scan().await;
    let (status, problem) = ann.take(&asked).expect("an answer");
    assert_eq!((status, problem["code"].as_str()), (401, Some("bad-signature")), "{problem}");
    assert!(problem["detail"].as_str().expect("a detail").contains("clock"), "{problem}");
}

#[tokio::test]
async fn the_administrator_decides_which_keys_count() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let demand = json!({"security.client-signature-required": true});
    desk.app.owner().json(Method::PATCH, "/api/v1/properties", demand).await;
    let (status, problem) = ann.ask(&mut desk, ann.checkout("cad"), "k1").await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("unsigned-request")));
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend_from_slice(ann.signer.public().bytes());
    let key = json!({"name": "ann", "key": STANDARD.encode(der)});
    let uploaded = desk.app.owner().post("/api/v1/client-keys", key).await;
    assert_eq!(uploaded.status, StatusCode::CREATED, "{}", uploaded.text);
    assert_eq!(ann.ask(&mut desk, ann.checkout("cad"), "k2").await.0, 201);
    let id = uploaded.json()["id"].as_str().expect("an ID").to_owned();
    desk.app.owner().delete(&format!("/api/v1/client-keys/{id}")).await;
    let (status, problem) = ann.ask(&mut desk, ann.checkout("cad"), "k3").await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("bad-signature")), "{problem}");
}

#[tokio::test]
async fn every_kind_of_nonsense_ends_in_a_rejection_by_name() {
    let mut desk = Desk::new().await;
    let nonsense: [&[u8]; 6] = [
        b"<TenureRequest version=\"1\"></TenureRequest>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><TenureRequest>&x;</TenureRequest>",
        b"</TenureRequest>",
        b"",
        b"\xff\xfe\x00",
        &[b'<'; 10_000],
    ];
    let mut codes = Vec::new();
    for (at, bytes) in (1..).zip(nonsense) {
        let eve = desk.client("eve", at);
        eve.put(bytes);
        desk.scan_for(7).await;
        codes.push(eve.take(bytes).expect("a rejection").1["code"].to_string());
    }
    assert_eq!(
        codes.join(" "),
        r#""missing-element" "forbidden-xml" "malformed-xml" "unfinished" "unfinished" "unfinished""#
    );
    assert!(desk.files().is_empty());
}
