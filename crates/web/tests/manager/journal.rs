//! The room `journal`: what happened, the search, the file, the proof.

use serde_json::Value;

use crate::enter;
use crate::world::{ADMIN, World};

#[tokio::test]
async fn what_happened_newest_first() {
    let world = World::busy().await;
    let mut browser = enter(&world, ADMIN).await;
    let seen =
        browser.open("/journal").await.is(200).says("lab-11 was denied").says("As it is stored");
    let (denied, first) =
        (seen.html.find("lab-11 was denied"), seen.html.find("ws-01 holds 1 of cad"));
    assert!(denied < first, "newest first");
    let csv = seen.link("CSV");
    browser
        .open(&csv)
        .await
        .is(200)
        .says("sequence,index,at,event,summary,data")
        .says("ws-01 holds");
    browser
        .open("/journal?q=render")
        .await
        .is(200)
        .says("render")
        .does_not_say("ws-01 holds 1 of cad");
    browser.open("/journal?q=unheard-of").await.is(200).says("Nothing fits");
    browser.open("/journal?to=2020-01-01T00:00:00Z").await.is(200).says("Nothing fits");
    let seen = browser.open("/journal?size=200").await.is(200);
    assert!(seen.html.len() < 200_000, "{}", seen.html.len());
}

#[tokio::test]
async fn the_journal_is_verified_on_demand_and_the_last_proof_is_told() {
    let world = World::busy().await;
    world.user("rita", &["read"]).await;
    let mut browser = enter(&world, "rita").await;
    let seen = browser.open("/journal").await.is(200).says("Not checked yet").says("Verify now");
    let csrf = seen.field("csrf");
    browser.form("/journal/verify", &[("csrf", &csrf)]).await.is(200);
    loop {
        let state = world.must("GET", "/api/v1/journal/verification", Value::Null).await;
        if state["state"] != "running" {
            break;
        }
    }
    let mut other = enter(&world, ADMIN).await;
    other
        .open("/journal")
        .await
        .is(200)
        .says("nothing is altered, missing or out of order")
        .says("for rita");
}
