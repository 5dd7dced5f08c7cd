//! The cycle of a client: ask, renew, give back; and what goes wrong on the way without anybody meaning harm.

use std::fs;

use serde_json::json;
use tenure_api::folder::Asked;
use tenure_server::FolderStanding;

use crate::app::TestApp;
use crate::desk::{Desk, lease, release, renewal};

#[tokio::test]
async fn a_seat_is_asked_for_renewed_and_given_back() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let (status, chain) = ann.ask(&mut desk, Asked::Chain, "k0").await;
    assert_eq!(status, 200);
    assert!(chain["certificate"].is_string());
    let (status, granted) = ann.ask(&mut desk, ann.checkout("cad"), "k1").await;
    assert_eq!(status, 201, "{granted}");
    assert!(desk.files().is_empty(), "request and answer are gone: {:?}", desk.files());
    let page = desk.page().await;
    assert!(page.contains("<td>ann<td>host of ann<td class=number>1"), "{page}");
    let held = lease(&granted);
    let (status, renewed) = ann.ask(&mut desk, renewal(&held), "k2").await;
    assert_eq!(status, 200);
    assert_eq!(renewed["renewals"][0]["lease"]["id"], held.0.as_str(), "{renewed}");
    let (status, back) = ann.ask(&mut desk, release(&held), "k3").await;
    assert_eq!(status, 200, "{back}");
    assert!(desk.page().await.contains("Nobody holds a seat."));
    let state = desk.folder.status().now();
    assert_eq!(state.standing, FolderStanding::Serving);
    let told: Vec<_> =
        state.exchanges.iter().map(|one| format!("{} {}", one.action, one.outcome)).collect();
    assert_eq!(told, ["release done", "renew done", "checkout granted", "chain done"]);
}

#[tokio::test]
async fn who_is_refused_by_a_suspended_server_is_told_its_reason() {
    let mut desk = Desk::new().await;
    let why = json!({"reason": "audit until noon"});
    desk.app.owner().post("/api/v1/suspend", why).await;
    let ann = desk.client("ann", 1);
    let (status, refused) = ann.ask(&mut desk, ann.checkout("cad"), "k1").await;
    let told = "an administrator has suspended this server: audit until noon";
    assert_eq!((status, refused["explanation"].as_str()), (503, Some(told)), "{refused}");
}

#[tokio::test]
async fn fifty_clients_in_one_moment_and_never_more_seats_than_there_are() {
    let mut desk = Desk::new().await;
    let clients: Vec<_> = (0..50).map(|at| desk.client(&format!("user{at}"), at)).collect();
    let mut requests = Vec::new();
    for client in &clients {
        let bytes = client.request(client.checkout("cad"), "k", desk.wall());
        client.put(&bytes);
        requests.push(bytes);
    }
    assert_eq!(desk.files().len(), 50, "no two share a file");
    desk.scan().await;
    let mut statuses = std::collections::BTreeMap::<_, u32>::new();
    for (client, request) in clients.iter().zip(&requests) {
        let (status, body) = client.take(request).expect("everybody is answered in one scan");
        *statuses.entry((status, body["code"].as_str().map(str::to_owned))).or_default() += 1;
    }
    // Five seats, and one beyond them that the license allows.
    let refused = (409, Some("no-seats".to_owned()));
    assert_eq!(statuses, [((201, None), 6), (refused, 44)].into());
}

#[tokio::test]
async fn a_client_that_writes_its_file_directly_in_small_pieces_is_served_when_it_is_whole() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let bytes = ann.request(ann.checkout("cad"), "k", desk.wall());
    let step = bytes.len() / 12;
    for end in (step..bytes.len()).step_by(step) {
        fs::write(ann.path(), &bytes[..end]).expect("written");
        desk.scan().await;
        assert!(ann.take(&bytes).is_none(), "nothing before the end");
    }
    fs::write(ann.path(), &bytes).expect("written");
    desk.scan().await;
    assert_eq!(ann.take(&bytes).expect("an answer").0, 201);
    assert!(desk.files().is_empty());
}

#[tokio::test]
async fn a_file_that_is_never_finished_is_rejected_by_name_after_five_seconds() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let bytes = ann.request(ann.checkout("cad"), "k", desk.wall());
    let part = &bytes[..bytes.len() - 30];
    fs::write(ann.path(), part).expect("written");
    desk.scan_for(5).await;
    assert!(ann.take(part).is_none(), "its writer may only be slow");
    desk.scan_for(1).await;
    let (status, problem) = ann.take(part).expect("a rejection");
    assert_eq!((status, problem["code"].as_str()), (400, Some("unfinished")), "{problem}");
    assert!(desk.files().is_empty());
    assert_eq!(desk.folder.status().now().rejected, 1);
}

