//! The room `denials`: the list with its filters, the file, the explanation.

use crate::enter;
use crate::world::{ADMIN, World};

#[tokio::test]
async fn who_was_refused_what_and_why() {
    let world = World::busy().await;
    let (status, _) = world.ask_out("=1+2", "lab-12", "nothing", "1.0").await;
    assert_eq!(status, 409);
    let mut browser = enter(&world, ADMIN).await;
    let seen =
        browser.open("/denials").await.is(200).says("gus").says("lab-11").says("All seats in use");
    let csv = seen.link("CSV");
    let why = "/denials/D-1";
    assert!(seen.html.contains(why), "{}", seen.html);
    for (query, found, not) in [
        ("?reason=no-seats", "lab-11", "lab-12"),
        ("?reason=unknown-feature", "lab-12", "lab-11"),
        ("?feature=render", "lab-11", "lab-12"),
        ("?q=gus", "lab-11", "lab-12"),
    ] {
        browser
            .open(&format!("/denials{query}"))
            .await
            .is(200)
            .says(found)
            .does_not_say(&format!(">{not}<"));
    }
    browser.open("/denials?to=2020-01-01T00:00:00Z").await.is(200).says("No such denial");
    browser.open("/denials?from=2020-01-01T00:00").await.is(200).says("lab-11");
    browser.open("/denials?from=never").await.is(200).says("is no time");
    browser.open(&csv).await.is(200).says("no-seats").says("\"'=1+2\"");
    let seen =
        browser.open(why).await.is(200).says("Denied: render").says("gus on lab-11 was refused");
    seen.says("What was asked")
        .says("/reservations/new?feature=render&#38;host=lab-11&#38;type=STRING");
    browser.open("/denials/D-99").await.is(404).says("no denial of that ID");
}

#[tokio::test]
async fn an_empty_list_says_what_would_stand_here() {
    let world = World::licensed("[]").await;
    let mut browser = enter(&world, ADMIN).await;
    browser.open("/denials").await.is(200).says("Nobody was refused");
}
