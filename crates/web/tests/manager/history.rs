//! The room `history`: an instant with its lists, the stories of a device and a feature.

use serde_json::Value;

use crate::enter;
use crate::world::{ADMIN, World};

#[tokio::test]
async fn who_held_what_at_an_instant() {
    let world = World::busy().await;
    let now = world.must("GET", "/api/v1/status", Value::Null).await["now"]
        .as_str()
        .expect("a time")
        .to_owned();
    let mut browser = enter(&world, ADMIN).await;
    browser
        .open("/history")
        .await
        .is(200)
        .says("Choose an instant")
        .says("Yesterday noon")
        .says("An hour ago");
    let seen = browser
        .open(&format!("/history?at={now}"))
        .await
        .is(200)
        .says("ws-01")
        .says(">cleo<")
        .says("render");
    let csv = seen.link("CSV");
    browser.open(&csv).await.is(200).says("Device,User,Feature").says("ws-01,ann,cad");
    for (what, says) in [
        ("devices", "ws-04"),
        ("features", "No limit"),
        ("pools", "default"),
        ("queue", "Nobody waited then"),
        ("reservations", "Nothing was reserved then"),
        ("denials", "lab-11"),
    ] {
        let path = format!("/history?at={now}&what={what}");
        let seen = browser.open(&path).await.is(200).says(says);
        let csv = seen.link("CSV");
        browser.open(&csv).await.is(200);
    }
    let seen = browser
        .open(&format!("/history?at={now}&q=cleo&feature=cad&sort=-user&size=20"))
        .await
        .is(200);
    seen.says("ws-03").does_not_say(">ws-01<");
    browser.open("/history?at=2020-01-01T00:00:00Z").await.is(404).says("The journal begins later");
    browser.open("/history?at=noon").await.is(200).says("is no time");
    browser.open("/history?at=2099-01-01T00:00:00Z").await.is(200).says("Not yet");
    browser.open(&format!("/history?at={now}&sort=colour")).await.is(400);
}

#[tokio::test]
async fn the_story_of_a_device_and_of_a_feature() {
    let world = World::busy().await;
    let mut browser = enter(&world, ADMIN).await;
    let seen =
        browser.open("/history/device/STRING/ws-01").await.is(200).says("What happened to ws-01");
    let seen = seen
        .says("<rect class=\"held\"")
        .says(">Granted<")
        .says("1 seat of cad, ann:")
        .says("Still held");
    let csv = seen.link("CSV");
    browser.open(&csv).await.is(200).says("granted,1,ws-01,STRING");
    let seen =
        browser.open("/history/feature/render").await.is(200).says("What happened with render");
    let seen = seen.says(">Denied<").says("gus on lab-11").says("/denials/D-1").says("fay");
    assert!(seen.html.len() < 200_000);
    let csv = seen.link("CSV");
    browser.open(&csv).await.is(200).says("denied,1,lab-11,STRING,gus,render");
    browser
        .open("/history/device/STRING/nobody")
        .await
        .is(200)
        .says("Nothing was held in this time");
    browser.open("/history/device/PLANET/x").await.is(404);
    browser
        .open("/history/feature/moon")
        .await
        .is(404)
        .says("No item of this server has that feature");
    let past = "?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z";
    browser
        .open(&format!("/history/device/STRING/ws-01{past}"))
        .await
        .is(200)
        .says("Nothing happened in this time");
}

#[tokio::test]
async fn names_with_anything_in_them_lead_to_their_story() {
    let world = World::busy().await;
    let hostile = "<script>/..?#%41\"'";
    world.check_out(hostile, hostile, "viewer", "1.0").await;
    let mut browser = enter(&world, ADMIN).await;
    let seen =
        browser.open("/history/feature/viewer").await.is(200).says("&#60;script&#62;/..?#%41");
    assert!(!seen.html.contains("<script>"), "{}", seen.html);
    let start = seen.html.find("/history/device/STRING/%3Cscript").expect("a link to the device");
    let end = start + seen.html[start..].find('"').expect("its end");
    let seen = browser
        .open(&seen.html[start..end])
        .await
        .is(200)
        .says("What happened to &#60;script&#62;");
    assert!(seen.html.contains(">Granted<") && !seen.html.contains("<script>"), "{}", seen.html);
}
