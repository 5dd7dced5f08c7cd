//! The queue: who waits, and taking a ticket out.

use serde_json::{Value, json};

use crate::world::{ADMIN, World};

async fn waits(world: &World, user: &str, feature: &str) -> String {
    let body = json!({
        "holder": {"host": {"type": "string", "value": format!("pc-{user}")}, "user": user},
        "features": [{"name": feature, "version": "1.0"}], "wait": "1h",
    });
    let (status, answer) = world.api("POST", "/api/v1/leases", body).await;
    assert_eq!(status, 202, "{answer}");
    answer["tickets"][0]["id"].as_str().expect("a ticket").to_owned()
}

#[tokio::test]
async fn who_waits_stands_in_the_order_of_turns() {
    let world = World::busy().await;
    let (first, second) =
        (waits(&world, "hal", "render").await, waits(&world, "ivy", "render").await);
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/queue").await.is(200).says("1–2 of 2").says("Waiting").says("pc-hal");
    let (hal, ivy) = (seen.html.find(&first), seen.html.find(&second));
    assert!(hal < ivy && hal.is_some(), "{}", seen.html);
    browser.open("/queue?q=ivy").await.says("1–1 of 1").does_not_say("pc-hal");
    browser.open("/queue?feature=cad").await.says("No ticket fits");
    let seen = browser.open("/features/render").await.is(200).says("Who waits for it").says(&first);
    assert_eq!(seen.link("All 2 in the queue"), "/queue?feature=render");
    browser.open("/devices/STRING/pc-ivy").await.is(404).says("It waits").says("place 2");
    let file = browser.open("/queue.csv").await.is(200);
    assert!(
        file.html.contains(&format!("1,{first},hal,pc-hal,STRING,,render 1.0 x1,")),
        "{}",
        file.html
    );
}

#[tokio::test]
async fn a_ticket_is_taken_out_of_the_line() {
    let world = World::busy().await;
    let (first, second) =
        (waits(&world, "hal", "render").await, waits(&world, "ivy", "render").await);
    let mut browser = crate::enter(&world, ADMIN).await;
    let at = format!("/queue/{first}/end");
    let seen = browser.open("/queue").await.says(&format!("href=\"{at}\""));
    seen.says("Take out");
    let seen = browser.open(&at).await.is(200).says("hal on pc-hal waits for 1 × render");
    let csrf = seen.says("move up").field("csrf");
    let fields = [("csrf", csrf.as_str()), ("reason", "wrong queue")];
    let seen = browser.form(&at, &fields).await.is(200).says("was taken out of the queue");
    seen.says("1–1 of 1").says(&second);
    browser.form(&at, &fields).await.is(200).says("waits no longer");
    browser.open(&at).await.is(200).says("waits no longer");
    let journal = world.must("GET", "/api/v1/journal?q=wrong%20queue", Value::Null).await;
    assert_eq!(journal["total"], 1, "{journal}");
}

#[tokio::test]
async fn who_may_only_read_ends_nobodys_waiting() {
    let world = World::busy().await;
    let ticket = waits(&world, "hal", "render").await;
    world.user("rita", &["read"]).await;
    let mut browser = crate::enter(&world, "rita").await;
    let seen = browser.open("/queue").await.is(200).does_not_say("Take out");
    seen.says("needs the role drop-device");
    let csrf = browser.open("/account").await.field("csrf");
    let seen = browser.form(&format!("/queue/{ticket}/end"), &[("csrf", &csrf)]).await.is(403);
    seen.says("You may not do this");
    browser.open("/queue").await.says(&ticket);
}
