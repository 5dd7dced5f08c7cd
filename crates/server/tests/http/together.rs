//! Everything that shares out seats, at once: a model with a pool and a metered slice, the queue, and a restart between.
//!
//! What each of them does by itself is tested where it stands; here it is that they go by the same counts.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tenure_leasing::Command;

use crate::app::{Answer, TestApp, checkout};

/// Ann's pool has two seats of `cad` and 40 units of `render`; what is left is everybody's.
const MODEL: &str = r#"model "together" {
    partitions {
        partition "design" { "cad" 1.0 2  "render" 1.0 40 }
    }
    on user("ann") { use "design" }
}"#;

async fn wait_for(app: &TestApp, host: &str) -> Answer {
    let mut body = checkout(host, "cad", 1);
    body["wait"] = json!(3600);
    app.anonymous().post("/api/v1/leases", body).await
}

async fn consume(app: &TestApp, user: &str, count: u64) -> Option<String> {
    let holder = json!({"host": {"type": "STRING", "value": "ws1"}, "user": user});
    let body = json!({"holder": holder, "feature": "render", "version": "1.0", "count": count});
    app.anonymous().post("/api/v1/usage", body).await.json_code()
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

#[tokio::test]
async fn pool_metered_slice_queue_and_restart_go_by_the_same_counts() {
    let app = TestApp::new().await;
    let (by, text_of_model) = ("root".to_owned(), MODEL.to_owned());
    let set = Command::SetModel { by, text: text_of_model, keep_leases: false, note: None };
    app.engine.submit(set, None).await.expect("the model is right");

    // The pool is full with two; what is left in the default pool is not Ann's.
    let first = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await.json();
    let lease = first["leases"][0].clone();
    app.anonymous().post("/api/v1/leases", checkout("ws2", "cad", 1)).await;
    let third = wait_for(&app, "ws3").await;
    assert_eq!(third.status, StatusCode::ACCEPTED, "{}", third.text);
    let fourth = wait_for(&app, "ws4").await;
    assert_eq!(fourth.json()["tickets"][0]["position"], 2);
    let mut bob = checkout("ws5", "cad", 1);
    bob["holder"]["user"] = json!("bob");
    let bobs = app.anonymous().post("/api/v1/leases", bob.clone()).await;
    assert_eq!(bobs.status, StatusCode::CREATED, "who waits for the pool holds up nobody else");

    // The metered slice ends where it ends, and the rest is the default pool's.
    assert_eq!(consume(&app, "ann", 40).await, None);
    assert_eq!(consume(&app, "ann", 1).await.as_deref(), Some("over-metered"));
    assert_eq!(consume(&app, "bob", 60).await, None);
    assert_eq!(consume(&app, "bob", 1).await.as_deref(), Some("over-metered"));

    // All of it is durable: who waited goes on waiting, and is served from the pool.
    let app = app.restarted();
    let holder = app.holder(&text(&lease, "token"));
    let path = format!("/api/v1/leases/{}", text(&lease, "id"));
    assert_eq!(holder.delete(&path).await.status, StatusCode::OK);
    let newcomer = app.anonymous().post("/api/v1/leases", checkout("ws6", "cad", 1)).await;
    assert_eq!(newcomer.json_code().as_deref(), Some("no-seats"), "a newcomer goes last");
    let ticket = third.json()["tickets"][0].clone();
    let asker = app.holder(&text(&ticket, "token"));
    let served = asker.get(&format!("/api/v1/tickets/{}", text(&ticket, "id"))).await;
    assert_eq!(served.status, StatusCode::OK, "{}", served.text);
    let path = format!("/api/v1/leases/{}", text(&served.json()["leases"][0], "id"));
    assert_eq!(app.owner().get(&path).await.json()["pool"], "design");

    // A model that gives Ann the default pool serves who still waits, at once.
    let (by, open) =
        ("root".to_owned(), MODEL.replace("\"design\" }\n}", "\"design\", \"default\" }\n}"));
    let set = Command::SetModel { by, text: open, keep_leases: true, note: None };
    app.engine.submit(set, None).await.expect("the model is right");
    let ticket = fourth.json()["tickets"][0].clone();
    let asker = app.holder(&text(&ticket, "token"));
    let served = asker.get(&format!("/api/v1/tickets/{}", text(&ticket, "id"))).await;
    assert_eq!(served.status, StatusCode::OK, "{}", served.text);
    assert_eq!(consume(&app, "ann", 1).await.as_deref(), Some("over-metered"));
    let used: u64 = {
        let rows = app.owner().get("/api/v1/features").await.json();
        let cads = rows["items"].as_array().expect("rows").clone();
        let cads = cads.into_iter().filter(|row| row["name"] == "cad");
        cads.map(|row| row["used"].as_u64().expect("a number")).sum()
    };
    assert_eq!(used, 4, "two of the pool, Bob's, and the one that came with the new model");
}
