//! The console over a real office, asked as a browser asks.
//!
//! Each file is one room. The pages run in the test's process; what they ask is the real program (`support/world`).

#[path = "support/browser.rs"]
mod browser;
#[path = "support/guards.rs"]
mod guards;
#[path = "support/inventory.rs"]
mod inventory;
#[path = "support/sample.rs"]
mod sample;
#[path = "support/world.rs"]
mod world;

#[path = "console/activations.rs"]
mod activations;
#[path = "console/approvals.rs"]
mod approvals;
#[path = "console/catalog.rs"]
mod catalog;
#[path = "console/containers.rs"]
mod containers;
#[path = "console/customers.rs"]
mod customers;
#[path = "console/entitlements.rs"]
mod entitlements;
#[path = "console/guard.rs"]
mod guard;
#[path = "console/host_keys.rs"]
mod host_keys;
#[path = "console/journal.rs"]
mod journal;
#[path = "console/lists.rs"]
mod lists;
#[path = "console/overview.rs"]
mod overview;
#[path = "console/policies.rs"]
mod policies;
#[path = "console/usage.rs"]
mod usage;
#[path = "console/users.rs"]
mod users;
#[path = "console/webhooks.rs"]
mod webhooks;

use browser::{Browser, Seen};
use serde_json::json;
use world::World;

/// A browser with somebody logged in.
pub async fn enter(world: &World, name: &str) -> Browser {
    let mut browser = Browser::over(world.pages());
    let fields = [("name", name), ("password", world::PASSWORD)];
    browser.form(world.door(), &fields).await.is(200).says("Log out");
    browser
}

/// Opens a page and sends its form to `action`, with the hidden fields that every form has.
pub async fn send(
    browser: &mut Browser,
    page: &str,
    action: &str,
    fields: &[(&str, &str)],
) -> Seen {
    let form = browser.open(page).await.is(200);
    let csrf = form.field("csrf");
    let mut all = vec![("csrf", csrf.as_str())];
    let once = form.html.contains("name=\"once\"").then(|| form.field("once"));
    all.extend(once.as_deref().map(|once| ("once", once)));
    let revision = form.html.contains("name=\"revision\"").then(|| form.field("revision"));
    all.extend(revision.as_deref().map(|revision| ("revision", revision)));
    all.extend_from_slice(fields);
    browser.form(action, &all).await
}

/// A product, two license models and a customer with an entitlement of five; its activation ID.
pub async fn sold(world: &World) -> String {
    let product =
        json!({"description": "CAD suite", "features": [{"feature": "cad", "version": "2.0"}]});
    world.must("PUT", "/api/v1/products/cad-suite@2.0", product).await;
    world.must("PUT", "/api/v1/license-models/perpetual", json!({})).await;
    let year = json!({"terms": {"validity": {"subscription": {"days": 365}}, "usage": {"grace_days": 14}}});
    world.must("PUT", "/api/v1/license-models/year", year).await;
    let customer = json!({"name": "Works Ltd", "reference": "4711",
        "contacts": [{"name": "Ada", "email": "ada@works.example"}]});
    world.must("POST", "/api/v1/customers", customer).await;
    let order = json!({"customer": "C-000001", "order": "PO-1", "lines": [
        {"product": "cad-suite@2.0", "license_model": "year", "quantity": 5}]});
    let made = world.must("POST", "/api/v1/entitlements", order).await;
    made["activation_id"].as_str().expect("an ID").to_owned()
}

/// What an attacker writes wherever he is asked for a name.
pub const HOSTILE: &str = "\"><script>alert('x')</script>{{7*7}}&amp;";

/// Nothing that a stranger wrote runs on the page.
#[track_caller]
pub fn harmless(seen: Seen) -> Seen {
    assert!(!seen.html.contains("<script>alert"), "{}", seen.html);
    assert!(!seen.html.contains("\"><script"), "{}", seen.html);
    assert!(seen.html.contains("alert("), "the name is shown: {}", seen.html);
    assert!(seen.html.len() < 200_000, "{} bytes", seen.html.len());
    seen
}

/// A name as one segment of a path.
pub fn address(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
