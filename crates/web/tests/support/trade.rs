//! An office of a publisher at work, for eyes: a catalog, customers, entitlements in every state, a device that holds
//! something, an order that waits for a second person.

use serde_json::{Value, json};

use crate::world::World;

/// The office.
pub async fn trading() -> World {
    let world = World::office().await;
    catalog(&world).await;
    let names = ["Brückner Werkzeugbau GmbH", "Works Ltd", "Atelier Fontaine", "Nordlicht AG"];
    for place in 0..24 {
        let contacts =
            json!([{"name": "Ada Lovelace", "email": format!("einkauf{place}@example.com")}]);
        let customer = json!({"name": format!("{} {place}", names[place % 4]), "reference": format!("ERP-{}", 4700 + place),
            "contacts": contacts, "notes": "Pays by quarter"});
        world.must("POST", "/api/v1/customers", customer).await;
        let id = bought(&world, place).await;
        let path = format!("/api/v1/entitlements/{id}");
        if place == 3 {
            let why = json!({"reason": "Invoice 17"});
            world.must("POST", &format!("{path}/suspend"), why).await;
        }
        if place == 4 {
            world.must("POST", &format!("{path}/withdraw"), json!({})).await;
        }
        if place == 23 {
            fulfilled(&world, &id).await;
        }
    }
    world.must("PATCH", "/api/v1/policies", json!({"issue_threshold": 100})).await;
    world.user("fay.fulfil", &["fulfil"]).await;
    let line = json!({"product": "cad-suite@2.0", "license_model": "perpetual", "quantity": 400});
    let order = json!({"customer": "C-000002", "order": "PO-BIG", "lines": [line]});
    world.must("POST", "/api/v1/entitlements", order).await;
    world
}

async fn catalog(world: &World) {
    for version in ["1.0", "2.0", "3.0"] {
        let product = json!({"description": "CAD Suite Professional", "features": [
            {"feature": "cad", "version": version}, {"feature": "render", "count_per_unit": 2,
            "notice": "For students only", "selectors": {"site": "hamburg"}}]});
        world.must("PUT", &format!("/api/v1/products/cad-suite@{version}"), product).await;
    }
    let product = json!({"description": "Post processor for 5-axis mills", "features": [{"feature": "post",
        "count_per_unit": "uncounted", "usage": {"seat_basis": "device"}}]});
    world.must("PUT", "/api/v1/products/post-processor@1.0", product).await;
    for (from, to) in [("1.0", "2.0"), ("2.0", "3.0")] {
        let (from, to) = (format!("cad-suite@{from}"), format!("cad-suite@{to}"));
        let relation = json!({"kind": "upgrade", "from": from, "to": to});
        world.must("POST", "/api/v1/product-relations", relation).await;
    }
    world.must("DELETE", "/api/v1/products/cad-suite@1.0", Value::Null).await;
    let year = json!({"validity": {"subscription": {"days": 365}}, "usage": {"grace_days": 14,
        "overdraft": {"percent": 10}, "borrow_max_seconds": 604_800}});
    let trial = json!({"validity": {"trial": {"days": 14}}, "containers": ["bound"],
        "returns": {"allowed": false}});
    for (name, terms) in [("perpetual", json!({})), ("subscription-1y", year), ("trial-14", trial)]
    {
        let model = json!({"description": "As in the price list", "terms": terms});
        world.must("PUT", &format!("/api/v1/license-models/{name}"), model).await;
    }
}

/// What the customer of this place bought; the activation ID.
async fn bought(world: &World, place: usize) -> String {
    let line = |product: &str, model: &str, quantity: usize| json!({"product": product, "license_model": model, "quantity": quantity});
    let mut lines = vec![line("cad-suite@2.0", "subscription-1y", 5 + place)];
    if place.is_multiple_of(3) {
        lines.push(line("post-processor@1.0", "perpetual", 2));
    }
    if place.is_multiple_of(5) {
        lines.push(line("cad-suite@2.0", "trial-14", 1));
    }
    let order = json!({"customer": format!("C-{:06}", place + 1), "order": format!("PO-2026-{}", 17 + place),
        "lines": lines});
    let made = world.must("POST", "/api/v1/entitlements", order).await;
    made["activation_id"].as_str().expect("an ID").to_owned()
}

/// A license server that gets three of the first line.
async fn fulfilled(world: &World, id: &str) {
    let serial = world.met().await;
    let asked = json!({"activation_id": id, "line": 1, "quantity": 3, "serial": serial});
    world.must("POST", "/api/v1/activations", asked).await;
}
