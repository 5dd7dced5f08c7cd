//! The dashboard: what an administrator sees first, on a fresh server, at work, and when something is wrong.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::plant;
use crate::world::{ADMIN, PASSWORD, World};

#[tokio::test]
async fn a_fresh_server_says_what_to_do_next() {
    let world = World::licensed("[]").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/").await.is(200);
    let seen = seen.says("This server has no licenses yet").says("Bring the first licenses");
    assert!(!seen.html.contains("data-fresh"), "nothing is asked again while nothing is there");
    world.user("rex", &["read"]).await;
    let mut reader = crate::enter(&world, "rex").await;
    let seen = reader.open("/").await.is(200).says("The role <code>offline</code> is needed");
    seen.does_not_say("Bring the first licenses");
}

#[tokio::test]
async fn the_scarcest_feature_stands_first_with_its_chart() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/").await.is(200);
    let seen = seen.says("1 over").says("All seats in use").says("render in the last 24 hours");
    let place = |name: &str| seen.html.find(&format!("<a href=\"/features/{name}\">{name}</a>"));
    assert!(place("render").is_some() && place("render") < place("cad"), "{}", seen.html);
    assert!(place("cad") < place("viewer"), "what has no limit is never scarce");
    let seen = browser.open("/?period=week&feature=cad").await.is(200);
    let seen = seen.says("cad in the last 7 days").says("The numbers as a table");
    // The choice of the period keeps the feature, the choice of the feature the period.
    assert_eq!(seen.link("Month"), "/?feature=cad&period=month");
    assert!(seen.html.contains("/?period=week&#38;feature=render#over-time"), "{}", seen.html);
    browser.open("/?period=month").await.is(200).says("the last 30 days");
    browser.open("/?period=decade&feature=none").await.is(200).says("render in the last 24 hours");
}

#[tokio::test]
async fn denials_lead_to_their_list() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/").await.is(200);
    assert_eq!(seen.link("All seats in use"), "/denials?reason=no-seats");
    seen.says("/denials?feature=render");
}

#[tokio::test]
async fn what_is_wrong_stands_first_in_plain_words() {
    let world = World::busy().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/").await.is(200).does_not_say("suspended");
    let reason = "<b>inventory</b> until noon";
    world.must("POST", "/api/v1/suspend", json!({"reason": reason})).await;
    let seen =
        browser.open("/").await.is(200).says("Granting is suspended").does_not_say("<b>inventory");
    let (notice, tiles) =
        (seen.html.find("Granting is suspended"), seen.html.find("class=\"tiles figures\""));
    assert!(notice < tiles);
    world.must("POST", "/api/v1/resume", Value::Null).await;
    browser.open("/").await.is(200).does_not_say("Granting is suspended");
}

#[tokio::test]
async fn what_ends_soon_is_listed_until_its_grace_is_over() {
    let soon = "2000-01-01";
    let items = format!(
        r#"[{{"id":"old","feature":"old","version":"1.0","count":3,"expiry":"{soon}"}},
            {{"id":"cad","feature":"cad","version":"1.0","count":3,"expiry":"permanent"}}]"#
    );
    let world = World::licensed(&items).await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/").await.is(200).says("No license ends in the next 60 days");
    seen.says("Not usable now");
}

#[tokio::test]
async fn names_of_strangers_are_shown_as_they_are() {
    let hostile = "\"><script>alert(1)</script>'&";
    let items = json!([{"id": "x", "feature": hostile, "version": "1.0", "count": 1, "expiry": "permanent"}]);
    let world = World::licensed(&items.to_string()).await;
    world.ask_out("eve", "lab", hostile, "1.0").await;
    world.ask_out("eve", "lab-2", hostile, "1.0").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let seen = browser.open("/").await.is(200).does_not_say("<script>alert");
    seen.says("&#60;script&#62;alert(1)");
    let path = "/?feature=%22%3E%3Cscript%3Ealert(2)%3C/script%3E&period=%22%3E%3Cb%3E";
    browser.open(path).await.is(200).does_not_say("<script>alert").does_not_say("<b>");
}

/// Fifty features with a month behind them: more than that no page shows.
#[tokio::test]
async fn a_month_of_fifty_features_fits_in_two_hundred_kilobytes() {
    let mut browser = Browser::over(plant::pages());
    let fields = [("name", ADMIN), ("password", PASSWORD)];
    browser.form("/login", &fields).await.is(200).says("Log out");
    for path in ["/", "/?period=week", "/?period=month", "/?feature=routing&period=week"] {
        let seen = browser.open(path).await.is(200).says("translator-4").says("Few free");
        assert!(seen.html.len() < 200_000, "{path}: {}", seen.html.len());
        let seen = seen.does_not_say(" style=").does_not_say("NaN").says("Has ended");
        seen.says("The last 3 exchanges with the office failed").says("The clock jumped");
    }
    // Nothing is known of its first hours: that is a gap, and no zero.
    browser.open("/?feature=routing").await.says("not recorded");
}
