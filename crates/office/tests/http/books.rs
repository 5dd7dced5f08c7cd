//! Catalog, customers, entitlements over HTTP: made, changed, listed, retired, forgotten.

use axum::http::{HeaderValue, Method};
use expect_test::expect;
use serde_json::{Value, json};

use crate::office::TestOffice;
use crate::selling::{catalog, order, sold};

/// Activation IDs are drawn: one letter in their place.
fn shown(value: &Value, id: &str) -> String {
    serde_json::to_string_pretty(value).expect("JSON").replace(id, "ID")
}

#[tokio::test]
async fn an_order_becomes_an_entitlement() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let owner = office.owner();
    let detail = owner.get(&format!("/api/v1/entitlements/{id}")).await.ok();
    expect![[r#"
        {
          "activation_id": "ID",
          "created_at": "2026-11-22T00:00:00Z",
          "customer": "C-000001",
          "customer_name": "Works Ltd",
          "lines": [
            {
              "active": 0,
              "bought": 5,
              "free": 5,
              "in_return": 0,
              "license_model": "perpetual",
              "line": 1,
              "product": "cad@1.0",
              "summary": "perpetual",
              "terms": {
                "returns": {
                  "allowed": true
                },
                "usage": {
                  "enforcement": "block",
                  "exclusive": false,
                  "grace_days": 0,
                  "kind": "concurrent",
                  "min_named_user_days": 0,
                  "overdraft": "none",
                  "seat_basis": "process",
                  "virtual": "allow"
                },
                "validity": "perpetual"
              },
              "upgrades_to": []
            }
          ],
          "notes": "",
          "orders": [
            {
              "at": "2026-11-22T00:00:00Z",
              "lines": [
                1
              ],
              "order": "PO-1"
            }
          ],
          "state": "active"
        }"#]]
    .assert_eq(&shown(&detail, &id));
    let typed = id.to_lowercase().replace('-', " ").replace(' ', "");
    assert_eq!(owner.get(&format!("/api/v1/entitlements/{typed}")).await.ok(), detail);
    let rows = owner.get("/api/v1/entitlements?customer=c-1&q=po-1").await.ok();
    expect![[r#"
        {
          "items": [
            {
              "activation_id": "ID",
              "active": 0,
              "bought": 5,
              "created_at": "2026-11-22T00:00:00Z",
              "customer": "C-000001",
              "customer_name": "Works Ltd",
              "free": 5,
              "order": "PO-1",
              "products": [
                "cad@1.0"
              ],
              "state": "active"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 1
        }"#]]
    .assert_eq(&shown(&rows, &id));
}

#[tokio::test]
async fn a_repeat_order_adds_to_what_is_there() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let owner = office.owner();
    let path = format!("/api/v1/entitlements/{id}");
    let more = json!({"order": "PO-2", "lines": [
        {"product": "cad", "license_model": "perpetual", "quantity": 3},
        {"product": "cad", "license_model": "yearly", "quantity": 1,
            "terms": {"usage": {"overdraft": {"count": 1}}}}]});
    let after = owner.post(&format!("{path}/orders"), more.clone()).await.ok();
    let lines: Vec<String> = after["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            format!("{} {} {} {}", line["line"], line["bought"], line["free"], line["summary"])
        })
        .collect();
    expect![[r#"
        1 8 8 "perpetual"
        2 1 1 "365 days from the order, overdraft of 1, 14 days of grace""#]]
    .assert_eq(&lines.join("\n"));
    expect!["409 order-twice"]
        .assert_eq(&owner.post(&format!("{path}/orders"), more).await.problem());

    let upgraded = json!({"product": "cad@2.0"});
    let upgrade = format!("{path}/lines/1/upgrade");
    let answer = owner.post(&upgrade, upgraded.clone()).await;
    expect![[r#"422 bad-value "There is no product `cad@2.0`; there are cad@1.0.""#]]
        .assert_eq(&format!("{} {}", answer.problem(), answer.json()["detail"]));
    let newer = json!({"features": [{"feature": "cad"}]});
    owner.put("/api/v1/products/cad@2.0", newer).await.ok();
    let relation = json!({"kind": "upgrade", "from": "cad@1.0", "to": "cad@2.0"});
    owner.post("/api/v1/product-relations", relation).await.ok();
    let after = owner.post(&upgrade, upgraded).await.ok();
    assert_eq!(after["lines"][0]["product"], "cad@2.0");

    let extend = format!("{path}/lines/2/extend");
    let neither = owner.post(&extend, json!({})).await;
    expect!["422 bad-value"].assert_eq(&neither.problem());
    let before = after["lines"][1]["ends"].as_str().expect("an end").to_owned();
    let after = owner.post(&extend, json!({"days": 30})).await.ok();
    expect![[r#"2027-11-22T00:00:00Z "2027-12-22T00:00:00Z""#]]
        .assert_eq(&format!("{before} {}", after["lines"][1]["ends"]));
    let reduce = format!("{path}/lines/1/reduce");
    let after = owner.post(&reduce, json!({"quantity": 6})).await.ok();
    assert_eq!(after["lines"][0]["bought"], 2);
    expect!["409 not-free"].assert_eq(&owner.post(&reduce, json!({"quantity": 6})).await.problem());
}

#[tokio::test]
async fn an_entitlement_is_suspended_resumed_withdrawn() {
    let office = TestOffice::new();
    let id = sold(&office).await;
    let owner = office.owner();
    let path = format!("/api/v1/entitlements/{id}");
    let mut states = Vec::new();
    for turn in ["suspend", "resume", "withdraw"] {
        let answer = owner.post(&format!("{path}/{turn}"), json!({"reason": "unpaid"})).await.ok();
        states.push(answer["state"].as_str().unwrap_or_default().to_owned());
    }
    expect!["suspended active withdrawn"].assert_eq(&states.join(" "));
    expect!["409 entitlement-withdrawn"]
        .assert_eq(&owner.post(&format!("{path}/resume"), json!({})).await.problem());
    let none = owner.get("/api/v1/entitlements?state=active").await.ok();
    assert_eq!(none["total"], 0);
    let change = json!({"notes": "call first", "activate_until": "2027-01-01T00:00:00Z"});
    let after = owner.patch(&path, change).await.ok();
    assert_eq!(after["activate_until"], "2027-01-01T00:00:00Z");
    let after = owner.patch(&path, json!({"activate_until": null})).await.ok();
    assert_eq!((after["activate_until"].is_null(), &after["notes"]), (true, &json!("call first")));
}

#[tokio::test]
async fn the_same_request_under_one_key_sells_once() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let send = async |body: Value, key: &'static str| {
        let (kind, body) = (Some("application/json"), body.to_string().into_bytes());
        let mut request = owner.request(Method::POST, "/api/v1/entitlements", kind, body);
        request.headers_mut().insert("idempotency-key", HeaderValue::from_static(key));
        office.send(request).await
    };
    let first = send(order("PO-1", 5), "k1").await.ok();
    let again = send(order("PO-1", 5), "k1").await.ok();
    assert_eq!(first["activation_id"], again["activation_id"]);
    assert_eq!(owner.get("/api/v1/entitlements").await.ok()["total"], 1);
    expect!["422 key-reused"].assert_eq(&send(order("PO-1", 6), "k1").await.problem());
}

#[tokio::test]
async fn what_is_retired_is_no_longer_sold() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    assert_eq!(owner.delete("/api/v1/products/cad@1.0").await.status, 204);
    let refused = owner.post("/api/v1/entitlements", order("PO-1", 1)).await;
    expect!["409 product-retired"].assert_eq(&refused.problem());
    let shown = owner.get("/api/v1/products/cad@1.0").await.ok();
    assert_eq!((&shown["retired"], &shown["revision"]), (&json!(true), &json!(2)));
    assert_eq!(owner.delete("/api/v1/license-models/yearly").await.status, 204);
    let models = owner.get("/api/v1/license-models?sort=-name").await.ok();
    let names: Vec<&str> = models["items"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    assert_eq!(names, ["yearly", "perpetual"]);
}

#[tokio::test]
async fn a_forgotten_customer_is_gone_from_every_answer() {
    let office = TestOffice::new();
    let owner = office.owner();
    catalog(&owner).await;
    let contact = json!({"contacts": [{"name": "Ada Lovelace", "email": "ada@works.example"}]});
    owner.patch("/api/v1/customers/C-000001", contact).await.ok();
    assert_eq!(owner.get("/api/v1/customers?q=lovelace").await.ok()["total"], 1);
    let taken = json!({"name": "Other Ltd", "reference": "4711"});
    expect!["409 reference-taken"]
        .assert_eq(&owner.post("/api/v1/customers", taken).await.problem());
    let left = owner.post("/api/v1/customers/C-000001/forget", json!({})).await;
    expect![[r#"
        200 application/json
        {
          "contacts": [],
          "created_at": "2026-11-22T00:00:00Z",
          "entitlements": 0,
          "forgotten_at": "2026-11-22T00:00:00Z",
          "id": "C-000001",
          "name": "",
          "notes": ""
        }
    "#]]
    .assert_eq(&left.show());
    let auditor = office.user("aud", &["auditor"]).await;
    let journal = auditor.get("/api/v1/journal?size=100").await;
    for secret in ["Lovelace", "ada@works.example", "Works Ltd", "$argon2"] {
        assert!(!journal.text.contains(secret), "the journal shows {secret:?}");
    }
}
