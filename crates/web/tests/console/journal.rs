//! The room `journal`.

use crate::world::{ADMIN, World};

#[tokio::test]
async fn the_audit_is_read_searched_taken_away_and_proven() {
    let world = World::office().await;
    crate::sold(&world).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let here = "/console/journal";
    let page = browser.open(here).await.is(200).says("Customer set").says("As it is stored");
    assert!(!page.html.contains("password_hash") && page.html.len() < 200_000, "{}", page.html);
    browser
        .open("/console/journal?q=product-set")
        .await
        .is(200)
        .says("Product set")
        .does_not_say("Customer set");
    browser
        .open("/console/journal?q=nothing-like-it")
        .await
        .is(200)
        .says("Nothing fits")
        .says("Show all");
    browser.open("/console/journal?to=2020-01-01T00:00:00Z").await.is(200).says("Nothing fits");
    browser
        .open("/console/journal?from=soon")
        .await
        .is(200)
        .says("is no time")
        .says("Customer set");
    let csv = browser.open("/console/journal.csv?q=product-set").await.is(200);
    assert!(csv.html.starts_with("sequence,index,at,event,summary,data\r\n"), "{}", csv.html);
    assert!(csv.html.contains("product-set"), "{}", csv.html);
    let proven = crate::send(&mut browser, here, "/console/journal/verify", &[]).await.is(200);
    proven.says("The journal is whole").says("nothing is altered, missing or out of order");
}

#[tokio::test]
async fn auditors_may_read_it_and_nobody_else() {
    let world = World::office().await;
    world.user("abe", &["auditor"]).await;
    world.user("vera", &["viewer", "fulfil"]).await;
    let mut abe = crate::enter(&world, "abe").await;
    abe.open("/console/journal").await.is(200).says("User set");
    crate::send(&mut abe, "/console/journal", "/console/journal/verify", &[])
        .await
        .says("is whole");
    let mut vera = crate::enter(&world, "vera").await;
    for path in ["/console/journal", "/console/journal.csv"] {
        vera.open(path).await.is(403).says("auditor").says("You may not do this");
    }
}
