//! Devices: finding one, what it holds, dropping it, setting what it holds.

use serde_json::{Value, json};

use crate::browser::Seen;
use crate::world::{ADMIN, ITEMS, World};

/// A device whose name is anything at all holds a seat of cad.
async fn device(world: &World, kind: &str, value: &str) {
    let body = json!({
        "holder": {"host": {"type": kind, "value": value}, "user": "ida", "name": "Alias", "kind": "container"},
        "features": [{"name": "viewer"}, {"name": "cad", "version": "2.0"}],
    });
    world.must("POST", "/api/v1/leases", body).await;
}

#[tokio::test]
async fn devices_are_listed_with_what_they_hold() {
    let world = World::busy().await;
    device(&world, "ethernet", "02:42:ac:11:00:02").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/devices").await.is(200).says("1–7 of 7").says("lab-10");
    seen.says("ETHERNET").says("Container runtime").says("Alias").does_not_say("lab-11");
    browser.open("/devices?q=IDA").await.says("1–1 of 1").says("02:42:ac:11:00:02");
    browser.open("/devices?feature=render&sort=host").await.says("1–4 of 4");
    browser.open("/devices?q=nothing").await.says("No device fits").says("Show all devices");
    let file = browser.open("/devices.csv?sort=-seats").await.is(200);
    let first = file.html.lines().nth(1).unwrap_or_default();
    assert!(first.starts_with("ws-01,STRING,,,3,0,3,"), "{first}");
    let seen = browser.open("/devices/STRING/ws-01").await.is(200).says("1–3 of 3").says("ann");
    assert_eq!(seen.link("Timeline"), "/history/device/STRING/ws-01");
    assert_eq!(seen.link("render"), "/features/render");
}

#[tokio::test]
async fn a_device_that_holds_nothing_leads_to_what_is_known_of_it() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/devices/STRING/lab-11").await.is(404).says("holds nothing now");
    let seen = seen.says("What it was denied lately").says("render");
    assert_eq!(seen.link("Timeline of this device"), "/history/device/STRING/lab-11");
    browser.open("/devices/NONSENSE/x").await.is(404).says("No device can have such an ID");
    browser.open("/devices/STRING/lab-11/drop").await.is(404).says("lab-11 holds nothing");
}

#[tokio::test]
async fn names_of_devices_are_free_text() {
    let world = World::licensed(ITEMS).await;
    for name in ["a/b", "100%", "..", ".", "items", "mü \"<b>\" ?#&", "%2F", "a+b"] {
        device(&world, "string", name).await;
        let mut browser = crate::enter(&world, ADMIN).await;
        let shown = name.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
        let shown = shown.replace('"', "&#34;");
        let href = browser.open("/devices").await.link(&shown);
        let seen = browser.open(&href).await.is(200).says("1–2 of 2").says("ida");
        let drop = seen.link("Drop the device");
        let csrf = browser.open(&drop).await.is(200).field("csrf");
        let seen = browser.form(&drop, &[("csrf", &csrf)]).await.is(200).says("was dropped");
        assert!(seen.html.contains(&shown), "{name}: {}", seen.html);
        // Free at once for the next name.
        let ids = world.must("GET", "/api/v1/leases", Value::Null).await;
        for row in ids["items"].as_array().expect("rows") {
            let path = format!("/api/v1/leases/{}", row["id"].as_str().expect("an ID"));
            world.must("DELETE", &path, Value::Null).await;
        }
    }
}

