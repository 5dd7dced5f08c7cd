//! What-ifs: begun, looked at until they are done, cancelled; what can't be taken is told at once.

use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;

use crate::app::{Actor, TestApp, checkout};

const PLACE: &str = "/api/v1/model/what-if";
const BEGIN: &str = "2026-11-22T00:00:00Z";

/// A server where a virtual machine was denied what it could have had.
async fn denied() -> TestApp {
    let app = TestApp::new().await;
    let property = json!({"lease.virtual-allowed": false});
    app.owner().json(axum::http::Method::PATCH, "/api/v1/properties", property).await;
    app.clock.advance(Duration::from_secs(60));
    let mut wanted = checkout("vm1", "cad", 2);
    wanted["holder"]["kind"] = "virtual".into();
    wanted["dictionary"] = json!({"dept": "design"});
    app.anonymous().post("/api/v1/leases", wanted).await;
    app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 4)).await;
    app.clock.advance(Duration::from_secs(60));
    app.anonymous().post("/api/v1/leases", checkout("ws2", "sim", 1)).await;
    app
}

/// Asks until it has ended.
async fn ended(actor: &Actor<'_>, id: &str) -> Value {
    loop {
        let job = actor.get(&format!("{PLACE}/{id}")).await.json();
        match job["state"].as_str() {
            Some("preparing" | "running") => tokio::task::yield_now().await,
            _ => return job,
        }
    }
}

