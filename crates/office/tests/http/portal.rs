//! What a technician does with nothing but an activation ID, from look-up to return.

use axum::http::header;
use expect_test::expect;
use serde_json::json;
use tenure_document::ContainerKind;

use crate::device::Device;
use crate::office::TestOffice;
use crate::selling::{order, sold};

#[tokio::test]
async fn from_look_up_to_return() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let anybody = office.anonymous();
    let mut device = Device::new(1, ContainerKind::Bound);

    let seen = anybody.post("/api/v1/portal/look-up", json!({"activation_ids": [id]})).await;
    expect![[r#"
        200 application/json
        {
          "entitlements": [
            {
              "activation_id": "ID",
              "customer": "Works Ltd",
              "lines": [
                {
                  "activations": [],
                  "active": 0,
                  "bought": 5,
                  "container_kinds": [
                    "server",
                    "bound",
                    "portable",
                    "unbound"
                  ],
                  "description": "CAD",
                  "free": 5,
                  "in_return": 0,
                  "line": 1,
                  "product": "cad@1.0",
                  "returnable": true,
                  "summary": "perpetual"
                }
              ],
              "state": "active"
            }
          ],
          "unknown": []
        }
    "#]]
    .assert_eq(&seen.show().replace(&id, "ID"));

    let wish = json!({"choices": [{"activation_id": id.to_lowercase(), "line": 1, "quantity": 3}],
        "context": device.context()});
    let update = anybody.post("/api/v1/portal/activations", wish).await;
    expect![[r#"
        200 application/json
        {
          "activations": [
            {
              "activation": "A-0000001",
              "activation_id": "ID",
              "line": 1,
              "product": "cad@1.0",
              "quantity": 3,
              "serial": "T-SJ6D-877F-J1YS",
              "since": "2026-11-22T00:00:00Z",
              "state": "delivered"
            }
          ],
          "file_name": "T-SJ6D-877F-J1YS.update.tnr",
          "finding": "new",
          "from_sequence": 0,
          "serial": "T-SJ6D-877F-J1YS",
          "summary": [
            "certifies the container's key",
            "adds 3 × cad 1.0",
            "adds 6 × render 1.0"
          ],
          "to_sequence": 3,
          "update": "…"
        }
    "#]]
    .assert_eq(&update.show().replace(&id, "ID"));
    let receipt = device.apply(update.ok()["update"].as_str().expect("an update"));
    expect!["cad Counted(3), render Counted(6)"].assert_eq(&device.holds());
    anybody.document("/api/v1/receipts", &receipt).await.ok();

    let more = json!({"choices": [{"activation_id": id, "line": 1}], "serial": device.serial()});
    let pushed = anybody.post("/api/v1/portal/activations", more).await.ok();
    assert_eq!(pushed["finding"], serde_json::Value::Null);
    device.wait(60);
    device.apply(pushed["update"].as_str().expect("an update"));
    expect!["cad Counted(3), render Counted(6), cad Counted(1), render Counted(2)"]
        .assert_eq(&device.holds());

    let back = json!({"activation_id": id, "activation": "A-0000001", "quantity": 2});
    let update = anybody.post("/api/v1/portal/returns", back).await.ok();
    device.wait(60);
    let receipt = device.apply(update["update"].as_str().expect("an update"));
    anybody.document("/api/v1/receipts", &receipt).await.ok();
    expect!["cad Counted(1), render Counted(2), cad Counted(1), render Counted(2)"]
        .assert_eq(&device.holds());

    let ids = json!({"activation_ids": [id]});
    let mine = anybody.post("/api/v1/portal/containers", ids.clone()).await;
    expect![[r#"
        200 application/json
        {
          "containers": [
            {
              "activations": [
                {
                  "activation": "A-0000001",
                  "activation_id": "ID",
                  "line": 1,
                  "product": "cad@1.0",
                  "quantity": 1,
                  "serial": "T-SJ6D-877F-J1YS",
                  "since": "2026-11-22T00:00:00Z",
                  "state": "confirmed"
                },
                {
                  "activation": "A-0000002",
                  "activation_id": "ID",
                  "line": 1,
                  "product": "cad@1.0",
                  "quantity": 1,
                  "serial": "T-SJ6D-877F-J1YS",
                  "since": "2026-11-22T00:00:00Z",
                  "state": "confirmed"
                },
                {
                  "activation": "A-0000003",
                  "activation_id": "ID",
                  "free_at": "2026-11-29T00:00:00Z",
                  "line": 1,
                  "product": "cad@1.0",
                  "quantity": 2,
                  "serial": "T-SJ6D-877F-J1YS",
                  "since": "2026-11-22T00:00:00Z",
                  "state": "cooling-down"
                }
              ],
              "kind": "bound",
              "last_contact": "2026-11-22T00:00:00Z",
              "moves": [],
              "name": "machine 1",
              "pending": 0,
              "serial": "T-SJ6D-877F-J1YS",
              "state": "known"
            }
          ],
          "unknown": []
        }
    "#]]
    .assert_eq(&mine.show().replace(&id, "ID"));
    let line = |seen: serde_json::Value| seen["entitlements"][0]["lines"][0].clone();
    let seen = line(anybody.post("/api/v1/portal/look-up", ids.clone()).await.ok());
    expect!["2 2 1"]
        .assert_eq(&format!("{} {} {}", seen["active"], seen["in_return"], seen["free"]));
    office.wait(8 * 86_400);
    let seen = line(anybody.post("/api/v1/portal/look-up", ids).await.ok());
    expect!["2 0 3"]
        .assert_eq(&format!("{} {} {}", seen["active"], seen["in_return"], seen["free"]));
}

#[tokio::test]
async fn more_than_is_free_is_refused_and_nothing_happens() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let device = Device::new(1, ContainerKind::Bound);
    let wish = json!({"choices": [{"activation_id": id, "line": 1, "quantity": 6}],
        "context": device.context()});
    let refused = office.anonymous().post("/api/v1/portal/activations", wish).await;
    expect![[r#"
        409 application/problem+json
        {
          "code": "not-free",
          "detail": "6 of line 1 of ID were asked for, 5 of 5 are free.",
          "status": 409,
          "title": "Refused",
          "type": "/problems/not-free"
        }
    "#]]
    .assert_eq(&refused.show().replace(&id, "ID"));
    assert_eq!(office.owner().get("/api/v1/activations").await.ok()["total"], 0);
}

#[tokio::test]
async fn unknown_ids_are_answered_alike_and_slow_their_source_down() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let anybody = office.anonymous();
    let there_is_none = tenure_document::ActivationId::from_entropy([9; 15]).to_string();
    let mistyped = format!("{}{}", &id[..id.len() - 1], if id.ends_with('0') { '1' } else { '0' });
    let mut answers = Vec::new();
    for wrong in [&there_is_none, &mistyped] {
        let answer =
            anybody.post("/api/v1/portal/look-up", json!({"activation_ids": [wrong]})).await;
        answers.push(answer.show().replace(wrong, "ID"));
    }
    assert_eq!(answers[0], answers[1]);
    let both = json!({"activation_ids": [there_is_none, id]});
    let both = anybody.post("/api/v1/portal/look-up", both).await.ok();
    assert_eq!(both["unknown"], json!([there_is_none]));
    // Three are free; from here on the source waits, and only with right IDs it does not.
    for wrong in [json!([there_is_none]), json!([id, mistyped])] {
        let body = json!({"activation_ids": wrong});
        let slowed = anybody.post("/api/v1/portal/look-up", body).await;
        expect!["429 too-many-attempts"].assert_eq(&slowed.problem());
        assert!(slowed.headers.contains_key(header::RETRY_AFTER));
    }
    anybody.post("/api/v1/portal/look-up", json!({"activation_ids": [id]})).await.ok();
}

#[tokio::test]
async fn a_container_of_others_can_not_be_named() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let anybody = office.anonymous();
    let other = Device::new(2, ContainerKind::Bound);
    anybody.document("/api/v1/exchange", &other.context()).await.ok();
    let serial = other.serial();
    // The same answer, whether the office knows the container or not.
    let mut answers = Vec::new();
    for serial in [serial.clone(), Device::new(9, ContainerKind::Bound).serial()] {
        let push = json!({"activation_id": id, "serial": serial});
        let answer = anybody.post("/api/v1/portal/push", push).await;
        answers.push(answer.show().replace(&serial, "SERIAL"));
    }
    assert_eq!(answers[0], answers[1]);
    let push = json!({"activation_id": id, "serial": serial});
    expect!["404 not-found"].assert_eq(&anybody.post("/api/v1/portal/push", push).await.problem());
    let wish = json!({"choices": [{"activation_id": id, "line": 1}], "serial": serial});
    expect!["404 not-found"]
        .assert_eq(&anybody.post("/api/v1/portal/activations", wish).await.problem());
    let lost = json!({"activation_id": id, "serial": serial, "why": "lost"});
    expect!["404 not-found"]
        .assert_eq(&anybody.post("/api/v1/portal/replacements", lost).await.problem());
}

#[tokio::test]
async fn whoever_has_nothing_in_a_container_any_more_can_not_name_it() {
    let office = TestOffice::new();
    let former = sold(&office).await;
    let facts = json!({"name": "Other Ltd"});
    office.owner().post("/api/v1/customers", facts).await.ok();
    let mut sale = order("PO-2", 5);
    sale["customer"] = json!("C-000002");
    let made = office.owner().post("/api/v1/entitlements", sale).await.ok();
    let present = made["activation_id"].as_str().expect("an activation ID").to_owned();

    let anybody = office.anonymous();
    let mut device = Device::new(1, ContainerKind::Bound);
    let wish = |id: &str| json!({"choices": [{"activation_id": id, "line": 1}]});
    let with = |mut wish: serde_json::Value, name: &str, value: String| {
        wish[name] = value.into();
        wish
    };
    for id in [&former, &present] {
        let wish = with(wish(id), "context", device.context());
        let update = anybody.post("/api/v1/portal/activations", wish).await.ok();
        let receipt = device.apply(update["update"].as_str().expect("an update"));
        anybody.document("/api/v1/receipts", &receipt).await.ok();
        device.wait(60);
    }
    let push = |id: &str| json!({"activation_id": id, "serial": device.serial()});
    anybody.post("/api/v1/portal/push", push(&former)).await.ok();

    let back = json!({"activation_id": former, "activation": "A-0000001"});
    let update = anybody.post("/api/v1/portal/returns", back).await.ok();
    let receipt = device.apply(update["update"].as_str().expect("an update"));
    anybody.document("/api/v1/receipts", &receipt).await.ok();
    office.wait(8 * 86_400);

    let push = |id: &str| json!({"activation_id": id, "serial": device.serial()});
    let answer = anybody.post("/api/v1/portal/push", push(&former)).await;
    expect!["404 not-found"].assert_eq(&answer.problem());
    let wish = with(wish(&former), "serial", device.serial());
    let answer = anybody.post("/api/v1/portal/activations", wish).await;
    expect!["404 not-found"].assert_eq(&answer.problem());
    let lost = json!({"activation_id": former, "serial": device.serial(), "why": "lost"});
    let answer = anybody.post("/api/v1/portal/replacements", lost).await;
    expect!["404 not-found"].assert_eq(&answer.problem());
    anybody.post("/api/v1/portal/push", push(&present)).await.ok();
}

#[tokio::test]
async fn a_lost_container_is_replaced_once_and_then_by_the_vendor() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let anybody = office.anonymous();
    for number in [1, 2] {
        let mut device = Device::new(number, ContainerKind::Bound);
        let wish = json!({"choices": [{"activation_id": id, "line": 1, "quantity": 2}],
            "context": device.context()});
        let update = anybody.post("/api/v1/portal/activations", wish).await.ok();
        device.apply(update["update"].as_str().expect("an update"));
        let lost = json!({"activation_id": id, "serial": device.serial(), "why": "lost"});
        let answer = anybody.post("/api/v1/portal/replacements", lost).await;
        match number {
            1 => assert_eq!(answer.ok()["state"], "lost"),
            _ => expect!["409 replacement-quota"].assert_eq(&answer.problem()),
        }
    }
    let serial = Device::new(2, ContainerKind::Bound).serial();
    let zoe = office.user("zoe", &["admin"]).await;
    let asked = zoe.post(&format!("/api/v1/containers/{serial}/lost"), json!({})).await;
    assert_eq!(asked.status, 202);
}

#[tokio::test]
async fn why_a_container_was_given_up_stands_in_the_journal() {
    let office = TestOffice::new();
    let staff = office.owner();
    for (number, word) in [(1, "lost"), (2, "revoke")] {
        let device = Device::new(number, ContainerKind::Bound);
        office.anonymous().document("/api/v1/exchange", &device.context()).await.ok();
        let path = format!("/api/v1/containers/{}/{word}", device.serial());
        staff.post(&path, json!({"reason": format!("{word}: fell off a ship")})).await.ok();
    }
    let rows = staff.get("/api/v1/journal?q=fell+off+a+ship").await.ok();
    let texts: Vec<&str> = rows["items"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["summary"].as_str())
        .collect();
    assert_eq!(texts.len(), 2, "{rows}");
}

#[tokio::test]
async fn a_text_is_read_and_a_picture_is_not_without_a_reader() {
    let office = TestOffice::new();
    let device = Device::new(1, ContainerKind::Bound);
    let anybody = office.anonymous();
    let read = anybody.document("/api/v1/contexts/read", &device.context()).await.ok();
    assert_eq!((&read["serial"], &read["items"]), (&json!(device.serial()), &json!(0)));
    let kind = Some("image/png");
    let picture = anybody
        .send_bytes("POST".parse().expect("a method"), "/api/v1/contexts/read", kind, vec![1])
        .await;
    expect!["415 unsupported-media-type"].assert_eq(&picture.problem());
    let nothing = anybody.document("/api/v1/contexts/read", "hello").await;
    expect!["422 malformed-envelope"].assert_eq(&nothing.problem());
}
