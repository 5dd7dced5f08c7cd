//! Contexts, updates, receipts: the conversation of a container with its publisher.

use axum::http::{HeaderValue, Method, StatusCode, header};
use expect_test::expect;
use serde_json::json;
use tenure_document::ContainerKind;
use tenure_issuing::office::Command;

use crate::device::Device;
use crate::office::TestOffice;

/// An office that sold five seats of a product on one activation ID.
async fn selling() -> (TestOffice, String) {
    let office = TestOffice::new();
    office.server.start_jobs();
    let id = tenure_document::ActivationId::from_entropy([7; 15]);
    let submit = async |command: serde_json::Value| {
        let command: Command = serde_json::from_value(command.clone())
            .unwrap_or_else(|fault| panic!("{fault}: {command}"));
        office.engine.submit(command, None).await.unwrap_or_else(|fault| panic!("{fault:?}"));
    };
    submit(json!({"catalog": {"set-product": {"by": "ann", "product":
        {"name": "cad", "version": "1.0", "features": [{"feature": "cad", "version": "1.0"}]}}}}))
    .await;
    submit(json!({"catalog": {"set-model": {"by": "ann", "model": {"name": "perpetual"}}}})).await;
    submit(json!({"customer": {"make": {"by": "ann", "facts": {"name": "Works Ltd"}}}})).await;
    submit(
        json!({"entitlement": {"make": {"by": "ann", "id": id.to_string(), "customer": "C-0000001",
        "order": {"reference": "PO 1", "lines": [{"product": {"product": "cad", "version": "1.0"},
            "model": "perpetual", "quantity": 5}]}}}}),
    )
    .await;
    (office, id.to_string())
}

/// Activates so many in a container that the office has met.
async fn activate(office: &TestOffice, id: &str, device: &Device, quantity: u32) {
    let command: Command = serde_json::from_value(json!({"activation": {"activate": {
        "by": {"staff": "ann"}, "container": device.container.id(),
        "choices": [{"activation_id": id, "line": 1, "quantity": quantity}]}}}))
    .expect("a command");
    office.engine.submit(command, None).await.unwrap_or_else(|fault| panic!("{fault:?}"));
}