#[tokio::test]
async fn dropping_a_device_says_when_its_seats_come_back() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/devices/STRING/ws-01").await.is(200);
    let at = seen.link("Drop the device");
    let seen = browser.open(&at).await.is(200).says("3 leases with 3 seats: cad, render, viewer");
    let seen = seen.says("15 minutes at most").says("may ask again").does_not_say("borrowed");
    let csrf = seen.field("csrf");
    world.must("PATCH", "/api/v1/properties", json!({"device.drop-cooldown-seconds": 7_200})).await;
    browser.open(&at).await.says("2 hours at most").says("device.drop-cooldown-seconds");
    let long = "x".repeat(5_000);
    let seen = browser.form(&at, &[("csrf", &csrf), ("reason", &long)]).await.is(422);
    let seen = seen.says("at most 4096 bytes").says("What will happen");
    assert!(seen.html.contains(&long), "what was typed stays");
    let seen = browser.form(&at, &[("csrf", &csrf), ("reason", "stolen")]).await.is(200);
    let seen = seen.says("ws-01 was dropped").says("3 leases can&#39;t be renewed any more");
    seen.says("It was dropped").does_not_say(">Drop the device<");
    browser.open("/devices?q=ws-01").await.says("Dropped");
    let lease = world.must("GET", "/api/v1/leases?q=ws-01", Value::Null).await;
    let id = lease["items"][0]["id"].as_str().expect("a lease");
    browser.open(&format!("/leases/{id}")).await.says("Its device was dropped");
    let journal = world.must("GET", "/api/v1/journal?q=stolen", Value::Null).await;
    assert_eq!(journal["total"], 1, "{journal}");
}

#[tokio::test]
async fn a_device_is_made_to_hold_exactly_a_list() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let at = browser.open("/devices/STRING/ws-02").await.link("Set what it holds");
    let seen = browser.open(&at).await.is(200).says("cad@2.0:1\nrender@1.0:1");
    let csrf = seen.field("csrf");
    let fields = |list, borrow| {
        [("csrf", csrf.as_str()), ("list", list), ("user", "bob"), ("borrow", borrow)]
    };
    let seen = browser.form(&at, &fields("cad:none\nviewer", "soon")).await.is(422);
    let seen = seen.says("Line 1: after the colon").says("such as 8h, 7d or 2w");
    seen.says("cad:none\nviewer");
    let seen = browser.form(&at, &fields("cad@2.0\nviewer", "")).await.is(200);
    seen.says("1 lease granted, 1 lease kept, 1 lease taken away");
    let seen = browser.form(&at, &fields("cad@2.0\nno-such-thing", "")).await.is(409);
    seen.says("Not all of it could be granted")
        .says("no-such-thing: ")
        .says("cad@2.0\nno-such-thing");
}

#[tokio::test]
async fn only_who_may_drop_devices_sees_it_and_does_it() {
    let world = World::busy().await;
    world.user("rita", &["read"]).await;
    world.user("drew", &["drop-device"]).await;
    let mut browser = crate::enter(&world, "rita").await;
    let seen = browser.open("/devices/STRING/ws-02").await.is(200);
    let seen = seen.does_not_say("Drop the device").does_not_say("Set what it holds");
    seen.says("needs the role drop-device");
    let csrf = browser.open("/account").await.field("csrf");
    let seen = browser.form("/devices/STRING/ws-02/drop", &[("csrf", &csrf)]).await.is(403);
    seen.says("You may not do this");
    browser.form("/devices/STRING/ws-02/set", &[("csrf", &csrf), ("list", "")]).await.is(403);
    browser.open("/devices/STRING/ws-02").await.is(200).says("1–2 of 2");
    let mut browser = crate::enter(&world, "drew").await;
    let seen = browser.open("/devices/STRING/ws-02/drop").await.is(200);
    let csrf = seen.field("csrf");
    browser.form("/devices/STRING/ws-02/drop", &[("csrf", &csrf)]).await.says("was dropped");
}

#[tokio::test]
async fn where_dropping_is_turned_off_nobody_drops_and_the_page_says_where_to_turn_it_on() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.keep("tenure_view", "50-keep");
    let seen =
        browser.open("/devices/STRING/ws-02").await.is(200).says("Dropping devices is turned off");
    let seen = seen.does_not_say("Drop the device").says("Set what it holds");
    assert_eq!(seen.link("Settings"), "/settings");
    let csrf = browser.open("/account").await.field("csrf");
    let at = "/devices/STRING/ws-02/drop";
    browser.open(at).await.is(403).says("Dropping devices is turned off").says("To the settings");
    browser.form(at, &[("csrf", &csrf)]).await.is(403).says("Dropping devices is turned off");
    browser
        .open("/devices/STRING/ws-02")
        .await
        .is(200)
        .says("1–2 of 2")
        .does_not_say("It was dropped");
}

