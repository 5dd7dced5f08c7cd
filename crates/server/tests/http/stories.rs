//! The stories of a device and of a feature: what was granted, given back and denied in a time, page by page.

use axum::http::StatusCode;
use expect_test::expect;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_device_and_its_pages() {
    let app = TestApp::in_use().await;
    let path = "/api/v1/devices/STRING/ws3/timeline";
    expect![[r#"
        200 application/json
        {
          "complete": true,
          "from": "2026-11-15T00:00:00.001Z",
          "holdings": [],
          "holdings_total": 0,
          "host": {
            "type": "STRING",
            "value": "ws3"
          },
          "items": [
            {
              "at": "2026-11-22T00:00:00Z",
              "count": 1,
              "denial": "D-1",
              "detail": "unknown-feature: this server has no license for \"nothing\"",
              "feature": "nothing",
              "last_at": "2026-11-22T00:00:00Z",
              "sequence": 5,
              "times": 1,
              "what": "denied"
            },
            {
              "at": "2026-11-22T00:00:00Z",
              "count": 9,
              "denial": "D-2",
              "detail": "no-seats: 9 of \"sim\" wanted, 1 of 1 free",
              "feature": "sim",
              "last_at": "2026-11-22T00:00:00Z",
              "sequence": 6,
              "times": 1,
              "what": "denied"
            }
          ],
          "page": 1,
          "size": 50,
          "to": "2026-11-22T00:00:00.001Z",
          "total": 2
        }
    "#]]
    .assert_eq(&app.owner().get(path).await.show());
    let second = app.owner().get(&format!("{path}?size=1&page=2")).await.json();
    assert_eq!((&second["total"], &second["items"][0]["denial"]), (&json!(2), &json!("D-2")));
    let range = format!("{path}?from=2026-11-22T00:00:01Z&to=2026-11-23T00:00:00Z");
    assert_eq!(app.owner().get(&range).await.json()["total"], 0);
    let nobody = app.owner().get("/api/v1/devices/STRING/nobody/timeline").await.json();
    assert_eq!((&nobody["total"], &nobody["complete"]), (&json!(0), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_feature_tells_who_held_it() {
    let app = TestApp::in_use().await;
    let path = "/api/v1/features/cad/timeline";
    expect![[r#"
        200 application/json
        {
          "complete": true,
          "feature": "cad",
          "from": "2026-11-15T00:00:00.001Z",
          "holdings": [
            {
              "count": 2,
              "feature": "cad",
              "from": "2026-11-22T00:00:00Z",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws1"
                },
                "user": "ann"
              },
              "lease": "L-0000000000001"
            },
            {
              "count": 1,
              "feature": "cad",
              "from": "2026-11-22T00:00:00Z",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws2"
                },
                "user": "ann"
              },
              "lease": "L-0000000000002"
            }
          ],
          "holdings_total": 2,
          "items": [
            {
              "at": "2026-11-22T00:00:00Z",
              "count": 2,
              "detail": "granted to ann, until 2026-11-22T00:15:00Z",
              "feature": "cad",
              "holder": {
                "host": {
                  "type": "STRING",
                  "value": "ws1"
                },
                "user": "ann"
              },
              "last_at": "2026-11-22T00:00:00Z",
              "lease": "L-0000000000001",
              "sequence": 2,
              "times": 1,
              "what": "granted"
            }
          ],
          "page": 1,
          "size": 1,
          "to": "2026-11-22T00:00:00.001Z",
          "total": 2
        }
    "#]]
    .assert_eq(&app.owner().get(&format!("{path}?size=1")).await.show());
    let denied = app.owner().get("/api/v1/features/sim/timeline").await.json();
    assert_eq!(denied["items"][0]["holder"]["host"]["value"], "ws3");
    // Nobody has it, but somebody asked for it.
    let asked = app.owner().get("/api/v1/features/nothing/timeline").await.json();
    assert_eq!((&asked["total"], &asked["items"][0]["what"]), (&json!(1), &json!("denied")));
    let unknown = app.owner().get("/api/v1/features/moon/timeline").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    // What was held before is told from its grant on.
    app.clock.advance(std::time::Duration::from_secs(60));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
    let late = app.owner().get(&format!("{path}?from=2026-11-22T00:00:30Z")).await.json();
    assert_eq!((&late["total"], &late["holdings_total"]), (&json!(0), &json!(2)));
    assert_eq!(late["holdings"][0]["from"], "2026-11-22T00:00:00Z");
}
