//! The room `history`: an instant with its lists, the stories of a device and a feature.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::routing::get;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::world::{ADMIN, World};
use crate::{enter, plant};

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

fn row(sequence: u64, second: u64) -> Value {
    let at = format!("2026-11-20T13:00:0{second}Z");
    json!({"sequence": sequence, "at": at, "last_at": at, "what": "granted", "times": 1, "feature": "cad"})
}

/// A server that tells at most three rows of a story at once, and a browser at its pages.
async fn told_in_parts(story: &'static [(u64, u64)]) -> Browser {
    let told = move |Query(asked): Query<BTreeMap<String, String>>| async move {
        let time = |name: &str, usual: &str| asked.get(name).cloned().unwrap_or(usual.to_owned());
        let from = time("from", "2026-11-20T13:00:00Z");
        let to = time("to", "2026-11-20T14:00:00Z");
        let within = |row: &Value| {
            let at = row["at"].as_str().unwrap_or_default().to_owned();
            from <= at && at < to
        };
        let rows = story.iter().map(|(sequence, second)| row(*sequence, *second));
        let mut rows: Vec<Value> = rows.filter(within).collect();
        let complete = rows.len() <= 3;
        rows.truncate(3);
        let to = if complete { json!(to) } else { rows[2]["at"].clone() };
        let total = rows.len();
        let size: usize = asked["size"].parse().expect("a size");
        rows.truncate(size);
        axum::Json(json!({"host": {"type": "string", "value": "ws-1"}, "from": from, "to": to,
            "complete": complete, "items": rows, "page": 1, "size": size, "total": total}))
    };
    let server = plant::server().route("/api/v1/devices/{type}/{value}/timeline", get(told));
    let mut browser = Browser::over(plant::pages_of(server));
    let fields = [("name", "ann"), ("password", "correct horse battery")];
    browser.form("/login", &fields).await.is(200);
    browser
}

#[tokio::test]
async fn the_file_of_a_story_goes_on_until_the_story_is_told() {
    let file = "/history/device/STRING/ws-1/events.csv";
    let story = &[(1, 0), (2, 1), (3, 1), (4, 2), (5, 3), (6, 4)];
    let seen = told_in_parts(story).await.open(file).await.is(200);
    let sequences: Vec<&str> =
        seen.html.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(sequences, ["1", "2", "3", "4", "5", "6"], "{}", seen.html);
    let at_once = &[(1, 0), (2, 0), (3, 0), (4, 0)];
    let seen = told_in_parts(at_once).await.open(file).await.is(422);
    seen.says("Too much for one file").says("Choose a shorter time");
}

#[tokio::test]
async fn a_file_that_would_lack_rows_is_refused() {
    for (total, status) in [(200_000, 200), (200_001, 422)] {
        let rows = move || async move {
            axum::Json(json!({"items": [], "page": 1, "size": 1000, "total": total}))
        };
        let server = plant::server().route("/api/v1/leases", get(rows));
        let mut browser = Browser::over(plant::pages_of(server));
        let fields = [("name", "ann"), ("password", "correct horse battery")];
        browser.form("/login", &fields).await.is(200);
        let seen = browser.open("/leases.csv").await.is(status);
        if status == 422 {
            seen.says("Too many rows for a file").says("There are 200001 rows").says("Search");
        }
    }
}
