//! Checkout, preview and device set as applications see them.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::json;

use crate::app::{TestApp, checkout};

#[tokio::test]
async fn a_checkout_grants_a_seat_with_token_and_document() {
    let app = TestApp::new().await;
    let answer = app.anonymous().post("/api/v1/leases", checkout("ws14", "cad", 1)).await;
    expect![[r#"
        201 application/json
        {
          "denials": [],
          "leases": [
            {
              "borrowed": false,
              "code": "granted",
              "count": 1,
              "document": "…",
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "cad",
              "id": "L-0000000000001",
              "issued_at": "2026-11-22T00:00:00Z",
              "renew_after": "2026-11-22T00:02:25.764Z",
              "seats": [
                1
              ],
              "token": "7gewzsgFWZ2uIWsXKATtlQ",
              "version": "1.0"
            }
          ]
        }
    "#]]
    .assert_eq(&answer.show());
    let document = answer.json()["leases"][0]["document"].as_str().expect("a document").to_owned();
    let envelope = tenure_document::Envelope::parse(document.as_bytes()).expect("an envelope");
    let certificate =
        app.publisher.certified(crate::house::CONTAINER, crate::house::identity().as_ref());
    let lease = app
        .publisher
        .trust()
        .verify_by::<tenure_document::Lease>(
            &envelope,
            &certificate,
            crate::house::publisher::now(),
        )
        .expect("the lease is proven by chain, path and signature");
    assert_eq!(lease.feature, "cad");
}

/// The answer is written by hand; the client library reads and writes the same type by serde.
#[tokio::test]
async fn an_answer_is_byte_for_byte_what_serde_writes() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let strange = checkout("a \"quoted\" \\ name\u{e9}", "cad", 1);
    let wanted = |features| json!({"holder": {"host": {"type": "STRING", "value": "ws7"}}, "features": features});
    let several = json!([{"name": "viewer"}, {"name": "cda"}, {"name": "cad", "count": 2}]);
    let mut borrowed = checkout("ws9", "travel", 2);
    borrowed["borrow"] = 86_400.into();
    let mut shortened = checkout("ws9", "viewer", 1);
    shortened["borrow"] = "9999d".into();
    for body in [checkout("ws14", "cad", 1), strange, wanted(several), borrowed, shortened] {
        let answer = client.post("/api/v1/leases", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let read: tenure_api::CheckoutAnswer =
            serde_json::from_str(&answer.text).expect("a checkout answer");
        assert_eq!(serde_json::to_string(&read).expect("plain JSON"), answer.text);
        for lease in &read.leases {
            let parsed = tenure_document::Envelope::parse(lease.document.as_bytes());
            assert_eq!(parsed.expect("an envelope").to_json(), lease.document);
        }
    }
}

#[tokio::test]
async fn who_may_not_borrow_for_so_long_is_told_for_how_long_and_why() {
    let app = TestApp::new().await;
    let mut body = checkout("ws1", "viewer", 1);
    body["borrow"] = "9999d".into();
    let preview = app.anonymous().post("/api/v1/previews", body.clone()).await.json();
    let told = "1 of 1 would be granted now, shortened by borrow.interval-seconds.";
    assert_eq!(preview["features"][0]["explanation"], told, "{preview}");
    let granted = app.anonymous().post("/api/v1/leases", body).await.json();
    let lease = &granted["leases"][0];
    let shown = ["borrowed", "shortened_by", "expires_at"].map(|member| lease[member].to_string());
    let shown = shown.join(" ");
    assert_eq!(shown, r#"true "borrow.interval-seconds" "2026-11-29T00:00:00Z""#);
    let path = format!("/api/v1/leases/{}/renewal", lease["id"].as_str().expect("an ID"));
    let token = lease["token"].as_str().expect("a token");
    let renewed = app.holder(token).post(&path, json!({})).await.json();
    assert_eq!(renewed["shortened_by"], lease["shortened_by"], "{renewed}");
}

#[tokio::test]
async fn a_denial_tells_reason_remedy_and_pools() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    assert_eq!(
        client.post("/api/v1/leases", checkout("ws1", "sim", 1)).await.status,
        StatusCode::CREATED
    );
    let answer = client.post("/api/v1/leases", checkout("ws2", "sim", 1)).await;
    expect![[r#"
        409 application/problem+json
        {
          "code": "no-seats",
          "denials": [
            {
              "count": 1,
              "explanation": "1 of \"sim\" wanted, 0 of 1 free",
              "feature": "sim",
              "id": "D-1",
              "pools": [
                {
                  "free": 0,
                  "pool": "default",
                  "used": 1
                }
              ],
              "reason": "no-seats",
              "remedy": {
                "at": "2026-11-22T00:15:02Z",
                "code": "wait-until",
                "text": "wait: at 2026-11-22T00:15:02Z at the latest something comes back, unless it is renewed"
              },
              "version": "1.0"
            }
          ],
          "detail": "1 of \"sim\" wanted, 0 of 1 free",
          "explanation": "1 of \"sim\" wanted, 0 of 1 free",
          "feature": "sim",
          "reason": "no-seats",
          "status": 409,
          "title": "Denied",
          "type": "/problems/no-seats"
        }
    "#]].assert_eq(&answer.show());
}

#[tokio::test]
async fn features_succeed_and_fail_each_by_itself_unless_all_is_set() {
    let app = TestApp::new().await;
    let mut body = json!({
        "holder": {"host": {"type": "STRING", "value": "ws1"}},
        "features": [{"name": "viewer"}, {"name": "cda"}, {"name": "cad", "version": "9.0"}],
    });
    let answer = app.anonymous().post("/api/v1/leases", body.clone()).await;
    expect![[r#"
        201 application/json
        {
          "denials": [
            {
              "count": 1,
              "explanation": "this server has no license for \"cda\"",
              "feature": "cda",
              "id": "D-1",
              "pools": [],
              "reason": "unknown-feature",
              "remedy": {
                "code": "check-name",
                "text": "did you mean \"cad\"?"
              },
              "version": "0"
            },
            {
              "count": 1,
              "explanation": "the license for \"cad\" does not cover version 9.0",
              "feature": "cad",
              "id": "D-2",
              "pools": [],
              "reason": "version-too-low",
              "remedy": {
                "code": "lower-version",
                "text": "version 2.0 is free"
              },
              "version": "9.0"
            }
          ],
          "leases": [
            {
              "borrowed": false,
              "code": "granted",
              "count": 1,
              "document": "…",
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "viewer",
              "id": "L-0000000000001",
              "issued_at": "2026-11-22T00:00:00Z",
              "renew_after": "2026-11-22T00:02:25.764Z",
              "seats": [],
              "token": "7gewzsgFWZ2uIWsXKATtlQ",
              "version": "1.0"
            }
          ]
        }
    "#]]
    .assert_eq(&answer.show());
    body["all"] = true.into();
    let answer = app.anonymous().post("/api/v1/leases", body).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
}

#[tokio::test]
async fn the_same_idempotency_key_gets_the_same_answer_and_another_request_422() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let send = |body: serde_json::Value| {
        let mut request = client.request(
            Method::POST,
            "/api/v1/leases",
            Some("application/json"),
            body.to_string().into_bytes(),
        );
        request.headers_mut().insert("idempotency-key", "once".parse().expect("a header"));
        app.send(request)
    };
    let first = send(checkout("ws1", "sim", 1)).await;
    let second = send(checkout("ws1", "sim", 1)).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    let other = send(checkout("ws1", "cad", 1)).await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "key-reused",
          "detail": "The same Idempotency-Key came with another request before. Use a new key.",
          "status": 422,
          "title": "The idempotency key was used for another request",
          "type": "/problems/key-reused"
        }
    "#]]
    .assert_eq(&other.show());
    let elsewhere = send(checkout("ws2", "cad", 1)).await;
    assert_eq!(
        elsewhere.status,
        StatusCode::CREATED,
        "another device may use the same words as its key"
    );
}

/// By what was granted, not by what was wished for: a key with a wish for a hundred years is not kept for that long.
#[tokio::test]
async fn the_answer_to_who_borrowed_is_kept_as_long_as_the_loan() {
    let app = TestApp::new().await;
    let send = |host: &str, feature: &str, borrow: Option<&str>| {
        let mut body = checkout(host, feature, 1);
        if let Some(borrow) = borrow {
            body["borrow"] = borrow.into();
        }
        let body = body.to_string().into_bytes();
        let client = app.anonymous();
        let mut request =
            client.request(Method::POST, "/api/v1/leases", Some("application/json"), body);
        request.headers_mut().insert("idempotency-key", "once".parse().expect("a header"));
        app.send(request)
    };
    let lent = send("ws1", "cad", Some("9999d")).await;
    assert_eq!(lent.status, StatusCode::CREATED, "{}", lent.text);
    let denied = send("ws2", "travel", Some("9999d")).await;
    assert_eq!(denied.status, StatusCode::CONFLICT, "{}", denied.text);
    app.clock.advance(Duration::from_secs(2 * 86_400));
    for host in ["ws3", "ws4"] {
        assert_eq!(send(host, "viewer", None).await.status, StatusCode::CREATED);
    }
    assert_eq!(send("ws1", "cad", Some("9999d")).await.text, lent.text);
    assert_eq!(send("ws2", "viewer", None).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_preview_consumes_nothing() {
    let app = TestApp::new().await;
    let body = json!({
        "holder": {"host": {"type": "STRING", "value": "ws1"}},
        "features": [{"name": "cad", "count": 9}, {"name": "sim"}, {"name": "viewer"}, {"name": "nothing"}],
    });
    let answer = app.anonymous().post("/api/v1/previews", body).await;
    expect![[r#"
        200 application/json
        {
          "features": [
            {
              "code": "no-seats",
              "explanation": "ask for at most 6",
              "feature": "cad",
              "granted": 0,
              "largest": 6,
              "pools": [
                {
                  "free": 6,
                  "pool": "default",
                  "used": 0
                }
              ],
              "requested": 9,
              "version": "0"
            },
            {
              "code": "granted",
              "expires_at": "2026-11-22T00:15:00Z",
              "explanation": "1 of 1 would be granted now.",
              "feature": "sim",
              "granted": 1,
              "largest": 1,
              "pools": [
                {
                  "free": 1,
                  "pool": "default",
                  "used": 0
                }
              ],
              "requested": 1,
              "version": "1.0"
            },
            {
              "code": "granted",
              "expires_at": "2026-11-22T00:15:00Z",
              "explanation": "1 of 1 would be granted now.",
              "feature": "viewer",
              "granted": 1,
              "pools": [
                {
                  "pool": "default",
                  "used": 0
                }
              ],
              "requested": 1,
              "version": "1.0"
            },
            {
              "code": "unknown-feature",
              "explanation": "ask the publisher for a new or larger license",
              "feature": "nothing",
              "granted": 0,
              "largest": 0,
              "pools": [],
              "requested": 1,
              "version": "0"
            }
          ]
        }
    "#]]
    .assert_eq(&answer.show());
    assert_eq!(app.owner().get("/api/v1/leases").await.json()["total"], 0);
}

#[tokio::test]
async fn a_preview_without_features_shows_what_the_server_would_give() {
    let app = TestApp::new().await;
    let entries = json!([{"featureName": "cad", "featureVersion": "1.0", "featureCount": 2}]);
    let host = json!({"value": "ws1", "type": "STRING"});
    let reservations = json!([{"hostId": host, "reservationEntries": entries}]);
    let group = json!({"name": "design", "reservations": reservations});
    let posted = app.owner().post("/api/v1/reservation-groups", group).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
    let body = json!({"holder": {"host": {"type": "STRING", "value": "ws1"}}});
    let preview = app.anonymous().post("/api/v1/previews", body.clone()).await.json();
    let row = &preview["features"][0];
    assert_eq!((&row["feature"], &row["granted"]), (&json!("cad"), &json!(2)), "{preview}");
    let granted = app.anonymous().post("/api/v1/leases", body).await.json();
    assert_eq!(granted["leases"][0]["count"], 2, "{granted}");
}

#[tokio::test]
async fn a_preview_of_all_or_nothing_grants_nothing_where_one_is_denied() {
    let app = TestApp::new().await;
    let body = json!({
        "holder": {"host": {"type": "STRING", "value": "ws1"}},
        "features": [{"name": "viewer", "version": "0.5"}, {"name": "nothing"}],
        "all": true,
    });
    let answer = app.anonymous().post("/api/v1/previews", body).await;
    expect![[r#"
        200 application/json
        {
          "features": [
            {
              "code": "unknown-feature",
              "explanation": "\"all\" is set, and \"nothing\" would not be granted.",
              "feature": "viewer",
              "granted": 0,
              "pools": [
                {
                  "pool": "default",
                  "used": 0
                }
              ],
              "requested": 1,
              "version": "0.5"
            },
            {
              "code": "unknown-feature",
              "explanation": "ask the publisher for a new or larger license",
              "feature": "nothing",
              "granted": 0,
              "largest": 0,
              "pools": [],
              "requested": 1,
              "version": "0"
            }
          ]
        }
    "#]]
    .assert_eq(&answer.show());
}

#[tokio::test]
async fn a_device_set_grants_what_is_missing_and_releases_what_is_beyond() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let path = "/api/v1/devices/STRING/ws1/features";
    let first = json!({"features": [{"name": "cad"}, {"name": "viewer"}]});
    let answer = client.json(Method::PUT, path, first).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let second = json!({"features": [{"name": "cad"}, {"name": "sim"}, {"name": "unknown"}]});
    let answer = client.json(Method::PUT, path, second).await;
    expect![[r#"
        200 application/json
        {
          "denials": [
            {
              "count": 1,
              "explanation": "this server has no license for \"unknown\"",
              "feature": "unknown",
              "id": "D-1",
              "pools": [],
              "reason": "unknown-feature",
              "remedy": {
                "code": "ask-publisher",
                "text": "ask the publisher for a new or larger license"
              },
              "version": "0"
            }
          ],
          "kept": [
            {
              "count": 1,
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "cad",
              "id": "L-0000000000001",
              "renew_after": "2026-11-22T00:02:25.764Z",
              "token": "",
              "version": "1.0"
            }
          ],
          "leases": [
            {
              "borrowed": false,
              "code": "granted",
              "count": 1,
              "document": "…",
              "expires_at": "2026-11-22T00:15:00Z",
              "feature": "sim",
              "id": "L-0000000000003",
              "issued_at": "2026-11-22T00:00:00Z",
              "renew_after": "2026-11-22T00:02:17.465Z",
              "seats": [
                1
              ],
              "token": "IFq1BBiXRms5QAiOgMgu8A",
              "version": "1.0"
            }
          ],
          "released": [
            "L-0000000000002"
          ]
        }
    "#]]
    .assert_eq(&answer.show());
}

#[tokio::test]
async fn a_restart_keeps_every_lease() {
    let app = TestApp::new().await;
    let answer = app.anonymous().post("/api/v1/leases", checkout("ws1", "sim", 1)).await;
    let token = answer.json()["leases"][0]["token"].as_str().expect("a token").to_owned();
    let id = answer.json()["leases"][0]["id"].as_str().expect("an ID").to_owned();
    let again = app.restarted();
    let renewed = again
        .holder(&token)
        .send_bytes(Method::POST, &format!("/api/v1/leases/{id}/renewal"), None, Vec::new())
        .await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
    let denied = again.anonymous().post("/api/v1/leases", checkout("ws2", "sim", 1)).await;
    assert_eq!(denied.status, StatusCode::CONFLICT, "{}", denied.text);
}
