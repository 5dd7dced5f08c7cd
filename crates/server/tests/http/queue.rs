//! Waiting over HTTP: tickets, questions that stay open, giving up, the list for administrators.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};
use tenure_server::{Listen, Plane, Running};

use crate::app::{Actor, Answer, TestApp, checkout};

/// A checkout that would wait.
fn waiting(host: &str, feature: &str) -> Value {
    let mut body = checkout(host, feature, 1);
    body["wait"] = json!(600);
    body
}

/// A server whose one seat of `sim` is taken, by the lease whose ID and token are given back.
async fn full() -> (TestApp, String, String) {
    let app = TestApp::new().await;
    let answer = app.anonymous().post("/api/v1/leases", checkout("ws1", "sim", 1)).await;
    let lease = answer.json()["leases"][0].clone();
    let text = |member: &str| lease[member].as_str().expect("a text").to_owned();
    (app, text("id"), text("token"))
}

async fn queue(app: &TestApp, host: &str) -> (String, String) {
    let answer = app.anonymous().post("/api/v1/leases", waiting(host, "sim")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let ticket = answer.json()["tickets"][0].clone();
    let text = |member: &str| ticket[member].as_str().expect("a text").to_owned();
    (text("id"), text("token"))
}

async fn release(app: &TestApp, lease: &str, token: &str) -> Answer {
    app.holder(token).delete(&format!("/api/v1/leases/{lease}")).await
}

async fn ask(actor: &Actor<'_>, ticket: &str, query: &str) -> Answer {
    actor.get(&format!("/api/v1/tickets/{ticket}{query}")).await
}

/// Questions that are open.
async fn polls(app: &TestApp) -> u64 {
    let text = app.anonymous().get("/metrics").await.text;
    let line = text.lines().find_map(|line| line.strip_prefix("tenure_ticket_polls "));
    line.and_then(|number| number.parse().ok()).expect("a number")
}

/// The same server behind a real socket; what is asked in process is still the one that listens.
fn listen(app: &mut TestApp) -> (Running, String) {
    // Listening takes the server. The service of the former was made of it and stays.
    let server = std::mem::replace(&mut app.server, TestApp::empty(|_| ()).server);
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listens = [Listen { address, plane: Plane::Both, tls: None }];
    let running = server.listen(&listens).expect("the server listens");
    let address = running.urls()[0].trim_start_matches("http://").to_owned();
    (running, address)
}

/// Waits until so many questions are open.
async fn until_polls(app: &TestApp, wanted: u64) -> Result<(), tokio::time::error::Elapsed> {
    let reached = async {
        while polls(app).await != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await
}

#[tokio::test]
async fn a_ticket_stands_in_for_seats() {
    let (app, lease, token) = full().await;
    let answer = app.anonymous().post("/api/v1/leases", waiting("ws2", "sim")).await;
    expect![[r#"
        202 application/json
        {
          "denials": [],
          "leases": [],
          "tickets": [
            {
              "ahead": 0,
              "estimate_seconds": 902,
              "expires_at": "2026-11-22T00:10:00Z",
              "features": [
                "sim"
              ],
              "id": "T-1",
              "poll": "/api/v1/tickets/T-1?wait=30",
              "position": 1,
              "token": "ZJ2k5IakN5JKn_AzwS0Qqg"
            }
          ]
        }
    "#]]
    .assert_eq(&answer.show());
    let ticket = answer.json()["tickets"][0]["token"].as_str().expect("a token").to_owned();
    let still = ask(&app.holder(&ticket), "T-1", "").await;
    assert_eq!(still.status, StatusCode::ACCEPTED);
    assert_eq!(still.json()["tickets"][0]["position"], 1);
    release(&app, &lease, &token).await;
    let served = ask(&app.holder(&ticket), "T-1", "?wait=30").await;
    expect![[r#"
        200 application/json
        {
          "denials": [],
          "leases": [
            {
              "borrowed": false,
              "code": "renewed",
              "count": 1,
              "document": "…",
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "sim",
              "id": "L-0000000000002",
              "issued_at": "2026-11-22T00:00:00Z",
              "renew_after": "2026-11-22T00:01:50.244Z",
              "seats": [
                1
              ],
              "token": "ptT_YKp-SvfhTUjRAA7YzQ",
              "version": "1.0"
            }
          ]
        }
    "#]]
    .assert_eq(&served.show());
    let again = ask(&app.holder(&ticket), "T-1", "").await;
    assert_eq!(again.status, StatusCode::OK, "asking again renews");
    assert_eq!(again.json()["leases"][0]["id"], served.json()["leases"][0]["id"]);
    let listed = app.owner().get("/api/v1/leases").await.json();
    assert_eq!(listed["total"], 1, "the lease is one, however often it was asked for");
}

#[tokio::test]
async fn an_open_question_is_answered_when_its_ticket_is_served_and_no_other_is() {
    let (app, lease, token) = full().await;
    let (first, first_token) = queue(&app, "ws2").await;
    let (second, second_token) = queue(&app, "ws3").await;
    let (one, other) = (app.holder(&first_token), app.holder(&second_token));
    let nonce = tenure_document::Bytes(vec![7; 16]);
    let query = format!("?wait=30&nonce={nonce}");
    let release_when_both_ask = async {
        while polls(&app).await < 2 {
            tokio::task::yield_now().await;
        }
        release(&app, &lease, &token).await
    };
    let (answer, released) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(20), async {
            tokio::select! {
                answer = ask(&one, &first, &query) => answer,
                answer = ask(&other, &second, "?wait=30") => panic!("woken: {}", answer.text),
            }
        }),
        release_when_both_ask
    );
    assert_eq!(released.status, StatusCode::OK);
    let answer = answer.expect("it is woken at once");
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let document = answer.json()["leases"][0]["document"].as_str().expect("a document").to_owned();
    let envelope = tenure_document::Envelope::parse(document.as_bytes()).expect("an envelope");
    let lease: Value = serde_json::from_slice(&envelope.payload).expect("a lease");
    assert_eq!(lease["nonce"], nonce.to_string(), "it answers this question");
    assert_eq!(polls(&app).await, 0, "who went away leaves nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_while_it_waits_takes_nothing() {
    let (mut app, lease, token) = full().await;
    let (ticket, ticket_token) = queue(&app, "ws2").await;
    let (running, address) = listen(&mut app);
    let mut client = TcpStream::connect(&address).expect("somebody listens");
    let question = format!(
        "GET /api/v1/tickets/{ticket}?wait=30 HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Lease {ticket_token}\r\n\r\n"
    );
    client.write_all(question.as_bytes()).expect("it is heard");
    until_polls(&app, 1).await.expect("the question is open");
    drop(client);
    until_polls(&app, 0).await.expect("who hung up asks no more");
    release(&app, &lease, &token).await;
    let waiting = app.owner().get("/api/v1/queue").await.json();
    assert_eq!(waiting["items"][0]["state"], "offered", "nobody takes it: {waiting}");
    running.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn leases_and_tickets_in_one_answer() {
    let (app, ..) = full().await;
    let mut body = waiting("ws2", "sim");
    body["features"] = json!([{"name": "cad"}, {"name": "sim"}, {"name": "nothing"}]);
    let answer = app.anonymous().post("/api/v1/leases", body.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["leases"][0]["feature"], "cad");
    assert_eq!(answer["tickets"][0]["features"], json!(["sim"]));
    assert_eq!(answer["denials"][0]["reason"], "unknown-feature");
    body["all"] = json!(true);
    let answer = app.anonymous().post("/api/v1/leases", body).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "what can't come is not waited for");
}

#[tokio::test]
async fn only_the_holder_asks_and_gives_up() {
    let (app, lease, token) = full().await;
    let (ticket, ticket_token) = queue(&app, "ws2").await;
    let path = format!("/api/v1/tickets/{ticket}");
    let codes = [
        app.anonymous().get(&path).await.json_code(),
        app.holder(&token).get(&path).await.json_code(),
        app.holder(&token).delete(&path).await.json_code(),
        app.holder(&ticket_token).get("/api/v1/tickets/T-9").await.json_code(),
        app.holder(&ticket_token).get("/api/v1/tickets/nine").await.json_code(),
        app.holder(&ticket_token).get(&format!("{path}?wait=soon")).await.json_code(),
    ];
    let codes: Vec<String> = codes.into_iter().map(Option::unwrap_or_default).collect();
    expect!["token-required wrong-token wrong-token wrong-token not-found bad-parameter"]
        .assert_eq(&codes.join(" "));
    release(&app, &lease, &token).await;
    let given_up = app.holder(&ticket_token).delete(&path).await;
    expect![[r#"
        200 application/json
        {
          "ended_at": "2026-11-22T00:00:00Z",
          "id": "T-1",
          "released": [
            "L-0000000000002"
          ]
        }
    "#]]
    .assert_eq(&given_up.show());
    assert_eq!(app.holder(&ticket_token).delete(&path).await.status, StatusCode::GONE);
    let free = app.anonymous().post("/api/v1/leases", checkout("ws9", "sim", 1)).await;
    assert_eq!(free.status, StatusCode::CREATED, "what it was offered is free again");
}

#[tokio::test]
async fn administrators_see_the_queue_and_end_tickets() {
    let (app, ..) = full().await;
    queue(&app, "ws2").await;
    let (second, token) = queue(&app, "ws3").await;
    let reader = app.user("rita", &["read"]).await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "class": 0,
              "estimate_seconds": 902,
              "expires_at": "2026-11-22T00:10:00Z",
              "features": [
                {
                  "count": 1,
                  "name": "sim",
                  "version": "1.0"
                }
              ],
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws2"
                },
                "user": "ann"
              },
              "id": "T-1",
              "position": 1,
              "since": "2026-11-22T00:00:00Z",
              "state": "waiting"
            },
            {
              "class": 0,
              "expires_at": "2026-11-22T00:10:00Z",
              "features": [
                {
                  "count": 1,
                  "name": "sim",
                  "version": "1.0"
                }
              ],
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws3"
                },
                "user": "ann"
              },
              "id": "T-2",
              "position": 2,
              "since": "2026-11-22T00:00:00Z",
              "state": "waiting"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 2
        }
    "#]]
    .assert_eq(&reader.get("/api/v1/queue?feature=sim").await.show());
    let path = format!("/api/v1/tickets/{second}?reason=closing");
    assert_eq!(reader.delete(&path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.owner().delete(&path).await.status, StatusCode::OK);
    assert_eq!(
        ask(&app.holder(&token), &second, "").await.json_code().as_deref(),
        Some("ticket-ended")
    );
    let journal = app.owner().get("/api/v1/journal?sort=-sequence&size=1").await.json();
    assert_eq!(journal["items"][0]["summary"], "T-2 waits no longer (cancelled): closing");
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("tenure_tickets_waiting{feature=\"sim\"} 1"), "{metrics}");
}

#[tokio::test]
async fn who_has_waited_in_vain_gets_the_denial() {
    let (app, ..) = full().await;
    let (ticket, token) = queue(&app, "ws2").await;
    app.clock.advance(Duration::from_secs(600));
    let answer = ask(&app.holder(&token), &ticket, "?wait=5").await;
    assert_eq!(
        (answer.status, answer.json_code().as_deref()),
        (StatusCode::CONFLICT, Some("no-seats"))
    );
    assert_eq!(answer.json()["denials"][0]["feature"], "sim");
}

#[tokio::test]
async fn who_waits_goes_on_waiting_after_a_restart() {
    let (app, lease, token) = full().await;
    let (first, first_token) = queue(&app, "ws2").await;
    let (second, second_token) = queue(&app, "ws3").await;
    let app = app.restarted();
    let still = ask(&app.holder(&second_token), &second, "").await.json();
    assert_eq!(still["tickets"][0]["position"], 2);
    release(&app, &lease, &token).await;
    // The offer is durable, too.
    let app = app.restarted();
    let served = ask(&app.holder(&first_token), &first, "").await;
    assert_eq!(served.status, StatusCode::OK, "{}", served.text);
    let still = ask(&app.holder(&second_token), &second, "").await.json();
    assert_eq!(still["tickets"][0]["position"], 1);
}
