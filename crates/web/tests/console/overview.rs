//! The first page: what to do first, what waits, how it stands.

use serde_json::json;

use crate::world::{ADMIN, World};
use crate::{enter, sold};

#[tokio::test]
async fn an_empty_office_says_what_to_do_first() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    let page =
        ann.open("/console").await.is(200).says("From nothing to the first licensed machine");
    let page =
        page.says("href=\"/console/catalog/products/new\"").says("http://office.example/portal");
    assert!(!page.html.contains("href=\"/console/customers/new\""), "one thing after the other");
    world.must("PUT", "/api/v1/products/cad@1.0", json!({"features": [{"feature": "cad"}]})).await;
    ann.open("/console").await.is(200).says("href=\"/console/catalog/models/new\"");
    world.user("vera", &["viewer"]).await;
    let mut vera = enter(&world, "vera").await;
    vera.open("/console").await.is(200).says("Your roles do not allow it");
}

#[tokio::test]
async fn what_ends_soon_and_the_keys_stand_on_the_first_page() {
    let world = World::office().await;
    sold(&world).await;
    let week = json!({"terms": {"validity": {"subscription": {"days": 7}}}});
    world.must("PUT", "/api/v1/license-models/week", week).await;
    let order = json!({"customer": "C-000001", "order": "PO-2", "lines": [
        {"product": "cad-suite@2.0", "license_model": "week", "quantity": 1}]});
    let made = world.must("POST", "/api/v1/entitlements", order).await;
    let id = made["activation_id"].as_str().expect("an ID");
    let mut ann = enter(&world, ADMIN).await;
    let page =
        ann.open("/console").await.is(200).says("Ends within 30 days").says(id).says("All 1");
    page.says("Certificates of containers").says("Revocation lists").says("Nothing waits for you");
    ann.open("/console/entitlements?state=active&ends_within_days=30")
        .await
        .is(200)
        .says(id)
        .says("1–1 of 1");
    let hook = json!({"url": "http://127.0.0.1:9/none"});
    world.must("POST", "/api/v1/webhooks", hook).await;
    ann.open("/console").await.is(200);
}
