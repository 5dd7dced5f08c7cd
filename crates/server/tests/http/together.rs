//! Everything that shares out seats, at once: a model with a pool and a metered slice, reservations, the queue, and a
//! restart between.
//!
//! What each of them does by itself is tested where it stands; here it is that they go by the same counts.

use axum::http::{Method, StatusCode};
use expect_test::expect;
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
    let set = Command::SetModel {
        by,
        text: text_of_model,
        keep_leases: false,
        note: None,
        expected: None,
    };
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
    let set = Command::SetModel { by, text: open, keep_leases: true, note: None, expected: None };
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

/// Ann may use one pool, who stands in the group `lab` the other; the rest is everybody's.
const GROUPED: &str = r#"model "together" {
    partitions {
        partition "design" { "cad" 1.0 2 }
        partition "lab" { "cad" 1.0 1 }
    }
    on group("lab") { use "lab" accept }
    on user("ann") { use "design" accept }
}"#;

const GROUPS: &str = "/api/v1/reservation-groups";

/// A group of one device or user.
fn group(name: &str, (kind, host): (&str, &str), feature: &str, pool: Option<&str>) -> Value {
    let mut entry = json!({"featureName": feature, "featureVersion": "1.0", "featureCount": 1});
    if let Some(pool) = pool {
        entry["pool"] = json!(pool);
    }
    let host = json!({"type": kind, "value": host});
    let reservation = json!({"hostId": host, "reservationEntries": [entry]});
    json!({"name": name, "reservations": [reservation]})
}

/// A grant of `cad`: path and token of its lease, and its pool.
async fn granted(app: &TestApp, host: &str, user: &str) -> (String, String, String) {
    let mut body = checkout(host, "cad", 1);
    body["holder"]["user"] = json!(user);
    let answer = app.anonymous().post("/api/v1/leases", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let lease = answer.json()["leases"][0].clone();
    let path = format!("/api/v1/leases/{}", text(&lease, "id"));
    let pool = app.owner().get(&path).await.json()["pool"].as_str().unwrap_or("none").to_owned();
    (path, text(&lease, "token"), pool)
}

async fn release(app: &TestApp, (path, token, _): &(String, String, String)) {
    let released = app.holder(token).delete(path).await;
    assert_eq!(released.status, StatusCode::OK, "{}", released.text);
}

/// What there is of `cad`, how much of it is in use, reserved, and reserved without being in use.
async fn counts(app: &TestApp) -> String {
    let rows = app.owner().get("/api/v1/features/summary?q=cad").await.json();
    let group = app.owner().get(&format!("{GROUPS}?q=desk")).await.json();
    let (row, group) = (&rows["items"][0], &group["items"][0]);
    format!(
        "used {} reserved {} idle {}, of the group: reserved {} used {}",
        row["used"], row["reserved"], row["reserved_idle"], group["reserved"], group["used"]
    )
}

#[tokio::test]
async fn a_reserved_seat_of_a_pool_stays_out_of_the_line() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let bytes = GROUPED.as_bytes().to_vec();
    let set = owner.send_bytes(Method::PUT, "/api/v1/model", Some("text/plain"), bytes).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let desk = group("desk", ("STRING", "ws1"), "cad", Some("design"));
    let posted = owner.post(GROUPS, desk).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);

    // One of the two seats of the pool is Ann's on any device, the other is the device's own.
    let anns = granted(&app, "ws2", "ann").await;
    assert_eq!(anns.2, "design");
    let third = wait_for(&app, "ws3").await;
    assert_eq!(third.status, StatusCode::ACCEPTED, "{}", third.text);
    let fourth = wait_for(&app, "ws4").await;
    assert_eq!(fourth.json()["tickets"][0]["position"], 2);
    expect!["used 1 reserved 1 idle 1, of the group: reserved 1 used 0"]
        .assert_eq(&counts(&app).await);

    // The device overtakes who waits, also after a restart, and leaves them no seat when it goes.
    let app = app.restarted();
    let own = granted(&app, "ws1", "ann").await;
    assert_eq!(own.2, "design");
    expect!["used 2 reserved 1 idle 0, of the group: reserved 1 used 1"]
        .assert_eq(&counts(&app).await);
    release(&app, &own).await;
    let app = app.restarted();
    let ticket = third.json()["tickets"][0].clone();
    let path = format!("/api/v1/tickets/{}", text(&ticket, "id"));
    let token = text(&ticket, "token");
    assert_eq!(app.holder(&token).get(&path).await.status, StatusCode::ACCEPTED);
    expect!["used 1 reserved 1 idle 1, of the group: reserved 1 used 0"]
        .assert_eq(&counts(&app).await);

    // The seat that is nobody's own goes to who waited longest.
    release(&app, &anns).await;
    let served = app.holder(&token).get(&path).await;
    assert_eq!(served.status, StatusCode::OK, "{}", served.text);
    let ticket = fourth.json()["tickets"][0].clone();
    let path = format!("/api/v1/tickets/{}", text(&ticket, "id"));
    let still = app.holder(&text(&ticket, "token")).get(&path).await;
    assert_eq!(still.json()["tickets"][0]["position"], 1);
    assert_eq!(granted(&app, "ws1", "ann").await.2, "design");
}

#[tokio::test]
async fn a_rule_follows_who_stands_in_a_group() {
    let app = TestApp::new().await;
    let owner = app.owner();
    // Members have something else reserved: it is the rule that opens the pool to them.
    let lab = |user| group("lab", ("USER", user), "sim", None);
    let posted = owner.post(GROUPS, lab("bob")).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
    let check = |text: String| {
        owner.send_bytes(Method::POST, "/api/v1/model/check", Some("text/plain"), text.into_bytes())
    };
    assert_eq!(check(GROUPED.to_owned()).await.json()["findings"], json!([]));
    let near = check(GROUPED.replace("group(\"lab\")", "group(\"lba\")")).await.json();
    assert_eq!(near["findings"][0]["code"], "unknown-group", "{near}");
    let bytes = GROUPED.as_bytes().to_vec();
    let set = owner.send_bytes(Method::PUT, "/api/v1/model", Some("text/plain"), bytes).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);

    let bobs = granted(&app, "ws1", "bob").await;
    let carols = granted(&app, "ws2", "carol").await;
    assert_eq!((bobs.2.as_str(), carols.2.as_str()), ("lab", "default"));
    release(&app, &bobs).await;
    release(&app, &carols).await;
    let edited = owner.json(Method::PUT, &format!("{GROUPS}/lab"), lab("carol")).await;
    assert_eq!((edited.status, &edited.json()["revision"]), (StatusCode::OK, &json!(2)));
    let app = app.restarted();
    let carols = granted(&app, "ws2", "carol").await;
    let bobs = granted(&app, "ws1", "bob").await;
    assert_eq!((bobs.2.as_str(), carols.2.as_str()), ("default", "lab"));
    let told = app.owner().get(&format!("{}/explanation", carols.0)).await.json();
    assert_eq!(told["rules"]["matched"][0]["line"], 6, "{told}");
}
