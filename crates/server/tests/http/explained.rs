//! Why a seat was granted or refused, told out of the ledger: also after the lease, the denial or the model has gone.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::{Value, json};

use crate::app::{TestApp, checkout};
use crate::past::set_model;

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_and_a_denial_are_explained() {
    let app = TestApp::in_use().await;
    let id = app.owner().get("/api/v1/leases?size=1").await.json()["items"][0]["id"].clone();
    let path = format!("/api/v1/leases/{}/explanation", id.as_str().expect("an ID"));
    let first = app.owner().get(&path).await;
    expect![[r#"
        200 application/json
        {
          "at": "2026-11-22T00:00:00Z",
          "count": 2,
          "feature": "cad",
          "grant": {
            "code": "granted",
            "count": 2,
            "expires_at": "2026-11-22T00:15:00Z",
            "items": [
              "cad1"
            ],
            "seats": [
              [
                1,
                2
              ]
            ],
            "version": "1.0"
          },
          "holder": {
            "host": {
              "type": "STRING",
              "value": "ws1"
            },
            "user": "ann"
          },
          "id": "L-0000000000001",
          "outcome": "granted",
          "pools": [
            {
              "free": 6,
              "pool": "default",
              "reserved": 0,
              "total": 6,
              "used": 0
            }
          ],
          "sequence": 2,
          "sources": [
            {
              "free": 2,
              "item": "cad1",
              "pool": "default",
              "shared": 0,
              "taken": 2,
              "total": 2,
              "used": 0,
              "verdict": "taken",
              "version": "1.0"
            },
            {
              "ends_at": "2027-12-31T00:00:00Z",
              "free": 4,
              "item": "cad2",
              "pool": "default",
              "shared": 0,
              "taken": 0,
              "total": 4,
              "used": 0,
              "verdict": "not-needed",
              "version": "2.0"
            }
          ],
          "text": "L-0000000000001: ann@ws1 was granted 2 of \"cad\" 1.0 at 2026-11-22T00:00:00Z\nasked for  2, version 1.0 or later\npool 1.    default: 0 of 6 in use, 6 free\nitem 1.    cad1, version 1.0, permanent, pool default: 0 of 2 in use, 2 free: 2 taken\nitem 2.    cad2, version 2.0, until 2027-12-31T00:00:00Z, pool default: 0 of 4 in use, 4 free: not needed\norder      own reservations, then pools in the order of the rules; regular before overdraft; exact version before higher; not in grace before in grace; earlier end first\ngranted    granted: within what is licensed; seats 1-2, the lowest that were free\nuntil      2026-11-22T00:15:00Z, to be renewed\n",
          "version": "1.0"
        }
    "#]].assert_eq(&first.show());
    expect![[r#"
        200 application/json
        {
          "at": "2026-11-22T00:00:00Z",
          "count": 9,
          "denial": {
            "explanation": "9 of \"sim\" wanted, 1 of 1 free",
            "reason": "no-seats",
            "remedy": {
              "code": "smaller-count",
              "count": 1,
              "text": "ask for at most 1"
            }
          },
          "feature": "sim",
          "holder": {
            "host": {
              "type": "STRING",
              "value": "ws3"
            },
            "user": "ann"
          },
          "id": "D-2",
          "outcome": "denied",
          "pools": [
            {
              "free": 1,
              "pool": "default",
              "reserved": 0,
              "total": 1,
              "used": 0
            }
          ],
          "sequence": 6,
          "sources": [
            {
              "ends_at": "2026-11-25T00:00:00Z",
              "free": 1,
              "item": "sim",
              "pool": "default",
              "shared": 0,
              "taken": 0,
              "total": 1,
              "used": 0,
              "verdict": "too-few",
              "version": "1.0"
            }
          ],
          "text": "D-2: ann@ws3 was denied 9 of \"sim\" at 2026-11-22T00:00:00Z: no-seats\nasked for  9, version 1.0 or later\npool 1.    default: 0 of 1 in use, 1 free\nitem 1.    sim, version 1.0, until 2026-11-25T00:00:00Z, pool default: 0 of 1 in use, 1 free: too few\ndenied     9 of \"sim\" wanted, 1 of 1 free\nremedy     ask for at most 1\nafter      no grant to the same holder followed in its retry time\n",
          "version": "1.0"
        }
    "#]].assert_eq(&app.owner().get("/api/v1/denials/D-2/explanation").await.show());

    // What has happened since makes no difference, nor that the lease has ended and the server was restarted.
    app.owner().delete("/api/v1/devices/STRING/ws1").await;
    app.clock.advance(std::time::Duration::from_secs(48 * 3600));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
    let app = app.restarted();
    assert_eq!(app.owner().get(&path).await.json(), first.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_that_decided_is_named_also_after_the_model_has_gone() {
    let app = TestApp::new().await;
    assert_eq!(set_model(&app).await.status, StatusCode::OK);
    let granted = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await.json();
    let id = granted["leases"][0]["id"].as_str().expect("an ID").to_owned();
    assert_eq!(app.owner().delete("/api/v1/model").await.status, StatusCode::NO_CONTENT);
    let told = app.owner().get(&format!("/api/v1/leases/{id}/explanation")).await.json();
    expect![[r#"
        {
          "denied": false,
          "matched": [
            {
              "line": 3,
              "text": "on user(\"ann\") { use \"design\" accept }"
            }
          ],
          "model": "site",
          "version": 1
        }"#]]
    .assert_eq(&format!("{:#}", told["rules"]));
    assert_eq!((&told["pools"][0]["pool"], &told["pools"][1]), (&json!("design"), &Value::Null));
    let series = "/api/v1/usage/history?feature=cad&pool=design";
    assert_eq!(app.owner().get(series).await.json()["rows"][0]["used_peak"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_that_was_recovered_says_so() {
    let app = TestApp::in_use().await;
    app.clock.advance(std::time::Duration::from_secs(60));
    app.anonymous().post("/api/v1/leases", checkout("ws3", "sim", 1)).await;
    let path = "/api/v1/denials/D-2/explanation";
    let told = app.owner().get(path).await.json();
    assert_eq!(told["denial"]["recovered_at"], "2026-11-22T00:01:00Z");
    // Also where the denial is no longer listed.
    let kept = json!({"denials.kept": 100});
    app.owner().json(Method::PATCH, "/api/v1/properties", kept).await;
    for _ in 0..101 {
        app.anonymous().post("/api/v1/leases", checkout("ws9", "nothing", 1)).await;
    }
    assert_eq!(app.owner().get("/api/v1/denials/D-2").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.owner().get(path).await.json(), told);
}