#[tokio::test]
async fn a_request_that_comes_again_after_a_restart_gets_the_same_seat() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let bytes = ann.request(ann.checkout("cad"), "k", desk.wall());
    ann.put(&bytes);
    desk.scan().await;
    let (_, first) = ann.take(&bytes).expect("an answer");
    // As if the server had died between its commit and the answer: the file is still there after the restart.
    let Desk { app, folder, directory, now } = desk;
    drop(folder);
    let app = app.restarted();
    ann.put(&bytes);
    let options = crate::desk::options(directory.path(), "station");
    let folder = app.server.shared_folder(options, tokio::runtime::Handle::current());
    let mut desk = Desk { app, folder, directory, now };
    desk.scan().await;
    let (status, again) = ann.take(&bytes).expect("an answer");
    assert_eq!(status, 201);
    assert_eq!(lease(&again), lease(&first));
    assert_eq!(desk.app.owner().get("/api/v1/leases").await.json()["total"], 1);
}

#[tokio::test]
async fn a_client_that_was_killed_keeps_its_seat_to_the_end_of_the_lease_and_no_longer() {
    let mut desk = Desk::new().await;
    for at in 0..6 {
        let client = desk.client(&format!("user{at}"), at);
        assert_eq!(client.ask(&mut desk, client.checkout("cad"), "k").await.0, 201);
    }
    let late = desk.client("late", 60);
    assert_eq!(late.ask(&mut desk, late.checkout("cad"), "k1").await.0, 409);
    desk.app.clock.advance(std::time::Duration::from_secs(14 * 60));
    assert_eq!(late.ask(&mut desk, late.checkout("cad"), "k2").await.0, 409);
    desk.app.clock.advance(std::time::Duration::from_secs(65));
    assert_eq!(late.ask(&mut desk, late.checkout("cad"), "k3").await.0, 201);
}

#[tokio::test]
async fn waiting_in_the_queue_holds_up_nobody() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    let (_, granted) = ann.ask(&mut desk, ann.checkout("sim"), "k1").await;
    let bob = desk.client("bob", 2);
    let Asked::Checkout(body) = bob.checkout("sim") else { unreachable!("it is a checkout") };
    let mut body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    body["wait"] = json!(600);
    let asked = Asked::Checkout(body.to_string().into_bytes());
    let (status, queued) = bob.ask(&mut desk, asked, "k1").await;
    assert_eq!(status, 202, "{queued}");
    let text = |name: &str| queued["tickets"][0][name].as_str().expect("a ticket").to_owned();
    let (ticket, token) = (text("id"), text("token"));
    let nonce = tenure_document::Bytes(vec![3; 16]);
    let poll = Asked::Poll { ticket, token, nonce, wait: 20 };
    let bytes = bob.request(poll, "k2", desk.wall());
    bob.put(&bytes);
    // Bob's question is open; ann is answered meanwhile, and what she does answers bob.
    desk.now += std::time::Duration::from_millis(500);
    desk.folder.turn(desk.now);
    let back = ann.request(release(&lease(&granted)), "k2", desk.wall());
    ann.put(&back);
    desk.scan().await;
    assert_eq!(ann.take(&back).expect("an answer").0, 200);
    let (status, served) = bob.take(&bytes).expect("an answer");
    assert_eq!(status, 200, "{served}");
    assert_eq!(served["leases"][0]["feature"], "sim");
}

#[tokio::test]
async fn stale_answers_and_files_under_construction_are_removed() {
    let mut desk = Desk::new().await;
    let ann = desk.client("ann", 1);
    ann.put(&ann.request(ann.checkout("cad"), "k", desk.wall()));
    let temporary = format!(".tenure-{}.tmp", "0".repeat(32));
    let outside = desk.directory.path().join("notes.txt");
    fs::write(desk.directory.path().join(&temporary), "half").expect("written");
    fs::write(&outside, "mine").expect("written");
    desk.scan().await;
    assert_eq!(desk.files(), [temporary.clone(), ann.name.answer_file(), "notes.txt".to_owned()]);
    desk.now += std::time::Duration::from_secs(601);
    desk.scan().await;
    assert_eq!(desk.files(), [ann.name.answer_file(), "notes.txt".to_owned()]);
    desk.now += std::time::Duration::from_secs(3_601);
    desk.scan().await;
    assert_eq!(desk.files(), ["notes.txt"], "what is not ours stays");
}

#[tokio::test]
async fn the_page_escapes_what_people_call_themselves() {
    let mut desk = Desk::on(TestApp::new().await);
    let eve = desk.client("<script>", 1);
    let body = json!({
        "holder": {"host": {"type": "STRING", "value": "h"}, "user": "<script>alert('x')</script>", "name": "\"><img src=x>"},
        "features": [{"name": "cad"}],
    });
    let asked = Asked::Checkout(body.to_string().into_bytes());
    assert_eq!(eve.ask(&mut desk, asked, "k").await.0, 201);
    let page = desk.page().await;
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"), "{page}");
}
