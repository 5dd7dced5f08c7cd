//! What administrators steer and prove: journal, history, suspension, properties, status.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::json;
use std::time::Duration;

use crate::app::{TestApp, checkout};

#[tokio::test]
async fn the_journal_tells_what_happened_and_verifies() {
    let app = TestApp::in_use().await;
    let journal = app.owner().get("/api/v1/journal?size=100").await.json();
    let lines: Vec<String> = journal["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["sequence"],
                row["event"].as_str().unwrap_or("?"),
                row["summary"].as_str().unwrap_or("?")
            )
        })
        .collect();
    expect![[r#"
        6 denied ws3 was denied 9 of sim 1.0: no-seats (D-2)
        5 denied ws3 was denied 1 of nothing 1.0: unknown-feature (D-1)
        4 granted ws2 holds 1 of viewer 1.0 until 2026-11-22T00:15:00Z (L-0000000000003)
        3 granted ws2 holds 1 of cad 2.0 until 2026-11-22T00:15:00Z (L-0000000000002)
        2 granted ws1 holds 2 of cad 1.0 until 2026-11-22T00:15:00Z (L-0000000000001)
        1 container update applied: 8 operations, up to 8"#]]
    .assert_eq(&lines.join("\n"));
    expect![[r#"
        200 application/json
        {
          "begins": 0,
          "head": "…",
          "sequence": 6,
          "whole": true
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/journal/verify").await.show());
    app.disk.tamper(|entries| entries[2].payload[10] ^= 1);
    expect![[r#"
        200 application/json
        {
          "begins": 0,
          "damage": "payload-altered",
          "detail": "the events don't match their hash",
          "sequence": 2,
          "whole": false
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/journal/verify").await.show());
}

#[tokio::test]
async fn history_shows_who_held_what_at_an_instant() {
    let app = TestApp::new().await;
    app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 2)).await;
    app.clock.advance(Duration::from_secs(3600));
    app.anonymous().post("/api/v1/leases", checkout("ws2", "cad", 1)).await;
    let then = app.owner().get("/api/v1/history?at=2026-11-22T00:05:00Z").await;
    let shown = then.json();
    let holders: Vec<_> = shown["leases"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["holder"]["host"]["value"].clone())
        .collect();
    assert_eq!((then.status, holders), (StatusCode::OK, vec![json!("ws1")]), "{}", then.text);
    let now = app.owner().get("/api/v1/history?at=2026-11-22T01:00:00Z").await.json();
    assert_eq!(now["leases"][0]["holder"]["host"]["value"], "ws2");
    let before = app.owner().get("/api/v1/history?at=2020-01-01T00:00:00Z").await;
    expect![[r#"
        404 application/problem+json
        {
          "code": "not-found",
          "detail": "The ledger begins after that instant.",
          "status": 404,
          "title": "There is no such thing",
          "type": "/problems/not-found"
        }
    "#]]
    .assert_eq(&before.show());
    let later = app.owner().get("/api/v1/history?at=2030-01-01T00:00:00Z").await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "bad-value",
          "detail": "That instant is still to come: it is 2026-11-22T01:00:00Z by the ledger's time.",
          "status": 422,
          "title": "A value can't be taken",
          "type": "/problems/bad-value"
        }
    "#]].assert_eq(&later.show());
}

#[tokio::test]
async fn suspend_and_resume() {
    let app = TestApp::new().await;
    let suspended =
        app.owner().post("/api/v1/suspend", json!({"reason": "audit until noon"})).await;
    expect![[r#"
        200 application/json
        {
          "alarms": [],
          "head": "…",
          "leases": 0,
          "now": "2026-11-22T00:00:00Z",
          "reason": "audit until noon",
          "sequence": 2,
          "suspended": true
        }
    "#]]
    .assert_eq(&suspended.show());
    let refused = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    expect![[r#"
        503 application/problem+json
        {
          "code": "server-suspended",
          "denials": [
            {
              "count": 1,
              "explanation": "an administrator has suspended this server: audit until noon",
              "feature": "cad",
              "id": "D-1",
              "pools": [],
              "reason": "server-suspended",
              "remedy": {
                "code": "ask-administrator",
                "text": "ask the administrator of this license server"
              },
              "version": "1.0"
            }
          ],
          "detail": "an administrator has suspended this server: audit until noon",
          "explanation": "an administrator has suspended this server: audit until noon",
          "feature": "cad",
          "reason": "server-suspended",
          "status": 503,
          "title": "Denied",
          "type": "/problems/server-suspended"
        }
    "#]]
    .assert_eq(&refused.show());
    let preview = app.anonymous().post("/api/v1/previews", checkout("ws1", "cad", 1)).await.json();
    let told = "ask the administrator of this license server: audit until noon";
    assert_eq!(preview["features"][0]["explanation"], told, "{preview}");
    assert_eq!(app.owner().post("/api/v1/suspend", json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(
        app.owner().json(Method::POST, "/api/v1/resume", json!({})).await.status,
        StatusCode::OK
    );
    let granted = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    assert_eq!(granted.status, StatusCode::CREATED, "{}", granted.text);
}

#[tokio::test]
async fn properties_are_listed_changed_and_bounded() {
    let app = TestApp::new().await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "default": "T-QQWB-WCHZ-V7S5",
              "description": "The serial of the server's container.",
              "editable": false,
              "group": "server",
              "name": "server.serial",
              "value": "T-QQWB-WCHZ-V7S5",
              "values": {
                "kind": "fixed",
                "reason": "it was fixed when the container of this server was made"
              }
            },
            {
              "default": "test server",
              "description": "What people call the server.",
              "editable": false,
              "group": "server",
              "name": "server.name",
              "value": "test server",
              "values": {
                "kind": "fixed",
                "reason": "it was fixed when the container of this server was made"
              }
            },
            {
              "default": "root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec",
              "description": "The publisher's root that the server trusts.",
              "editable": false,
              "group": "publisher",
              "name": "publisher.root",
              "value": "root:Z4_OuDas3HFaVGT9Cpu1u1HfjiSHktzi1hDpLSHhuec",
              "values": {
                "kind": "fixed",
                "reason": "it was fixed when the container of this server was made"
              }
            }
          ],
          "page": 1,
          "size": 3,
          "total": 27
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/properties?size=3").await.show());
    let patch = |body: serde_json::Value| {
        let owner = app.owner();
        async move { owner.json(Method::PATCH, "/api/v1/properties", body).await }
    };
    expect![[r#"
        422 application/problem+json
        {
          "code": "unknown-property",
          "detail": "There is no property \"no_such_property\".",
          "status": 422,
          "title": "Refused",
          "type": "/problems/unknown-property"
        }
    "#]]
    .assert_eq(&patch(json!({"no_such_property": 1})).await.show());
    assert_eq!(
        patch(json!({"security.anonymous-read": 7})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        patch(json!({"security.anonymous-read": [true]})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let changed = patch(json!({"security.anonymous-read": true})).await.json();
    let row = changed["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["name"] == "security.anonymous-read");
    expect![[r#"
        {
          "default": false,
          "description": "Let anybody read what the role `read` may read.",
          "editable": true,
          "group": "security",
          "name": "security.anonymous-read",
          "value": true,
          "values": {
            "kind": "flag"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&row).expect("JSON"));
}

#[tokio::test]
async fn status_and_host_ids() {
    let app = TestApp::in_use().await;
    expect![[r#"
        200 application/json
        {
          "alarms": [],
          "head": "…",
          "leases": 3,
          "now": "2026-11-22T00:00:00Z",
          "sequence": 6,
          "suspended": false
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/status").await.show());
    expect![[r#"
        200 application/json
        {
          "host_ids": []
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/host-ids").await.show());
}

#[tokio::test]
async fn what_fails_beside_the_server_is_an_alarm_until_it_is_put_right() {
    let mut alarms = None;
    let app = TestApp::empty(|options| alarms = Some(options.alarms.clone()));
    let alarms = alarms.expect("the options have alarms");
    alarms.raise("archive", "the archive is full".to_owned());
    alarms.raise("archive", "the archive is gone".to_owned());
    let told = async || app.owner().get("/api/v1/status").await.json()["alarms"].clone();
    assert_eq!(told().await, json!(["the archive is gone"]));
    let figure = "tenure_alarm{cause=\"archive\"} 1";
    assert!(app.anonymous().get("/metrics").await.text.contains(figure));
    alarms.clear("archive");
    assert!(!app.anonymous().get("/metrics").await.text.contains(figure));
    assert_eq!(told().await, json!([]));
}
