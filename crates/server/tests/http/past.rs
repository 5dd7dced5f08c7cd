//! The past: lists as they were, explanations, the story of a device, use over time; also after a restart.

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

async fn set_model(app: &TestApp) -> Answer {
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
    assert_eq!(unknown.status, axum::http::StatusCode::NOT_FOUND);
    // What was held before is told from its grant on.
    app.clock.advance(std::time::Duration::from_secs(60));
    app.engine.submit_blocking(tenure_leasing::Command::Tick, None).expect("a tick");
    let late = app.owner().get(&format!("{path}?from=2026-11-22T00:00:30Z")).await.json();
    assert_eq!((&late["total"], &late["holdings_total"]), (&json!(0), &json!(2)));
    assert_eq!(late["holdings"][0]["from"], "2026-11-22T00:00:00Z");
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
    assert_eq!(begun.status, axum::http::StatusCode::ACCEPTED, "{}", begun.text);
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
