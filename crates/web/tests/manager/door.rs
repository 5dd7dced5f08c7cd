//! The door: the first administrator, in and out, one's own password, back to where one was.

use crate::browser::Browser;
use crate::enter;
use crate::world::{ADMIN, ITEMS, PASSWORD, World};

#[tokio::test]
async fn a_fresh_server_leads_to_its_set_up_and_a_used_one_away_from_it() {
    let world = World::fresh();
    let mut ann = Browser::over(world.pages());
    for path in ["/", "/login", "/setup", "/users?q=x"] {
        ann.open(path).await.is(200).says("Set up the first administrator");
    }
    let fields = |token: &str, name: &str, one: &str, two: &str| {
        [("token", token), ("name", name), ("password", one), ("repeated", two)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let token = world.setup_token();
    let long = PASSWORD;
    for (fields, words) in [
        (fields("", "ann", long, long), "Enter the one-time token"),
        (fields("guess", "", long, long), "Choose a name"),
        (fields("guess", "ann", "short", "short"), "at least 10 characters"),
        (fields("guess", "ann", long, "other"), "The two passwords differ"),
    ] {
        ann.send("/setup", &fields).await.is(422).says(words);
    }
    let seen = ann.send("/setup", &fields("guess", "ann", long, long)).await.is(403);
    seen.says("The set-up token is wrong").says("value=\"ann\"");
    assert!(ann.cookie("tenure_manager").is_none());
    ann.send("/setup", &fields(&token, "ann", long, long)).await.is(200).says("Log out");
    ann.open("/setup").await.does_not_say("one-time token");
    let mut late = Browser::over(world.pages());
    late.open("/setup").await.is(200).says("There is an administrator already");
    late.send("/setup", &fields(&token, "eve", long, long)).await.is(403);
}

#[tokio::test]
async fn a_fresh_office_leads_to_its_set_up_too() {
    let office = World::fresh_office();
    let mut ann = Browser::over(office.pages());
    ann.open("/console").await.is(200).says("Set up the first administrator");
    let fields = [
        ("token", office.setup_token()),
        ("name", "ann".to_owned()),
        ("password", PASSWORD.to_owned()),
        ("repeated", PASSWORD.to_owned()),
    ];
    ann.send("/console/setup", &fields).await.is(200).says("Log out");
    Browser::over(office.pages()).open("/console").await.is(200).says("Log in");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_the_same_and_who_guesses_waits() {
    let world = World::licensed(ITEMS).await;
    let mut guest = Browser::over(world.pages());
    guest.open("/").await.is(200).says("Log in").does_not_say("first administrator");
    guest.form("/login", &[("name", ""), ("password", "")]).await.is(422);
    let known = guest.form("/login", &[("name", ADMIN), ("password", "wrong password")]).await;
    let unknown = guest.form("/login", &[("name", "nobody"), ("password", "wrong password")]).await;
    let known = known.is(403).says("Name or password is wrong").html.replace(ADMIN, "X");
    assert_eq!(known, unknown.is(403).html.replace("nobody", "X"));
    let mut slowed = None;
    for _ in 0..12 {
        let seen = guest.form("/login", &[("name", ADMIN), ("password", "wrong password")]).await;
        if seen.status == 429 {
            slowed = Some(seen);
            break;
        }
    }
    slowed.expect("guessing is slowed down").says("Wait").says(ADMIN);
    assert!(guest.cookie("tenure_manager").is_none());
}

#[tokio::test]
async fn after_the_door_one_is_where_one_wanted_to_go_but_never_elsewhere() {
    let world = World::licensed(ITEMS).await;
    let mut guest = Browser::over(world.pages());
    let page = guest.open("/properties?q=borrow").await.is(200).says("Log in");
    assert_eq!(page.field("back"), "/properties?q=borrow");
    for back in
        ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "\r\nx"]
    {
        let mut guest = Browser::over(world.pages());
        let fields = [("name", ADMIN), ("password", PASSWORD), ("back", back)];
        let seen = guest.form_once("/login", &fields).await;
        assert_eq!(seen.headers["location"], "/", "{back:?}");
        let seen = guest.form_once("/theme", &[("theme", "dark"), ("back", back)]).await;
        assert_eq!(seen.headers["location"], "/", "{back:?}");
    }
    let fields = [("name", ADMIN), ("password", PASSWORD), ("back", "/properties?q=borrow")];
    guest.form("/login", &fields).await.is(200).says("Borrowing");
}

#[tokio::test]
async fn a_changed_password_ends_all_sessions_and_the_old_one_opens_no_more() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let mut elsewhere = enter(&world, ADMIN).await;
    let csrf = ann.open("/account").await.is(200).field("csrf");
    let change = |current: &'static str, new: &'static str, repeated: &'static str| {
        vec![
            ("csrf", csrf.clone()),
            ("current", current.to_owned()),
            ("new", new.to_owned()),
            ("repeated", repeated.to_owned()),
        ]
    };
    ann.send("/account", &change("", "a new password", "a new password")).await.is(422);
    ann.send("/account", &change(PASSWORD, "short", "short")).await.is(422);
    ann.send("/account", &change(PASSWORD, "a new password", "another")).await.is(422);
    let wrong = change("wrong password", "a new password", "a new password");
    ann.send("/account", &wrong).await.is(401).says("The current password is wrong");
    let seen = ann.send("/account", &change(PASSWORD, "a new password", "a new password")).await;
    seen.is(200).says("Your password is changed");
    elsewhere.open("/users").await.is(200).says("Your session has ended");
    let mut again = Browser::over(world.pages());
    again.form("/login", &[("name", ADMIN), ("password", PASSWORD)]).await.is(403);
    again.form("/login", &[("name", ADMIN), ("password", "a new password")]).await.says("Log out");
}
