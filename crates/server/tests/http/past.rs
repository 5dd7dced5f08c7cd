//! The past: lists as they were, use over time, the proof of the ledger; also after a restart.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, checkout};

/// The lists that can be asked for at an instant, with their live route.
const LISTS: [(&str, &str); 7] = [
    ("features", "/api/v1/features"),
    ("devices", "/api/v1/devices"),
    ("leases", "/api/v1/leases"),
    ("denials", "/api/v1/denials"),
    ("pools", "/api/v1/pools"),
    ("queue", "/api/v1/queue"),
    ("reservations", "/api/v1/reservation-groups"),
];

/// The lists as they are now, with the ledger's time.
async fn live(app: &TestApp) -> (String, Vec<Value>) {
    let owner = app.owner();
    let now = owner.get("/api/v1/status").await.json()["now"].as_str().expect("a time").to_owned();
    let mut lists = Vec::new();
    for (_, path) in LISTS {
        lists.push(owner.get(&format!("{path}?size=1000")).await.json());
    }
    (now, lists)
}

/// The lists as they were at an instant.
async fn past(app: &TestApp, at: &str) -> Vec<Value> {
    let mut lists = Vec::new();
    for (what, _) in LISTS {
        let path = format!("/api/v1/history?at={at}&what={what}&size=1000");
        let answer = app.owner().get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let body = answer.json();
        let items = body.get(what).cloned().unwrap_or_else(|| json!([]));
        lists.push(json!({
            "items": items, "page": body["page"], "size": body["size"], "total": body["total"],
        }));
    }
    lists
}

