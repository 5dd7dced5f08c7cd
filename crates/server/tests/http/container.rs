//! The ferry over HTTP: context out, update in, receipt out; and every file that must be refused.

use axum::http::{Method, StatusCode};
use expect_test::expect;

use crate::app::{Answer, TestApp};
use crate::house::publisher::Publisher;
use crate::house::{ITEMS, first_update};

async fn apply(app: &TestApp, bytes: &[u8]) -> Answer {
    app.owner().send_bytes(Method::POST, "/api/v1/container/update", None, bytes.to_vec()).await
}

#[tokio::test]
async fn an_update_is_applied_once_and_answers_its_receipt() {
    let app = TestApp::empty(|_| ());
    let update = first_update(&app.publisher, ITEMS);
    let armored = tenure_document::armor(&update, &tenure_document::summarize(&update));
    expect![[r#"
        200 application/json
        {
          "already_applied": false,
          "history_hash": "…",
          "receipt": "…",
          "results": [
            {
              "op_id": "op-1",
              "result": "applied",
              "sequence": 1
            },
            {
              "op_id": "op-2",
              "result": "applied",
              "sequence": 2
            },
            {
              "op_id": "op-3",
              "result": "applied",
              "sequence": 3
            },
            {
              "op_id": "op-4",
              "result": "applied",
              "sequence": 4
            },
            {
              "op_id": "op-5",
              "result": "applied",
              "sequence": 5
            },
            {
              "op_id": "op-6",
              "result": "applied",
              "sequence": 6
            },
            {
              "op_id": "op-7",
              "result": "applied",
              "sequence": 7
            },
            {
              "op_id": "op-8",
              "result": "applied",
              "sequence": 8
            }
          ],
          "sequence": 8
        }
    "#]]
    .assert_eq(&apply(&app, armored.as_bytes()).await.show());
    let again = apply(&app, update.to_json().as_bytes()).await;
    expect![[r#"
        200 application/json
        {
          "already_applied": true,
          "history_hash": "…",
          "receipt": "…",
          "results": [],
          "sequence": 8
        }
    "#]]
    .assert_eq(&again.show());
    expect![[r#"
        200 application/json
        {
          "certified": true,
          "generation": 1,
          "history_hash": "…",
          "id": "1A58N2MAHA58N2MAHA58N2MAHA",
          "items": 7,
          "keyset_version": 1,
          "name": "test server",
          "revocation_sequence": 0,
          "sequence": 8,
          "serial": "T-QQWB-WCHZ-V7S5",
          "time_high_water": "2026-11-22T00:00:00Z"
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/container").await.show());
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "count": 2,
              "expiry": null,
              "feature": "cad",
              "id": "cad1",
              "kind": "concurrent",
              "reserved": 0,
              "reserved_idle": 0,
              "seat_basis": "process",
              "start": null,
              "state": "live",
              "terms": {
                "count": 2,
                "expiry": "permanent",
                "feature": "cad",
                "id": "cad1",
                "version": "1.0"
              },
              "used": 0,
              "version": "1.0"
            }
          ],
          "page": 1,
          "size": 1,
          "total": 7
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v1/container/items?size=1&sort=feature").await.show());
    for path in ["/api/v1/container/context", "/api/v1/container/receipt"] {
        let file = app.owner().get(path).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(file.text.starts_with("-----BEGIN TENURE "), "{}", file.text);
        assert!(tenure_document::read_document(file.text.as_bytes()).is_ok());
    }
    let context = app.owner().get("/api/v1/container/context").await;
    let envelope = tenure_document::read_document(context.text.as_bytes()).expect("a document");
    let context =
        tenure_document::verify_self_signed_context(&envelope).expect("signed by the container");
    assert_eq!(context.items.len(), 7);
}

#[tokio::test]
async fn what_is_not_for_this_container_changes_nothing() {
    let app = TestApp::empty(|_| ());
    let good = first_update(&app.publisher, ITEMS).to_json();
    let mut table = String::new();
    let foreign = first_update(&Publisher::new(16), ITEMS).to_json();
    let flipped = good.replacen("cad", "cae", 1);
    let mut payload_flipped = good.clone().into_bytes();
    payload_flipped[120] ^= 1;
    let context = app.owner().get("/api/v1/container/context").await.text;
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("garbage", b"hello".to_vec()),
        ("cut", good.as_bytes()[..good.len() / 2].to_vec()),
        ("byte flipped", payload_flipped),
        ("another publisher's", foreign.into_bytes()),
        ("a context instead", context.into_bytes()),
        ("twice in one", format!("{good}{good}").into_bytes()),
    ] {
        let answer = apply(&app, &bytes).await;
        table.push_str(&format!("{name}: {} {}\n", answer.status.as_u16(), answer.json()["code"]));
    }
    assert_eq!(flipped, good, "the payload is base64");
    expect![[r#"
        empty: 422 "malformed-envelope"
        garbage: 422 "malformed-envelope"
        cut: 422 "malformed-envelope"
        byte flipped: 422 "bad-signature"
        another publisher's: 422 "unknown-key"
        a context instead: 422 "wrong-type"
        twice in one: 422 "trailing-data"
    "#]]
    .assert_eq(&table);
    assert_eq!(app.owner().get("/api/v1/container").await.json()["sequence"], 0);
}

#[tokio::test]
async fn the_chain_is_public() {
    let app = TestApp::new().await;
    let chain = app.anonymous().get("/api/v1/chain").await.json();
    assert_eq!(chain["keysets"].as_array().map(Vec::len), Some(1));
    assert!(chain["certificate"].is_string());
}