#[tokio::test]
async fn from_the_first_context_to_the_receipt() {
    let (office, id) = selling().await;
    let mut device = Device::new(1, ContainerKind::Bound);
    let anybody = office.anonymous();

    let first = anybody.document("/api/v1/exchange", &device.context()).await;
    expect![[r#"
        200 application/json
        {
          "file_name": "T-SJ6D-877F-J1YS.update.tnr",
          "finding": "new",
          "from_sequence": 0,
          "serial": "T-SJ6D-877F-J1YS",
          "summary": [
            "certifies the container's key"
          ],
          "to_sequence": 1,
          "update": "…"
        }
    "#]]
    .assert_eq(&first.show());
    device.apply(first.ok()["update"].as_str().expect("an update"));

    activate(&office, &id, &device, 3).await;
    device.wait(60);
    let context = device.context();
    let second = anybody.document("/api/v1/exchange", &context).await.ok();
    expect![[r#""acknowledged" ["adds 3 × cad 1.0"]"#]]
        .assert_eq(&format!("{} {}", second["finding"], second["summary"]));
    let again = anybody.document("/api/v1/exchange", &context).await.ok();
    assert_eq!(again["finding"], "retry");
    assert_eq!(again["to_sequence"], second["to_sequence"]);

    let receipt = device.apply(second["update"].as_str().expect("an update"));
    expect!["cad Counted(3)"].assert_eq(&device.holds());
    let taken = anybody.document("/api/v1/receipts", &receipt).await;
    expect![[r#"
        200 application/json
        {
          "already_known": false,
          "confirmed": [
            "A-0000001"
          ],
          "outstanding": 0,
          "returned": [],
          "sequence": 2,
          "serial": "T-SJ6D-877F-J1YS"
        }
    "#]]
    .assert_eq(&taken.show());
    let again = anybody.document("/api/v1/receipts", &receipt).await.ok();
    assert_eq!(again["already_known"], true);
}

#[tokio::test]
async fn an_idempotency_key_gets_the_same_answer_and_no_other_request() {
    let (office, _) = selling().await;
    let device = Device::new(1, ContainerKind::Bound);
    let send = async |text: String| {
        let actor = office.anonymous();
        let mut request = actor.request(Method::POST, "/api/v1/exchange", None, text.into_bytes());
        request.headers_mut().insert("idempotency-key", HeaderValue::from_static("k1"));
        office.send(request).await
    };
    let first = send(device.context()).await;
    let again = send(device.context()).await;
    assert_eq!(first.ok()["finding"], "new");
    assert_eq!(again.ok()["finding"], "new", "the answer of the first");
    let mut device = device;
    device.wait(1);
    assert_eq!(send(device.context()).await.problem(), "422 key-reused");
}

#[tokio::test]
async fn the_update_alone_where_it_is_asked_for() {
    let (office, _) = selling().await;
    let mut device = Device::new(1, ContainerKind::Bound);
    let text = device.context();
    let actor = office.anonymous();
    let mut request = actor.request(Method::POST, "/api/v1/exchange", None, text.into_bytes());
    let kind = HeaderValue::from_static("application/vnd.tenure.update");
    request.headers_mut().insert(header::ACCEPT, kind.clone());
    let answer = office.send(request).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers[header::CONTENT_TYPE], kind);
    assert!(answer.headers.contains_key(header::CONTENT_DISPOSITION));
    device.apply(&answer.text);
}

#[tokio::test]
async fn documents_that_are_none_or_not_believed() {
    let (office, _) = selling().await;
    let mut device = Device::new(1, ContainerKind::Bound);
    let anybody = office.anonymous();
    let context = device.context();
    let middle = context.len() / 2;
    let letter = if context.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let flipped = format!("{}{letter}{}", &context[..middle], &context[middle + 1..]);
    let mut shown = String::new();
    for (name, text) in [
        ("empty", ""),
        ("noise", "no document at all"),
        ("cut", &context[..middle]),
        ("flipped", &flipped),
    ] {
        let answer = anybody.document("/api/v1/exchange", text).await;
        assert_eq!(answer.status.as_u16(), 422, "{name}: {}", answer.text);
        shown += &format!("{name}\n");
    }
    assert!(!shown.is_empty());
    let unknown = anybody.document("/api/v1/receipts", &device.apply_nothing()).await;
    expect!["404 container-unknown"].assert_eq(&unknown.problem());
    let update = anybody.document("/api/v1/exchange", &context).await.ok();
    let update = update["update"].as_str().expect("an update").to_owned();
    let wrong = anybody.document("/api/v1/exchange", &update).await;
    expect!["422 wrong-type"].assert_eq(&wrong.problem());
    device.apply(&update);
    let wrong = anybody.document("/api/v1/receipts", &device.context()).await;
    expect!["422 wrong-type"].assert_eq(&wrong.problem());
}

#[tokio::test]
async fn a_restored_container_gets_nothing_until_somebody_decides() {
    let (office, id) = selling().await;
    let mut device = Device::new(1, ContainerKind::Bound);
    let anybody = office.anonymous();
    let backup = device.container.clone();
    let first = anybody.document("/api/v1/exchange", &device.context()).await.ok();
    device.apply(first["update"].as_str().expect("an update"));
    activate(&office, &id, &device, 1).await;
    device.wait(60);
    anybody.document("/api/v1/exchange", &device.context()).await.ok();
    device.container = backup;
    device.wait(60);
    let answer = anybody.document("/api/v1/exchange", &device.context()).await;
    expect![[r#"
        409 application/problem+json
        {
          "code": "rollback",
          "detail": "Container T-SJ6D-877F-J1YS is in state `rollback`: its history is not the one that was issued to it. Nothing is issued until the publisher has decided about it; ask your vendor.",
          "status": 409,
          "title": "Refused",
          "type": "/problems/rollback"
        }
    "#]].assert_eq(&answer.show());
}

#[tokio::test]
async fn after_a_restart_everything_is_as_it_was() {
    let (office, id) = selling().await;
    let mut device = Device::new(1, ContainerKind::Bound);
    let first = office.anonymous().document("/api/v1/exchange", &device.context()).await.ok();
    device.apply(first["update"].as_str().expect("an update"));
    activate(&office, &id, &device, 2).await;
    device.wait(60);
    let context = device.context();
    let before = office.anonymous().document("/api/v1/exchange", &context).await.ok();
    let office = office.restarted();
    let after = office.anonymous().document("/api/v1/exchange", &context).await.ok();
    assert_eq!(after["finding"], "retry");
    for member in ["from_sequence", "to_sequence", "summary"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    device.apply(after["update"].as_str().expect("an update"));
}

#[tokio::test]
async fn health_and_figures_tell_how_the_office_stands() {
    let (office, id) = selling().await;
    let device = Device::new(1, ContainerKind::Bound);
    office.anonymous().document("/api/v1/exchange", &device.context()).await.ok();
    activate(&office, &id, &device, 1).await;
    let health = office.anonymous().get("/health").await.ok();
    expect![[r#""ok" {"can_certify":true,"can_issue":true,"can_revoke":true}"#]]
        .assert_eq(&format!("{} {}", health["status"], health["keys"]));
    let figures = office.anonymous().get("/metrics").await.text;
    for line in [
        "tenure_containers{state=\"known\"} 1",
        "tenure_activations 1",
        "tenure_customers 1",
        "tenure_approvals_open 0",
        "tenure_revocation_list_percent 0",
        "tenure_http_requests_total{route=\"exchange\",status=\"2xx\"} 1",
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} is missing in\n{figures}");
    }
}

#[tokio::test]
async fn where_only_staff_may_bring_containers_strangers_are_refused() {
    let (office, _) = selling().await;
    let command: Command = serde_json::from_value(json!({"policy": {"change": {
        "by": "ann", "change": {"registration": "staff"}}}}))
    .expect("a command");
    office.engine.submit(command, None).await.expect("it is changed");
    let device = Device::new(1, ContainerKind::Bound);
    let refused = office.anonymous().document("/api/v1/exchange", &device.context()).await;
    assert_eq!(refused.problem(), "409 registration-closed");
}
