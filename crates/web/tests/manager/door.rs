//! In, out, the first administrator, and one's own password.

use crate::browser::Browser;
use crate::world::{ADMIN, PASSWORD, World};

#[tokio::test]
async fn the_first_administrator_comes_in_by_the_token_of_the_console() {
    let world = World::fresh();
    let mut browser = Browser::over(world.pages());
    browser.open("/").await.is(200).says("Set up the first administrator");
    let token = world.setup_token();
    let fill = |token, password, repeated| {
        [("token", token), ("name", ADMIN), ("password", password), ("repeated", repeated)]
    };
    browser
        .form("/setup", &fill(&token, "short", "short"))
        .await
        .is(422)
        .says("at least 10 characters");
    browser
        .form("/setup", &fill(&token, PASSWORD, "something else"))
        .await
        .is(422)
        .says("passwords differ");
    let seen = browser.form("/setup", &fill("wrong-token", PASSWORD, PASSWORD)).await.is(403);
    assert!(seen.html.contains("value=\"ann.admin\""), "what was typed stays: {}", seen.html);
    browser.form("/setup", &fill(&token, PASSWORD, PASSWORD)).await;
    browser.open("/").await.is(200).says(ADMIN).says("Log out");
    let mut late = browser.stranger();
    late.form("/setup", &fill(&token, PASSWORD, PASSWORD)).await.is(403);
}

#[tokio::test]
async fn who_logs_in_comes_back_to_where_he_wanted_to_go() {
    let world = World::licensed("[]").await;
    let mut browser = Browser::over(world.pages());
    let seen = browser.open("/account?x=1").await.is(200).says("Log in").does_not_say("has ended");
    assert_eq!(seen.field("back"), "/account?x=1");
    let wrong = [("name", ADMIN), ("password", "not the password"), ("back", "/account")];
    browser.form("/login", &wrong).await.is(403).says("Name or password is wrong");
    let unknown = [("name", "nobody"), ("password", PASSWORD), ("back", "/account")];
    browser.form("/login", &unknown).await.is(403).says("Name or password is wrong");
    let right = [("name", ADMIN), ("password", PASSWORD), ("back", "/account")];
    browser.form("/login", &right).await.is(200).says("Your account").says("admin");
    let elsewhere = [("name", ADMIN), ("password", PASSWORD), ("back", "https://evil.example/")];
    let mut other = browser.stranger();
    other.form("/login", &elsewhere).await.is(200).says("Dashboard");
}

#[tokio::test]
async fn a_password_is_changed_and_ends_the_session() {
    let world = World::licensed("[]").await;
    let mut browser = crate::enter(&world, ADMIN).await;
    let csrf = browser.open("/account").await.field("csrf");
    let fill = |current, new| {
        [("csrf", csrf.as_str()), ("current", current), ("new", new), ("repeated", new)]
    };
    browser
        .form("/account", &fill("not the password", "another good one"))
        .await
        .says("The current password is wrong");
    browser.form("/account", &fill(PASSWORD, "another good one")).await.is(200).says("Log in");
    let again = [("name", ADMIN), ("password", "another good one")];
    browser.form("/login", &again).await.is(200).says("Log out");
}
