//! What needs a second person waits for one, and only for another one.

use axum::http::{HeaderValue, Method};
use expect_test::expect;
use serde_json::json;

use crate::office::TestOffice;
use crate::selling::{catalog, order};

#[tokio::test]
async fn an_order_above_the_threshold_is_carried_out_by_a_second_person() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    owner.patch("/api/v1/policies", json!({"issue_threshold": 10})).await.ok();
    let fay = office.user("fay", &["fulfil"]).await;
    let zoe = office.user("zoe", &["admin"]).await;

    let waiting = fay.post("/api/v1/entitlements", order("PO-1", 11)).await;
    expect![[r#"
        202 application/json
        {
          "approval": "P-0000001",
          "at": "2026-11-22T00:00:00Z",
          "by": "fay",
          "expires_at": "2026-11-29T00:00:00Z",
          "state": "waiting",
          "summary": "enter order PO-1 for customer C-000001: 11 × cad@1.0",
          "what": "create-entitlement",
          "why": "11 units are more than one person may issue at once (10)"
        }
    "#]]
    .assert_eq(&waiting.show());
    let no = waiting.json()["approval"].as_str().expect("a number").to_owned();
    let approve = format!("/api/v1/approvals/{no}/approve");
    expect!["403 missing-role"].assert_eq(&fay.post(&approve, json!({})).await.problem());
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 0);
    let done = zoe.post(&approve, json!({})).await;
    assert_eq!(done.ok()["state"], "approved");
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["items"][0]["bought"], 11);
    expect!["404 approval-unknown"].assert_eq(&zoe.post(&approve, json!({})).await.problem());

    // Nobody approves what they asked for themselves, whatever their roles.
    let own = zoe.post("/api/v1/entitlements", order("PO-2", 11)).await;
    let no = own.json()["approval"].as_str().expect("a number").to_owned();
    let own = zoe.post(&format!("/api/v1/approvals/{no}/approve"), json!({})).await;
    expect!["409 own-question"].assert_eq(&own.problem());
    let rejected =
        zoe.post(&format!("/api/v1/approvals/{no}/reject"), json!({"reason": "typo"})).await;
    assert_eq!(rejected.ok()["state"], "rejected");
    let all = zoe.get("/api/v1/approvals").await.ok();
    assert_eq!(all["total"], 2);
    assert_eq!(zoe.get("/api/v1/approvals?state=waiting").await.ok()["total"], 0);
}

#[tokio::test]
async fn an_order_that_waits_and_comes_again_is_answered_with_the_same_question() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    owner.patch("/api/v1/policies", json!({"issue_threshold": 10})).await.ok();
    let fay = office.user("fay", &["fulfil"]).await;
    let hosts =
        json!({"customer": "C-000001", "product": "cad", "hosts": ["a.example"], "users": 11});
    let mut said = String::new();
    for (path, body) in [("/api/v1/entitlements", order("PO-1", 11)), ("/api/v1/host-keys", hosts)]
    {
        for key in [None, None, Some("1"), Some("1"), Some("2")] {
            let (kind, body) = (Some("application/json"), body.to_string().into_bytes());
            let mut request = fay.request(Method::POST, path, kind, body);
            if let Some(key) = key {
                let key = HeaderValue::from_str(&format!("{path} {key}")).expect("a key");
                request.headers_mut().insert("idempotency-key", key);
            }
            let answer = office.send(request).await;
            let key = key.unwrap_or("-");
            said += &format!("{path} {key}: {} {}\n", answer.status, answer.json()["approval"]);
        }
    }
    expect![[r#"
        /api/v1/entitlements -: 202 Accepted "P-0000001"
        /api/v1/entitlements -: 202 Accepted "P-0000001"
        /api/v1/entitlements 1: 202 Accepted "P-0000002"
        /api/v1/entitlements 1: 202 Accepted "P-0000002"
        /api/v1/entitlements 2: 202 Accepted "P-0000003"
        /api/v1/host-keys -: 202 Accepted "P-0000004"
        /api/v1/host-keys -: 202 Accepted "P-0000004"
        /api/v1/host-keys 1: 202 Accepted "P-0000005"
        /api/v1/host-keys 1: 202 Accepted "P-0000005"
        /api/v1/host-keys 2: 202 Accepted "P-0000006"
    "#]]
    .assert_eq(&said);
}

#[tokio::test]
async fn a_daily_quota_is_the_users_own() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let fay = office.user("fay", &["fulfil"]).await;
    owner.patch("/api/v1/users/fay", json!({"daily_quota": 5})).await.ok();
    let fay = {
        drop(fay);
        office.login("fay").await
    };
    assert_eq!(fay.post("/api/v1/entitlements", order("PO-1", 5)).await.status, 201);
    assert_eq!(fay.post("/api/v1/entitlements", order("PO-2", 1)).await.status, 202);
    office.wait(86_400);
    let fay = office.login("fay").await;
    assert_eq!(fay.post("/api/v1/entitlements", order("PO-3", 1)).await.status, 201);
}

#[tokio::test]
async fn policies_have_names_defaults_and_limits() {
    let office = TestOffice::new();
    let owner = office.owner();
    let changed = owner.patch("/api/v1/policies", json!({"cool_down_days": 3})).await.ok();
    assert_eq!(changed["items"][0]["value"], 3);
    assert_eq!(changed["items"][0]["default"], 7);
    let back = owner.patch("/api/v1/policies", json!({"cool_down_days": null})).await.ok();
    assert_eq!(back["items"][0]["value"], 7);
    for wrong in [
        json!({"cool_down": 3}),
        json!({"cool_down_days": "three"}),
        json!({"cool_down_days": 99999}),
    ] {
        let answer = owner.patch("/api/v1/policies", wrong.clone()).await;
        assert_eq!(answer.problem(), "422 bad-value", "{wrong}");
    }
}