const MODEL: &str = "model \"site\" {
  partitions { partition \"design\" { \"cad\" 1.0 2 } }
  on user(\"ann\") { use \"design\" accept }
}
";

pub(crate) async fn set_model(app: &TestApp) -> Answer {
    let text = MODEL.as_bytes().to_vec();
    app.owner().send_bytes(Method::PUT, "/api/v1/model", Some("text/plain"), text).await
}

/// A group that keeps seats for one device.
fn reserved(count: u32) -> Value {
    let entry = json!({"featureName": "cad", "featureVersion": "1.0", "featureCount": count});
    let host = json!({"type": "STRING", "value": "ws2"});
    json!({"name": "desk", "reservations": [{"hostId": host, "reservationEntries": [entry]}]})
}

/// One step of a morning: whatever changes what the lists show.
async fn step(app: &TestApp, number: usize) {
    // What was seen last was seen before this: not at the same instant.
    app.clock.advance(std::time::Duration::from_secs(1));
    let client = app.anonymous();
    match number % 6 {
        1 if number == 7 => {
            let mut wanted = checkout("ws7", "cad", 6);
            wanted["wait"] = 3600.into();
            let answer = client.post("/api/v1/leases", wanted).await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
            answer
        }
        0 if number == 12 => {
            let path = "/api/v1/reservation-groups/desk";
            let answer = app.owner().json(Method::PUT, path, reserved(2)).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            answer
        }
        0 => client.post("/api/v1/leases", checkout("ws1", "cad", 1)).await,
        1 => client.post("/api/v1/leases", checkout(&format!("ws{number}"), "cad", 2)).await,
        2 => client.post("/api/v1/leases", checkout("ws3", "viewer", 1)).await,
        3 if number == 9 => set_model(app).await,
        3 => client.post("/api/v1/leases", checkout("ws4", "sim", 9)).await,
        4 if number == 10 => {
            let answer = app.owner().post("/api/v1/reservation-groups", reserved(1)).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
            answer
        }
        4 => app.owner().delete("/api/v1/devices/STRING/ws1?reason=moved").await,
        _ => app.owner().post("/api/v1/suspend", json!({"reason": "lunch"})).await,
    };
    if number % 6 == 5 {
        app.owner().post("/api/v1/resume", json!({})).await;
    }
    app.clock.advance(std::time::Duration::from_secs(7 * 60));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_shown_as_the_present_was() {
    let mut app = TestApp::new().await;
    let mut seen = Vec::new();
    for number in 0..14 {
        step(&app, number).await;
        seen.push(live(&app).await);
        if number == 8 {
            app = app.restarted();
        }
    }
    for (at, lists) in &seen {
        assert_eq!(past(&app, at).await, *lists, "at {at}");
    }
    let app = app.restarted();
    for (at, lists) in seen.iter().rev() {
        assert_eq!(past(&app, at).await, *lists, "at {at}, after a restart");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_of_one_reason() {
    let app = TestApp::in_use().await;
    for (reason, total) in [("no-seats", 1), ("unknown-feature", 1), ("expired", 0)] {
        let found = app.owner().get(&format!("/api/v1/denials?reason={reason}")).await.json();
        assert_eq!(found["total"], total, "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_proven_in_the_background() {
    let app = TestApp::in_use().await;
    let path = "/api/v1/journal/verification";
    let before = app.owner().get(path).await.json();
    assert_eq!(before["state"], "never");
    let begun = app.owner().post(path, json!({})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    assert_eq!(begun.json()["by"], "local");
    let found = loop {
        let found = app.owner().get(path).await.json();
        if found["state"] != "running" {
            break found;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((&found["state"], &found["result"]["whole"]), (&json!("done"), &json!(true)));
    assert_eq!(found["entries_done"], found["entries_total"]);
    let sequence = app.owner().get("/api/v1/status").await.json()["sequence"].clone();
    assert_eq!(found["result"]["sequence"], sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn use_over_time() {
    let app = TestApp::in_use().await;
    app.clock.advance(std::time::Duration::from_secs(90 * 60));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
    let path = "/api/v1/usage/history?feature=cad&by=hour";
    let shown = app.owner().get(path).await;
    expect![[r#"
        200 application/json
        {
          "by": "hour",
          "feature": "cad",
          "pools": [],
          "rows": [
            {
              "consumed": 0,
              "denied": 0,
              "from": "2026-11-22T00:00:00Z",
              "granted": 2,
              "queued": 0,
              "reserved_peak": 0,
              "reserved_seconds": 0,
              "to": "2026-11-22T01:00:00Z",
              "undone": 0,
              "used_last": 3,
              "used_peak": 3,
              "used_seconds": 10800
            },
            {
              "consumed": 0,
              "denied": 0,
              "from": "2026-11-22T01:00:00Z",
              "granted": 0,
              "queued": 0,
              "reserved_peak": 0,
              "reserved_seconds": 0,
              "to": "2026-11-22T01:30:00Z",
              "undone": 0,
              "used_last": 0,
              "used_peak": 3,
              "used_seconds": 5400
            }
          ]
        }
    "#]]
    .assert_eq(&shown.show());
    let days = app.owner().get("/api/v1/usage/history?feature=cad").await.json();
    assert_eq!(days["rows"].as_array().map(Vec::len), Some(1));
    let app = app.restarted();
    assert_eq!(app.owner().get(path).await.json(), shown.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_the_past_that_can_not_be_answered() {
    let app = TestApp::in_use().await;
    let mut table = String::new();
    for path in [
        "/api/v1/history",
        "/api/v1/history?at=yesterday",
        "/api/v1/history?at=2026-11-22T00:00:00Z&what=weather",
        "/api/v1/history?at=2026-11-22T00:00:00Z&what=leases&page=0",
        "/api/v1/history?at=2026-11-22T00:00:00Z&what=features&sort=colour",
        "/api/v1/history?at=2020-01-01T00:00:00Z",
        "/api/v1/leases/none/explanation",
        "/api/v1/leases/L-0000000000999/explanation",
        "/api/v1/denials/17/explanation",
        "/api/v1/denials/D-0/explanation",
        "/api/v1/denials/D-999/explanation",
        "/api/v1/devices/PLANET/x/timeline",
        "/api/v1/devices/STRING/ws1/timeline?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z",
        "/api/v1/devices/STRING/ws1/timeline?sort=at",
        "/api/v1/usage/history",
        "/api/v1/usage/history?feature=nothing",
        "/api/v1/usage/history?feature=cad&pool=none",
        "/api/v1/usage/history?feature=cad&by=week",
    ] {
        let problem = app.owner().get(path).await.json();
        table.push_str(&format!(
            "{path}\n    {} {} {}\n",
            problem["status"],
            problem["code"].as_str().unwrap_or("?"),
            problem["detail"].as_str().unwrap_or("?"),
        ));
    }
    expect![[r#"
        /api/v1/history
            400 bad-parameter missing field `at`
        /api/v1/history?at=yesterday
            400 bad-parameter at: "yesterday" is not a time in UTC such as 2026-11-22T05:41:00Z
        /api/v1/history?at=2026-11-22T00:00:00Z&what=weather
            400 bad-parameter what: unknown variant `weather`, expected one of `features`, `devices`, `leases`, `denials`, `pools`, `queue`, `reservations`
        /api/v1/history?at=2026-11-22T00:00:00Z&what=leases&page=0
            400 bad-parameter `page` counts from 1.
        /api/v1/history?at=2026-11-22T00:00:00Z&what=features&sort=colour
            400 bad-parameter `sort` takes one of name, version, total, used, available, first_expiry, last_expiry, denials, with `-` before it for descending.
        /api/v1/history?at=2020-01-01T00:00:00Z
            404 not-found The ledger begins after that instant.
        /api/v1/leases/none/explanation
            404 not-found A lease ID looks like L-0000000000000.
        /api/v1/leases/L-0000000000999/explanation
            404 not-found The ledger has no grant of that lease.
        /api/v1/denials/17/explanation
            404 not-found A denial ID looks like D-17.
        /api/v1/denials/D-0/explanation
            404 not-found The ledger has no denial of that ID.
        /api/v1/denials/D-999/explanation
            404 not-found The ledger has no denial of that ID.
        /api/v1/devices/PLANET/x/timeline
            404 not-found `PLANET` is not a host ID type.
        /api/v1/devices/STRING/ws1/timeline?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z
            400 bad-parameter `from` is after `to`.
        /api/v1/devices/STRING/ws1/timeline?sort=at
            400 bad-parameter sort: unknown field `sort`, expected one of `from`, `to`, `page`, `size`
        /api/v1/usage/history
            400 bad-parameter missing field `feature`
        /api/v1/usage/history?feature=nothing
            404 not-found No item of this server has that feature.
        /api/v1/usage/history?feature=cad&pool=none
            404 not-found Nothing of "cad" was ever used out of a named pool.
        /api/v1/usage/history?feature=cad&by=week
            400 bad-parameter by: unknown variant `week`, expected `hour` or `day`
    "#]].assert_eq(&table);
}