#[tokio::test]
async fn a_denial_gained_and_one_lost_are_found_and_nothing_is_changed() {
    let app = denied().await;
    let owner = app.owner();
    let before = owner.get("/api/v1/features").await.text;
    let asked = json!({
        "properties": {"lease.virtual-allowed": true}, "group_by": "dictionary:dept",
    });
    let begun = owner.post(PLACE, asked).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    assert_eq!(begun.headers["location"], "/api/v1/model/what-if/W-1");
    let job = ended(&owner, "W-1").await;
    expect![[r#"
        {
          "by": "local",
          "entries_done": 5,
          "entries_total": 5,
          "from": "2026-11-22T00:00:00Z",
          "id": "W-1",
          "proposes": [
            "properties"
          ],
          "requests": 3,
          "result": {
            "cut": false,
            "features": [
              {
                "feature": "cad",
                "outcomes": {
                  "denials_gained": 0,
                  "denials_lost": 1,
                  "denied_after": 0,
                  "denied_before": 1,
                  "granted_after": 2,
                  "granted_before": 1,
                  "requests": 2
                },
                "reserved_idle": {
                  "average_after": 0.0,
                  "average_before": 0.0,
                  "peak_after": 0,
                  "peak_before": 0
                },
                "used": {
                  "average_after": 3.0,
                  "average_before": 2.0,
                  "peak_after": 6,
                  "peak_before": 4
                }
              },
              {
                "feature": "sim",
                "outcomes": {
                  "denials_gained": 0,
                  "denials_lost": 0,
                  "denied_after": 0,
                  "denied_before": 0,
                  "granted_after": 1,
                  "granted_before": 1,
                  "requests": 1
                },
                "reserved_idle": {
                  "average_after": 0.0,
                  "average_before": 0.0,
                  "peak_after": 0,
                  "peak_before": 0
                },
                "used": {
                  "average_after": 0.0,
                  "average_before": 0.0,
                  "peak_after": 1,
                  "peak_before": 1
                }
              }
            ],
            "gained": [],
            "groups": [
              {
                "feature": "cad",
                "group": "design",
                "held": {
                  "average_after": 2.0,
                  "average_before": 0.0,
                  "peak_after": 2,
                  "peak_before": 0
                },
                "outcomes": {
                  "denials_gained": 0,
                  "denials_lost": 1,
                  "denied_after": 0,
                  "denied_before": 1,
                  "granted_after": 1,
                  "granted_before": 0,
                  "requests": 1
                }
              },
              {
                "feature": "cad",
                "group": "(not said)",
                "held": {
                  "average_after": 4.0,
                  "average_before": 4.0,
                  "peak_after": 4,
                  "peak_before": 4
                },
                "outcomes": {
                  "denials_gained": 0,
                  "denials_lost": 0,
                  "denied_after": 0,
                  "denied_before": 0,
                  "granted_after": 1,
                  "granted_before": 1,
                  "requests": 1
                }
              },
              {
                "feature": "sim",
                "group": "(not said)",
                "held": {
                  "average_after": 1.0,
                  "average_before": 1.0,
                  "peak_after": 1,
                  "peak_before": 1
                },
                "outcomes": {
                  "denials_gained": 0,
                  "denials_lost": 0,
                  "denied_after": 0,
                  "denied_before": 0,
                  "granted_after": 1,
                  "granted_before": 1,
                  "requests": 1
                }
              }
            ],
            "lost": [
              {
                "at": "2026-11-22T00:01:00Z",
                "count": 2,
                "denial": "D-1",
                "explanation": "\"cad\" may not be used on virtual machines or in containers",
                "feature": "cad",
                "group": "design",
                "holder": {
                  "host": {
                    "type": "STRING",
                    "value": "vm1"
                  },
                  "kind": "virtual",
                  "user": "ann"
                },
                "pools": [],
                "reason": "virtual-not-allowed",
                "remedy": {
                  "code": "ask-administrator",
                  "text": "ask the administrator of this license server"
                },
                "version": "1.0"
              }
            ],
            "not_judged": 0,
            "pools": [],
            "totals": {
              "denials_gained": 0,
              "denials_lost": 1,
              "denied_after": 0,
              "denied_before": 1,
              "granted_after": 3,
              "granted_before": 2,
              "requests": 3
            }
          },
          "started_at": "2026-11-22T00:02:00Z",
          "state": "done",
          "to": "2026-11-22T00:02:00Z"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&job).expect("JSON"));
    assert_eq!(owner.get("/api/v1/features").await.text, before);
    let listed = owner.get(PLACE).await.json();
    assert_eq!((&listed[0]["id"], &listed[0]["result"]), (&json!("W-1"), &Value::Null));
    let path = format!("{PLACE}/W-1");
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(owner.get(&path).await.json_code().as_deref(), Some("not-found"));
}

#[tokio::test]
async fn a_proposed_model_is_tried_with_the_lines_of_its_rules() {
    let app = denied().await;
    let owner = app.owner();
    let model = "model \"other\" {\n  on dictionary(\"dept\":*) { use \"default\" accept }\n  on any() { deny }\n}";
    owner.post(PLACE, json!({"model": model, "group_by": "pool"})).await;
    let job = ended(&owner, "W-1").await;
    let told = |example: &Value| {
        format!(
            "{} {} {} {}: {}\n",
            example["holder"]["host"]["value"],
            example["feature"],
            example["reason"],
            example["rule"]["line"],
            example["rule"]["text"]
        )
    };
    assert_eq!((&job["model"], &job["proposes"]), (&json!(model), &json!(["model"])));
    let listed = owner.get(PLACE).await.json();
    assert_eq!(listed[0]["model"], Value::Null, "texts are not for lists");
    let gained = job["result"]["gained"].as_array().expect("examples");
    expect![[r#"
        "ws1" "cad" "denied-by-rule" 3: "on any() { deny }"
        "ws2" "sim" "denied-by-rule" 3: "on any() { deny }"
    "#]]
    .assert_eq(&gained.iter().map(told).collect::<String>());
    let without = owner.post(PLACE, json!({"without_model": true})).await;
    assert_eq!(without.status, StatusCode::ACCEPTED, "{}", without.text);
    let job = ended(&owner, "W-2").await;
    expect![[r#""failed" "there is no model in force""#]]
        .assert_eq(&format!("{} {}", job["state"], job["problem"]));
}

/// A group as it is imported.
fn group(name: &str, host: Value, feature: &str, count: u64) -> Value {
    let entries = json!([{"featureName": feature, "featureVersion": "1.0", "featureCount": count}]);
    json!({"name": name, "reservations": [{"hostId": host, "reservationEntries": entries}]})
}

#[tokio::test]
async fn proposed_reservations_are_tried_and_those_that_do_not_fit_are_named() {
    let app = denied().await;
    let owner = app.owner();
    let board = group("board", json!({"value": "ann", "type": "USER"}), "sim", 1);
    let design = group("design", json!({"value": "ws9"}), "cad", 4);
    let asked = json!({"reservation_groups": [board, design], "group_by": "reservation-group"});
    let begun = owner.post(PLACE, asked).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    let job = ended(&owner, "W-1").await;
    let mut told = String::new();
    for row in job["result"]["features"].as_array().into_iter().flatten() {
        told.push_str(&format!("{} idle {}\n", row["feature"], row["reserved_idle"]));
    }
    for row in job["result"]["groups"].as_array().into_iter().flatten() {
        told.push_str(&format!("{} of {}\n", row["feature"], row["group"]));
    }
    for row in job["result"]["gained"].as_array().into_iter().flatten() {
        let host = &row["holder"]["host"]["value"];
        told.push_str(&format!("{host} {} {}\n", row["feature"], row["reason"]));
    }
    expect![[r#"
        "cad" idle {"average_after":4.0,"average_before":0.0,"peak_after":4,"peak_before":0}
        "sim" idle {"average_after":1.0,"average_before":0.0,"peak_after":1,"peak_before":0}
        "cad" of "board"
        "sim" of "board"
        "ws1" "cad" "reserved-for-others"
    "#]]
    .assert_eq(&told);
    assert_eq!(owner.get("/api/v1/reservation-groups").await.json()["total"], 0);
    let one = group("board", json!({"value": "ann", "type": "USER"}), "cad", 400);
    let refused = owner.post(PLACE, json!({"reservation_groups": one})).await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "bad-value",
          "detail": "`reservation_groups`: not all of it fits; `entries` lists what does not.",
          "entries": [
            {
              "featureCount": 400,
              "featureName": "cad",
              "featureVersion": "1.0",
              "group": "board",
              "hostId": {
                "type": "USER",
                "value": "ann"
              },
              "left": 5,
              "reason": "too-many"
            }
          ],
          "status": 422,
          "title": "A value can't be taken",
          "type": "/problems/bad-value"
        }
    "#]]
    .assert_eq(&refused.show());
}

#[tokio::test]
async fn what_can_not_be_taken_is_told_at_once() {
    let app = denied().await;
    let owner = app.owner();
    let mut told = String::new();
    for asked in [
        json!({"from": "yesterday"}),
        json!({"from": "2026-11-21T00:00:00Z"}),
        json!({"from": "2026-11-22T01:00:00Z"}),
        json!({"from": BEGIN, "to": BEGIN}),
        json!({"from": BEGIN, "group_by": "colour"}),
        json!({"from": BEGIN, "examples": 101}),
        json!({"from": BEGIN, "model": "model \"m\" {\n  on anyy() { deny }\n}"}),
        json!({"from": BEGIN, "model": "model \"m\" {}", "without_model": true}),
        json!({"from": BEGIN, "properties": {"no.such": true}}),
        json!({"from": BEGIN, "properties": {"lease.virtual-allowed": [1]}}),
        json!({"from": BEGIN, "unknown": 1}),
    ] {
        let answer = owner.post(PLACE, asked).await;
        let body = answer.json();
        let (code, detail) = (body["code"].as_str(), body["detail"].as_str());
        told.push_str(&format!(
            "{} {} {}\n",
            answer.status.as_u16(),
            code.unwrap_or("?"),
            detail.unwrap_or("?")
        ));
    }
    expect![[r#"
        400 malformed-request `from`: "yesterday" is not a time in UTC such as 2026-11-22T05:41:00Z (line 1, column 19)
        422 bad-value `from`: the ledger begins at 2026-11-22T00:00:00Z, not earlier.
        422 bad-value `from` must be before `to`, and both in the past: there is nothing from 2026-11-22T01:00:00Z to 2026-11-22T00:02:00Z.
        422 bad-value `from` must be before `to`, and both in the past: there is nothing from 2026-11-22T00:00:00Z to 2026-11-22T00:00:00Z.
        422 bad-value `group_by` is one of `nothing`, `user`, `device`, `pool`, `reservation-group`, `dictionary:KEY`.
        422 bad-value `examples`: at most 100.
        422 model-invalid The model has 1 error; the first in line 2, column 6: `anyy` can't stand here.
        422 bad-value `model` and `without_model` exclude each other.
        422 unknown-property There is no property "no.such".
        422 bad-value `lease.virtual-allowed`: a property is true or false, a whole number, a text, or null.
        400 malformed-request `unknown`: unknown field `unknown`, expected one of `from`, `to`, `model`, `without_model`, `reservation_groups`, `properties`, `group_by`, `examples` (line 1, column 40)
    "#]].assert_eq(&told);
    let reader = app.user("ann", &["read"]).await;
    assert_eq!(reader.post(PLACE, json!({"from": BEGIN})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(reader.get(PLACE).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_damaged_ledger_ends_it_with_what_is_wrong() {
    let app = denied().await;
    app.disk.tamper(|entries| entries[3].payload[10] ^= 1);
    let owner = app.owner();
    owner.post(PLACE, json!({"from": BEGIN})).await;
    let job = ended(&owner, "W-1").await;
    expect![[r#""failed" "The ledger can't be read: ledger entry 3: payload-altered: the events don't match their hash""#]].assert_eq(&format!("{} {}", job["state"], job["problem"]));
}