/// A lease of cad on the laptop, with whatever else its request says.
async fn on_laptop(world: &World, more: Value) {
    let mut body = json!({
        "holder": {"host": {"type": "string", "value": "laptop-7"}, "user": "hal"},
        "features": [{"name": "cad", "version": "2.0"}],
    });
    body.as_object_mut().expect("members").append(&mut more.as_object().expect("members").clone());
    world.must("POST", "/api/v1/leases", body).await;
}

const SET: &str = "/devices/STRING/laptop-7/set";

/// The fields of the form as it came.
fn as_it_came(seen: &Seen) -> Vec<(&'static str, String)> {
    let start = seen.html.find("name=\"list\"").expect("the list");
    let list = &seen.html[start + seen.html[start..].find('>').expect("its beginning") + 1..];
    let list = list[..list.find("</textarea>").expect("its end")].to_owned();
    let fields = ["csrf", "user", "borrow"].map(|name| (name, seen.field(name)));
    fields.into_iter().chain([("list", list)]).collect()
}

#[tokio::test]
async fn a_list_that_is_sent_as_it_came_changes_nothing() {
    let world = World::licensed(ITEMS).await;
    on_laptop(&world, json!({"borrow": 604_800})).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open(SET).await.is(200).says("cad@2.0:1").says("value=\"1w\"");
    let seen = browser.send(SET, &as_it_came(&seen)).await.is(200);
    seen.says("1 lease kept").does_not_say("taken away").does_not_say("granted,");
}

#[tokio::test]
async fn leases_under_a_key_are_not_in_the_list_because_the_list_does_not_reach_them() {
    let world = World::licensed(ITEMS).await;
    let key =
        json!({"algorithm": "ed25519", "ed25519": "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"});
    on_laptop(&world, json!({"client_key": key})).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open(SET).await.is(200).does_not_say("cad@2.0:1</textarea>");
    seen.says("1 lease stays as it is").says("1 × cad 2.0");
    on_laptop(
        &world,
        json!({"holder": {"host": {"type": "string", "value": "laptop-7"}, "user": "eve"}}),
    )
    .await;
    let fields = as_it_came(&browser.open(SET).await.is(200).says("cad@2.0:1</textarea>"));
    browser.send(SET, &fields).await.is(200).says("2 leases kept").does_not_say("granted,");
    assert_eq!(world.must("GET", "/api/v1/leases", Value::Null).await["total"], 2);
}

#[tokio::test]
async fn leases_of_another_length_are_taken_away_only_after_the_page_has_said_so() {
    let world = World::licensed(ITEMS).await;
    on_laptop(&world, json!({"borrow": "1w"})).await;
    on_laptop(
        &world,
        json!({"holder": {"host": {"type": "string", "value": "laptop-7"}, "user": "eve"}}),
    )
    .await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open(SET).await.is(200).says("cad@2.0:2").says("name=\"borrow\" value=\"\"");
    let mut fields = as_it_came(&seen);
    let seen = browser.send(SET, &fields).await.is(409);
    let seen = seen.says("Nothing was changed yet").says("1 × cad 2.0, borrowed for 1w");
    let seen = seen.says("goes on working with it").says("Set it all the same");
    let leases = world.must("GET", "/api/v1/leases", Value::Null).await;
    assert_eq!(leases["items"][0]["borrow_seconds"], 604_800, "{leases}");
    fields.push(("sure", seen.field("sure")));
    let seen = browser.send(SET, &fields).await.is(200);
    seen.says("1 lease granted, 1 lease kept, 1 lease taken away");
}

#[tokio::test]
async fn what_a_device_was_denied_is_found_behind_devices_whose_names_begin_the_same() {
    let world = World::licensed(ITEMS).await;
    let (status, _) = world.ask_out("ann", "ws-1", "moon", "1.0").await;
    assert!(status >= 400);
    for _ in 0..101 {
        world.ask_out("bob", "ws-10", "sun", "1.0").await;
    }
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/devices/STRING/ws-1").await.is(404);
    seen.says("/features/moon").does_not_say("/features/sun");
}
