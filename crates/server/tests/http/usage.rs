//! Metered features: consume, run out, take back, report from off line.

use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};

use crate::app::TestApp;

fn consume(count: u64) -> Value {
    json!({"holder": {"host": {"type": "STRING", "value": "ws1"}}, "feature": "render", "count": count})
}

#[tokio::test]
async fn units_are_used_up_and_taken_back() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let first = client.post("/api/v1/usage", consume(90)).await;
    expect![[r#"
        201 application/json
        {
          "count": 90,
          "feature": "render",
          "id": "U-1",
          "recorded_at": "2026-11-22T00:00:00Z",
          "remaining": 10,
          "token": "LdRzqgYjQGUfQyXuQ95I1w",
          "undo_until": "2026-11-22T00:05:00Z",
          "version": "1.0"
        }
    "#]]
    .assert_eq(&first.show());
    let over = client.post("/api/v1/usage", consume(20)).await;
    expect![[r#"
        409 application/problem+json
        {
          "code": "over-metered",
          "denials": [
            {
              "count": 20,
              "explanation": "20 of \"render\" wanted, 10 of 100 left",
              "feature": "render",
              "id": "D-1",
              "pools": [
                {
                  "free": 10,
                  "pool": "default",
                  "used": 90
                }
              ],
              "reason": "over-metered",
              "remedy": {
                "code": "smaller-count",
                "count": 10,
                "text": "ask for at most 10"
              },
              "version": "0"
            }
          ],
          "detail": "20 of \"render\" wanted, 10 of 100 left",
          "explanation": "20 of \"render\" wanted, 10 of 100 left",
          "feature": "render",
          "reason": "over-metered",
          "status": 409,
          "title": "Denied",
          "type": "/problems/over-metered"
        }
    "#]]
    .assert_eq(&over.show());
    let id = first.json()["id"].as_str().expect("an ID").to_owned();
    let path = format!("/api/v1/usage/{id}/undo");
    assert_eq!(client.post(&path, json!({})).await.status, StatusCode::UNAUTHORIZED);
    let undone = client.post(&path, json!({"token": first.json()["token"]})).await;
    expect![[r#"
        200 application/json
        {
          "count": 90,
          "feature": "render",
          "id": "U-1",
          "recorded_at": "2026-11-22T00:00:00Z",
          "remaining": 100,
          "token": "LdRzqgYjQGUfQyXuQ95I1w",
          "version": "1.0"
        }
    "#]]
    .assert_eq(&undone.show());
    assert_eq!(client.post("/api/v1/usage", consume(100)).await.status, StatusCode::CREATED);
}

fn batch(from: u64, to: u64) -> Value {
    let records: Vec<Value> = (from..=to)
        .map(|sequence| json!({"sequence": sequence, "feature": "render", "count": 5}))
        .collect();
    json!({"holder": {"host": {"type": "STRING", "value": "ws1"}}, "client": "install-1", "records": records})
}

#[tokio::test]
async fn who_reported_a_batch_takes_its_units_back() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let reported = client.post("/api/v1/usage/batch", batch(1, 2)).await.json();
    let token = &reported["results"][0]["token"];
    let other = client.post("/api/v1/usage/U-2/undo", json!({"token": token})).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN, "{}", other.text);
    let undone = client.post("/api/v1/usage/U-1/undo", json!({"token": token})).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert_eq!(undone.json()["remaining"], 95);
}

#[tokio::test]
async fn a_batch_counts_once() {
    let app = TestApp::new().await;
    let client = app.anonymous();
    let first = client.post("/api/v1/usage/batch", batch(1, 3)).await;
    expect![[r#"
        200 application/json
        {
          "acknowledged": 3,
          "results": [
            {
              "id": "U-1",
              "sequence": 1,
              "token": "LdRzqgYjQGUfQyXuQ95I1w",
              "undo_until": "2026-11-22T00:05:00Z"
            },
            {
              "id": "U-2",
              "sequence": 2,
              "token": "RJ1baS-tu6ijZENpScUJWA",
              "undo_until": "2026-11-22T00:05:00Z"
            },
            {
              "id": "U-3",
              "sequence": 3,
              "token": "SaQE6Y4DQwXVgtm1EdYe7A",
              "undo_until": "2026-11-22T00:05:00Z"
            }
          ]
        }
    "#]]
    .assert_eq(&first.show());
    let overlapping = client.post("/api/v1/usage/batch", batch(2, 4)).await;
    expect![[r#"
        200 application/json
        {
          "acknowledged": 4,
          "results": [
            {
              "id": "U-4",
              "sequence": 4,
              "token": "-3BX7IbJO8SM2c5qDFVn8Q",
              "undo_until": "2026-11-22T00:05:00Z"
            }
          ]
        }
    "#]]
    .assert_eq(&overlapping.show());
    let again = client.post("/api/v1/usage/batch", batch(2, 4)).await;
    expect![[r#"
        200 application/json
        {
          "acknowledged": 4,
          "results": []
        }
    "#]]
    .assert_eq(&again.show());
    let gap = client.post("/api/v1/usage/batch", batch(9, 9)).await;
    assert_eq!(gap.status, StatusCode::CONFLICT, "{}", gap.text);
}
