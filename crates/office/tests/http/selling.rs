//! A small publisher's books, made by its own staff over HTTP: the start of most conversations.

use serde_json::json;

use crate::office::{Actor, TestOffice};

/// Product `cad@1.0` under the models `perpetual` and `yearly`, and customer C-000001.
pub async fn catalog(admin: &Actor<'_>) {
    let cad = json!({"description": "CAD", "features": [
        {"feature": "cad"}, {"feature": "render", "count_per_unit": 2}]});
    admin.put("/api/v1/products/cad@1.0", cad).await.ok();
    admin.put("/api/v1/license-models/perpetual", json!({})).await.ok();
    let yearly = json!({"terms": {"validity": {"subscription": {"days": 365}},
        "usage": {"grace_days": 14}}});
    admin.put("/api/v1/license-models/yearly", yearly).await.ok();
    admin.post("/api/v1/customers", json!({"name": "Works Ltd", "reference": "4711"})).await.ok();
}

/// The same with five perpetual units sold: their activation ID.
pub async fn sold(office: &TestOffice) -> String {
    let admin = office.owner();
    catalog(&admin).await;
    let made = admin.post("/api/v1/entitlements", order("PO-1", 5)).await.ok();
    made["activation_id"].as_str().expect("an activation ID").to_owned()
}

/// An order of so many perpetual units.
pub fn order(reference: &str, quantity: u32) -> serde_json::Value {
    json!({"customer": "C-000001", "order": reference, "lines": [
        {"product": "cad@1.0", "license_model": "perpetual", "quantity": quantity}]})
}
