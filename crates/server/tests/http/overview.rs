//! The licenses at a glance: the same figures as the lists, of one instant, over the time that was asked for.

use std::time::Duration;

use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};

use crate::app::{TestApp, checkout};

async fn overview(app: &TestApp, query: &str) -> Value {
    let answer = app.owner().get(&format!("/api/v1/overview{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_a_glance() {
    let app = TestApp::in_use().await;
    app.clock.advance(Duration::from_secs(90 * 60));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
    let answer = app.owner().get("/api/v1/overview?by=hour&last=3&ending_days=400").await;
    expect![[r#"
        200 application/json
        {
          "at": "2026-11-22T01:30:00Z",
          "by": "hour",
          "denials": [
            {
              "day": 1,
              "reason": "no-seats",
              "week": 1
            },
            {
              "day": 1,
              "reason": "unknown-feature",
              "week": 1
            }
          ],
          "devices": 0,
          "ending": [
            {
              "count": 1,
              "ends_at": "2026-11-25T00:00:00Z",
              "feature": "sim",
              "id": "sim",
              "state": "live",
              "usable_until": "2026-11-25T00:00:00Z",
              "version": "1.0"
            }
          ],
          "ending_total": 1,
          "features": [
            {
              "available": 5,
              "denied": 0,
              "levels": [
                null,
                3,
                3
              ],
              "metered": false,
              "name": "cad",
              "overdraft": 1,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 5,
              "used": 0,
              "waiting": 0
            },
            {
              "available": 5,
              "denied": 0,
              "levels": [
                null,
                null,
                null
              ],
              "metered": false,
              "name": "metal",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 5,
              "used": 0,
              "waiting": 0
            },
            {
              "available": 100,
              "denied": 0,
              "levels": [
                null,
                null,
                null
              ],
              "metered": true,
              "name": "render",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 100,
              "used": 0,
              "waiting": 0
            },
            {
              "available": 1,
              "denied": 1,
              "levels": [
                null,
                0,
                0
              ],
              "metered": false,
              "name": "sim",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 1,
              "used": 0,
              "waiting": 0
            },
            {
              "available": 4,
              "denied": 0,
              "levels": [
                null,
                null,
                null
              ],
              "metered": false,
              "name": "travel",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "total": 4,
              "used": 0,
              "waiting": 0
            },
            {
              "denied": 0,
              "levels": [
                null,
                1,
                1
              ],
              "metered": false,
              "name": "viewer",
              "overdraft": 0,
              "overdraft_used": 0,
              "reserved": 0,
              "reserved_idle": 0,
              "used": 0,
              "waiting": 0
            }
          ],
          "leases": 0,
          "stretches": [
            "2026-11-21T23:00:00Z",
            "2026-11-22T00:00:00Z",
            "2026-11-22T01:00:00Z"
          ],
          "waiting": 0
        }
    "#]]
    .assert_eq(&answer.show());
}

#[tokio::test(flavor = "multi_thread")]
async fn its_figures_are_those_of_the_lists() {
    let app = TestApp::in_use().await;
    let shown = overview(&app, "").await;
    let features = app.owner().get("/api/v1/features/summary").await.json();
    for (one, other) in shown["features"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(features["items"].as_array().into_iter().flatten())
    {
        for member in ["name", "used", "reserved", "reserved_idle", "overdraft_used"] {
            assert_eq!(one[member], other[member], "{member}");
        }
    }
    let series = app.owner().get("/api/v1/usage/history?feature=cad").await.json();
    let cad = &shown["features"][0];
    assert_eq!(cad["name"], "cad");
    let last = cad["levels"].as_array().and_then(|levels| levels.last()).cloned();
    assert_eq!(last.as_ref(), Some(&series["rows"][0]["used_peak"]));
    let denials = app.owner().get("/api/v1/denials").await.json();
    let counted: u64 = shown["denials"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["week"].as_u64())
        .sum();
    assert_eq!(json!(counted), denials["total"]);
    assert_eq!(shown["waiting"], app.owner().get("/api/v1/queue").await.json()["total"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_age_and_stretches_are_bounded() {
    let app = TestApp::in_use().await;
    app.clock.advance(Duration::from_secs(25 * 3600));
    app.anonymous().post("/api/v1/leases", checkout("ws9", "nothing", 1)).await;
    let shown = overview(&app, "").await;
    expect![[
        r#"[{"day":1,"reason":"unknown-feature","week":2},{"day":0,"reason":"no-seats","week":1}]"#
    ]]
    .assert_eq(&serde_json::to_string(&shown["denials"]).expect("JSON"));
    let count = |shown: &Value| shown["stretches"].as_array().map(Vec::len);
    assert_eq!(count(&shown), Some(24));
    assert_eq!(count(&overview(&app, "?by=hour&last=4294967295").await), Some(840));
    assert_eq!(count(&overview(&app, "?by=day&last=4294967295").await), Some(400));
    assert_eq!(count(&overview(&app, "?last=0").await), Some(1));
    for query in ["?by=week", "?last=-1", "?last=x", "?ending_days=x", "?colour=red"] {
        let answer = app.owner().get(&format!("/api/v1/overview{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_server_has_an_overview() {
    let app = TestApp::empty(|_| {});
    let shown = app.anonymous().get("/api/v1/overview").await;
    assert!(matches!(shown.status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{}", shown.text);
}
