//! Properties: groups, typed fields, only what was changed is sent, refusals at their field; suspend and resume.

use crate::world::{ADMIN, ITEMS, World};
use crate::{browser::Browser, enter};
use serde_json::Value;

async fn value(world: &World, name: &str) -> Value {
    let path = format!("/api/v1/properties?q={name}");
    let found = world.must("GET", &path, Value::Null).await;
    found["items"][0]["value"].clone()
}

async fn csrf(browser: &mut Browser) -> String {
    browser.open("/account").await.field("csrf")
}

#[tokio::test]
async fn properties_are_grouped_and_changed_one_form_at_a_time() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let page = ann.open("/properties").await.is(200);
    let titles = [
        "General",
        "License generation",
        "Security",
        "Capability polling",
        "Server sync",
        "Logging",
        "Local server",
    ];
    for title in titles {
        assert!(page.html.contains(&format!(">{title}</h2>")), "{title}");
    }
    let page = page.says("fixed when the container of this server was made").says("15 minutes");
    let page = page.says("All have their defaults");
    let csrf = page.field("csrf");
    let form = |floating: &'static str, percent: &'static str| {
        vec![
            ("csrf", csrf.clone()),
            ("group", "license-generation".to_owned()),
            ("was.lease.floating-seconds", "15 minutes".to_owned()),
            ("p.lease.floating-seconds", floating.to_owned()),
            ("was.lease.renew-percent", "15".to_owned()),
            ("p.lease.renew-percent", percent.to_owned()),
        ]
    };
    let seen = ann.send("/properties", &form("soon", "15")).await.is(422);
    seen.says("This is no span of time").says("value=\"soon\"").says("Nothing was changed");
    let seen = ann.send("/properties", &form("15 minutes", "99")).await.is(422);
    seen.says("must be a whole number from 5 to 90").says("value=\"99\"");
    assert_eq!(value(&world, "lease.renew-percent").await, 15);
    let seen = ann.send("/properties", &form("1 h 30 min", "15")).await.is(200);
    seen.says("1 property changed").says("1 hour 30 minutes").says("1 changed from the default");
    assert_eq!(value(&world, "lease.floating-seconds").await, 5_400);
    // What this form did not touch is not sent: somebody else may have changed it meanwhile.
    world.must("PATCH", "/api/v1/properties", serde_json::json!({"lease.renew-percent": 40})).await;
    ann.send("/properties", &form("20 minutes", "15")).await.is(200);
    assert_eq!(value(&world, "lease.renew-percent").await, 40);
    let seen = ann.send("/properties", &form("15 minutes", "15")).await.is(200);
    seen.says("All fields hold what the server does already");

    let fields = [("csrf", csrf.as_str()), ("name", "lease.floating-seconds")];
    let seen = ann.form("/properties/default", &fields).await.is(200);
    seen.says("lease.floating-seconds is back to its default");
    assert_eq!(value(&world, "lease.floating-seconds").await, 900);
    let fields = [("csrf", csrf.as_str()), ("name", "server.serial")];
    ann.form("/properties/default", &fields).await.is(422).says("fixed when");
    ann.open("/properties?q=borrow")
        .await
        .is(200)
        .says("Borrowing")
        .does_not_say("Spread renewals");
    ann.open("/properties?q=nothing-of-this").await.is(200).says("No property fits");
    ann.open("/properties.csv").await.is(200).says("lease.floating-seconds,900,900,yes");
}

#[tokio::test]
async fn flags_words_and_names_are_fields_of_their_own() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = csrf(&mut ann).await;
    for (name, was, typed, becomes) in [
        ("borrow.allowed", "true", "false", Value::Bool(false)),
        ("lease.granularity", "second", "hour", "hour".into()),
        ("queue.first-pools", "", "design, interns", "design, interns".into()),
    ] {
        let (field, before) = (format!("p.{name}"), format!("was.{name}"));
        let fields = [("csrf", csrf.as_str()), (&before, was), (&field, typed)];
        ann.form("/properties", &fields).await.is(200).says("1 property changed");
        assert_eq!(value(&world, name).await, becomes, "{name}");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("was.lease.granularity", "hour"),
        ("p.lease.granularity", "fortnight"),
    ];
    ann.form("/properties", &fields).await.is(422).says("must be one of second, minute, hour, day");
}

#[tokio::test]
async fn who_may_not_change_them_sees_values_only() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read"]).await;
    let mut rita = enter(&world, "rita").await;
    let page = rita.open("/properties").await.is(200).says("15 minutes").says("needs the role");
    assert!(!page.html.contains("method=\"post\" action=\"/properties"), "no form");
    let csrf = csrf(&mut rita).await;
    let fields = [("csrf", csrf.as_str()), ("p.denials.kept", "200"), ("name", "denials.kept")];
    for path in ["/properties", "/properties/default", "/suspend", "/suspend/resume"] {
        rita.form(path, &fields).await.is(403).says("You may not do this");
    }
    rita.open("/suspend").await.is(200).does_not_say("name=\"reason\"").says("needs the role");
}

#[tokio::test]
async fn an_administrator_suspends_with_a_reason_and_resumes() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = csrf(&mut ann).await;
    ann.open("/properties").await.is(200).says("Suspend grants …");
    ann.open("/suspend").await.is(200).says("What will happen");
    let fields = [("csrf", csrf.as_str()), ("reason", "<b>Maintenance</b>")];
    let seen = ann.form("/suspend", &fields).await.is(200).says("Grants are suspended");
    seen.says("&#60;b&#62;Maintenance").does_not_say("<b>Maintenance");
    let (status, denied) = world.ask_out("bob", "ws-1", "cad", "2.0").await;
    assert_eq!(status, 503, "{denied}");
    ann.form("/suspend", &fields).await.is(200).says("Somebody has suspended grants already");
    ann.open("/properties").await.is(200).says("Resume grants …");
    let fields = [("csrf", csrf.as_str())];
    ann.form("/suspend/resume", &fields).await.is(200).says("The server grants again");
    ann.form("/suspend/resume", &fields).await.is(200).says("Somebody has resumed already");
    world.check_out("bob", "ws-1", "cad", "2.0").await;
}
