//! From the first start to the first seat in the browser, without reading anything.

use crate::world::{ADMIN, ITEMS, PASSWORD, World};
use crate::{browser::Browser, enter};
use serde_json::json;

#[tokio::test]
async fn from_the_first_start_to_the_first_seat() {
    let world = World::fresh();
    let mut ann = Browser::over(world.pages());
    // Whoever opens the address of the new server is led to the set-up.
    ann.open("/").await.is(200).says("Set up the first administrator").says("setup.token");
    let fields = [
        ("token", world.setup_token()),
        ("name", ADMIN.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("repeated", PASSWORD.to_owned()),
    ];
    let page = ann.send("/setup", &fields).await.is(200);
    let page = page.says("From the first start to the first seat").says("1. Get a license");
    let page = page.says("BEGIN TENURE UPDATE").says("/offline/context.tnr");
    let csrf = page.field("csrf");

    // The context goes to the publisher, the wrong file is refused, the update goes in.
    let context = ann.open("/offline/context.tnr").await.is(200).html;
    std::fs::write(world.folder.path().join("sent.tnr"), context).expect("written");
    std::fs::write(world.folder.path().join("items.json"), ITEMS).expect("written");
    world.run("issue --keys keys --context sent.tnr --items items.json -o update.tnr");
    let update = std::fs::read(world.folder.path().join("update.tnr")).expect("the update");
    let seen = ann.upload("/welcome/update", &csrf, "file", b"holiday.doc").await.is(422);
    seen.says("This file can’t be read").says("1. Get a license");
    let page = ann.upload("/welcome/update", &csrf, "file", &update).await.is(200);
    let page = page.says("applied").says("2. Check out the first seat").says("See that it works");
    let page = page.says("Tenure::connect").says("root:").says("/api/v1/leases");

    // A trial, then a real seat as the page says.
    let feature = "simulation";
    assert!(page.html.contains(&format!(">{feature}</option>")), "{}", page.html);
    let fields = [("csrf", csrf.as_str()), ("feature", "cad")];
    let page = ann.form("/welcome/try", &fields).await.is(200).says("A seat would be granted");
    page.says("checkout(&#34;cad&#34;, &#34;2.0&#34;)");
    world.check_out("me", "my-machine", "cad", "2.0").await;
    ann.open("/welcome").await.is(200).says("seat is held right now");

    // Colleagues.
    world.user("bob", &["read"]).await;
    ann.open("/welcome").await.is(200).says("Everything is set up").says("2 people can log in");
    let mut bob = enter(&world, "bob").await;
    bob.open("/welcome").await.is(200).says("An administrator makes users");
}

#[tokio::test]
async fn a_trial_says_why_not() {
    let world = World::busy().await;
    let mut ann = enter(&world, ADMIN).await;
    let csrf = ann.open("/welcome").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("feature", "render")];
    let seen = ann.form("/welcome/try", &fields).await.is(200).says("No seats");
    seen.does_not_say("A seat would be granted");
    let fields = [("csrf", csrf.as_str()), ("feature", "\"><script>alert(1)</script>")];
    let seen = ann.form("/welcome/try", &fields).await;
    seen.does_not_say("<script>alert");
    let devices = world.must("GET", "/api/v1/devices?q=trial", json!(null)).await;
    assert_eq!(devices["total"], 0, "a trial leaves nothing");
}

#[tokio::test]
async fn who_may_not_carry_licenses_is_told_who_does() {
    let world = World::fresh();
    let token = world.setup_token();
    let body = json!({"token": token, "name": ADMIN, "password": PASSWORD});
    world.must("POST", "/api/v1/setup", body).await;
    world.user("rita", &["read"]).await;
    let mut rita = enter(&world, "rita").await;
    let page = rita.open("/welcome").await.is(200).says("needs the role <code>offline</code>");
    assert!(!page.html.contains("/welcome/update"), "no form");
    let csrf = rita.open("/account").await.field("csrf");
    for path in ["/welcome/update", "/welcome/sync"] {
        let fields = [("csrf", csrf.as_str()), ("text", "-----BEGIN TENURE UPDATE-----")];
        rita.form(path, &fields).await.is(403);
    }
}
