//! Users: made, changed, deleted; what is refused stands at its field; nobody but an administrator gets here.

use crate::world::{ADMIN, ITEMS, PASSWORD, World};
use crate::{browser::Browser, enter};

async fn csrf(browser: &mut Browser) -> String {
    browser.open("/account").await.field("csrf")
}

#[tokio::test]
async fn an_administrator_makes_changes_and_deletes_a_user() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    ann.open("/users").await.is(200).says(ADMIN).says("(you)").says("New user");
    let page = ann.open("/new-user").await.is(200).says("Carry licenses").says("Take seats away");
    let (csrf, once) = (page.field("csrf"), page.field("once"));

    let fields = [("csrf", csrf.as_str()), ("name", "bob"), ("password", "short")];
    let seen = ann.form("/new-user", &fields).await.is(422).says("at least 10 characters");
    seen.says("value=\"bob\"").says("Choose at least one role");
    let fields = [
        ("csrf", csrf.as_str()),
        ("once", once.as_str()),
        ("name", "bob"),
        ("password", PASSWORD),
        ("repeated", PASSWORD),
        ("role", "read"),
        ("role", "offline"),
    ];
    ann.form("/new-user", &fields).await.is(200).says("bob can log in now").says("Carry licenses");
    // The same form once more is the same act; another one meets the name that is taken.
    let fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "once").collect();
    ann.form("/new-user", &fields).await.is(409).says("Another user has this name already");

    let mut bob = enter(&world, "bob").await;
    bob.open("/offline").await.is(200).says("Put an update in");
    let seen = ann.form("/users/bob/roles", &[("csrf", &csrf)]).await.is(422);
    seen.says("Choose at least one role, or delete the user");
    let fields = [("csrf", csrf.as_str()), ("role", "read")];
    ann.form("/users/bob/roles", &fields).await.is(200).says("The roles are changed");
    bob.open("/offline").await.is(200).says("Your session has ended");
    let mut bob = enter(&world, "bob").await;
    bob.open("/offline").await.is(200).does_not_say("Put an update in").says("needs the role");

    let fields = [("csrf", csrf.as_str()), ("password", "another password"), ("repeated", "x")];
    ann.form("/users/bob/password", &fields).await.is(422).says("The two passwords differ");
    let fields = [
        ("csrf", csrf.as_str()),
        ("password", "another password"),
        ("repeated", "another password"),
    ];
    ann.form("/users/bob/password", &fields).await.is(200).says("The password is set");
    let fields = [("name", "bob"), ("password", "another password")];
    Browser::over(world.pages()).form("/login", &fields).await.is(200).says("Log out");

    let page = ann.open("/users/bob/delete").await.is(200).says("Delete the user bob?");
    let fields = [("csrf", csrf.as_str()), ("once", &page.field("once"))];
    ann.form("/users/bob/delete", &fields).await.is(200).says("The user bob is deleted");
    ann.open("/users/bob").await.is(404).says("No user has this name");
    ann.open("/users?q=nobody").await.is(200).says("Nobody has such a name");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = csrf(&mut ann).await;
    let path = format!("/users/{ADMIN}");
    let fields = [("csrf", csrf.as_str()), ("role", "read")];
    let seen = ann.form(&format!("{path}/roles"), &fields).await.is(409);
    seen.says("This is the last administrator");
    ann.open(&format!("{path}/delete")).await.is(200).says("This is you");
    let seen = ann.form(&format!("{path}/delete"), &[("csrf", csrf.as_str())]).await.is(422);
    seen.says("Somebody must stay who may administer");
    ann.open("/users").await.is(200).says(ADMIN);
}

#[tokio::test]
async fn who_is_no_administrator_is_told_so() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read", "reservations", "drop-device", "offline"]).await;
    let mut rita = enter(&world, "rita").await;
    let csrf = csrf(&mut rita).await;
    for path in ["/users", "/users.csv", "/new-user", "/users/rita", "/users/rita/delete"] {
        rita.open(path).await.is(403).says("You may not do this").says("rita");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "eve"),
        ("password", PASSWORD),
        ("repeated", PASSWORD),
        ("role", "admin"),
    ];
    for path in ["/new-user", "/users/rita/roles", "/users/rita/password", "/users/rita/delete"] {
        rita.form(path, &fields).await.is(403).says("You may not do this");
    }
    let users = world.must("GET", "/api/v1/users", serde_json::Value::Null).await;
    assert_eq!(users["total"], 2, "{users}");
}
