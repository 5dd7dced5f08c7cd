//! The room `users`.

use serde_json::Value;

use crate::world::{ADMIN, PASSWORD, World};

#[tokio::test]
async fn a_user_is_made_changed_and_deleted() {
    let world = World::office().await;
    let mut browser = crate::enter(&world, ADMIN).await;
    browser.open("/console/users").await.is(200).says(ADMIN).says("(you)").says("Any number");
    let make = "/console/new-user";
    browser
        .open(make)
        .await
        .is(200)
        .says("Customers, entitlements, activations")
        .says("any number");
    let short =
        [("name", "fay"), ("password", "short"), ("repeated", "short"), ("daily_quota", "ten")];
    let page = crate::send(&mut browser, make, make, &short).await.is(422);
    let page = page.says("at least 10 characters").says("must be a whole number");
    page.says("value=\"fay\"").says("value=\"ten\"").says("Choose at least one");
    let fill = [
        ("name", "fay"),
        ("password", PASSWORD),
        ("repeated", PASSWORD),
        ("roles", "fulfil"),
        ("roles", "catalog"),
        ("daily_quota", "50"),
    ];
    crate::send(&mut browser, make, make, &fill).await.is(200).says("fay can log in").says(">50<");
    crate::send(&mut browser, make, make, &fill).await.is(409).says("already").says("value=\"50\"");
    crate::enter(&world, "fay").await;

    let here = "/console/users/fay";
    let fill = [("roles", "support"), ("daily_quota", "")];
    let page = crate::send(&mut browser, here, here, &fill).await.is(200);
    page.says("What fay may do is changed").says("Support").does_not_say("value=\"50\"");
    let found = world.must("GET", "/api/v1/users?q=fay", Value::Null).await;
    assert_eq!(found["items"][0]["daily_quota"], Value::Null, "{found}");
    let differ = [("password", "another long one"), ("repeated", "another long two")];
    let to = "/console/users/fay/password";
    crate::send(&mut browser, here, to, &differ).await.is(422).says("The two passwords differ");
    let same = [("password", "another long one"), ("repeated", "another long one")];
    crate::send(&mut browser, here, to, &same).await.is(200).says("fay has another password");

    let csv = browser.open("/console/users.csv").await.is(200);
    assert!(csv.html.contains("\r\nfay,"), "{}", csv.html);
    let delete = "/console/users/fay/delete";
    browser.open(delete).await.is(200).says("What will happen");
    crate::send(&mut browser, delete, delete, &[]).await.is(200).says("fay is deleted");
    browser.open(here).await.is(404).says("All users");
    let own = format!("/console/users/{ADMIN}");
    let last = [("roles", "viewer"), ("daily_quota", "")];
    crate::send(&mut browser, &own, &own, &last).await.is(409).says("last administrator");
    let delete = format!("{own}/delete");
    crate::send(&mut browser, &delete, &delete, &[]).await.is(422).says("last administrator");
}

#[tokio::test]
async fn who_changes_oneself_logs_in_again() {
    let world = World::office().await;
    world.user("kim", &["admin"]).await;
    let mut kim = crate::enter(&world, "kim").await;
    let here = "/console/users/kim";
    let fill = [("roles", "viewer"), ("daily_quota", "")];
    crate::send(&mut kim, here, here, &fill).await.is(200).says("Log in");
    let mut kim = crate::enter(&world, "kim").await;
    for path in ["/console/users", "/console/users.csv", "/console/new-user", here] {
        kim.open(path).await.is(403).says("admin").says("You may not do this");
    }
}
