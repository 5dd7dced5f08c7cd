//! What keeps strangers out of the console, asked of every route it has.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use expect_test::expect_file;
use serde_json::json;
use tenure_web::SiteOptions;
use tower::ServiceExt;

use crate::browser::Browser;
use crate::enter;
use crate::guards::{
    Site, forms_shown_are_allowed, headers_on_every_answer, no_form_without_token_and_origin,
    nobody_without_a_session, table, walk,
};
use crate::world::{ADMIN, PASSWORD, World};

const SITE: Site = Site { name: "console", prefix: "/console", cookie: "tenure_console" };

/// Text that is markup, an attribute, a template, a formula and a path at once.
const ATTACK: &str = "=1+1\"><script>alert('x')</script>{{7*7}}<img src=x onerror=alert(1)>";

/// Every role but that of the administrator.
const ROLES: [&str; 6] = ["viewer", "support", "fulfil", "catalog", "keys", "auditor"];

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let world = World::office().await;
    nobody_without_a_session(&SITE, &world).await;
}

#[tokio::test]
async fn no_form_is_taken_without_its_token_and_origin() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    no_form_without_token_and_origin(&SITE, &world, &mut ann).await;
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::office().await;
    world.user("rita", &["viewer"]).await;
    let mut rita = enter(&world, "rita").await;
    headers_on_every_answer(&SITE, &world, &mut rita).await;
}

#[tokio::test]
async fn which_route_is_open_to_whom() {
    let world = World::office().await;
    let mut visitors = vec![("nobody", Browser::over(world.pages()))];
    for role in ROLES {
        let name = format!("with-{role}");
        world.user(&name, &[role]).await;
        visitors.push((role, enter(&world, &name).await));
    }
    visitors.push(("admin", enter(&world, ADMIN).await));
    let table = table(&SITE, &mut visitors).await;
    expect_file!["routes.txt"].assert_eq(&table);
}

#[tokio::test]
async fn whoever_sees_a_form_may_send_it() {
    let world = hostile().await;
    for role in ROLES {
        let name = format!("with-{role}");
        world.user(&name, &[role]).await;
        let mut browser = enter(&world, &name).await;
        forms_shown_are_allowed(&SITE, role, &mut browser).await;
    }
}

/// An office whose names are attacks.
async fn hostile() -> World {
    let world = World::office().await;
    let contact = json!({"name": ATTACK, "email": "ann@example.com"});
    let customer =
        json!({"name": ATTACK, "reference": ATTACK, "contacts": [contact], "notes": ATTACK});
    world.must("POST", "/api/v1/customers", customer).await;
    let user = json!({"name": ATTACK, "password": PASSWORD, "roles": ["viewer"]});
    world.api("POST", "/api/v1/users", user).await;
    world
}

#[tokio::test]
async fn names_that_are_attacks_are_text_on_every_page_and_in_every_file() {
    let world = hostile().await;
    let mut ann = enter(&world, ADMIN).await;
    let walked = walk(&SITE, &mut ann).await;
    assert_eq!(walked.missing, BTreeSet::new(), "links lead somewhere");
}

#[tokio::test]
async fn a_session_is_new_at_every_login_strict_and_under_tls_secure() {
    let world = World::office().await;
    let mut ann = enter(&world, ADMIN).await;
    let first = ann.cookie(SITE.cookie).expect("a session").to_owned();
    assert_eq!(first.len(), 43, "256 bits");
    let csrf = ann.open("/console/account").await.field("csrf");
    ann.form("/console/logout", &[("csrf", &csrf)]).await.is(200).says("Log in");
    assert!(ann.cookie(SITE.cookie).is_none());
    ann.form("/console/login", &world.credentials()).await.is(200);
    assert_ne!(Some(first.as_str()), ann.cookie(SITE.cookie));
    let mut thief = ann.stranger();
    thief.keep(SITE.cookie, &first);
    thief.open("/console/account").await.says("Your session has ended");
    for (secure, start, end) in [
        (false, "tenure_console=", "; Path=/; HttpOnly; SameSite=Strict"),
        (true, "__Host-tenure_console=", "; Path=/; HttpOnly; SameSite=Strict; Secure"),
    ] {
        let router = world.pages_with(SiteOptions { secure, ..SiteOptions::default() });
        let request = Request::post("/console/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("name={ADMIN}&password={}", PASSWORD.replace(' ', "+"))))
            .expect("a request");
        let answer = router.oneshot(request).await.expect("infallible");
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
        assert!(cookie.starts_with(start) && cookie.ends_with(end), "{cookie}");
    }
}
