//! What keeps strangers out of the manager, asked of every route it has.

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
use crate::world::{ADMIN, ITEMS, PASSWORD, World};

const SITE: Site = Site { name: "manager", prefix: "", cookie: "tenure_manager" };

/// Text that is markup, an attribute, a template, a formula and a path at once.
const ATTACK: &str = "=1+1\"><script>alert('x')</script>{{7*7}}<img src=x onerror=alert(1)>/../";

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let world = World::licensed(ITEMS).await;
    nobody_without_a_session(&SITE, &world).await;
}

#[tokio::test]
async fn no_form_is_taken_without_its_token_and_origin() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    no_form_without_token_and_origin(&SITE, &world, &mut ann).await;
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::licensed(ITEMS).await;
    world.user("rita", &["read"]).await;
    let mut rita = enter(&world, "rita").await;
    headers_on_every_answer(&SITE, &world, &mut rita).await;
}

#[tokio::test]
async fn which_route_is_open_to_whom() {
    let world = World::busy().await;
    let mut visitors = vec![("nobody", Browser::over(world.pages()))];
    for role in ["read", "reservations", "drop-device", "offline"] {
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
    let world = World::busy().await;
    for role in ["read", "reservations", "drop-device", "offline"] {
        let name = format!("with-{role}");
        world.user(&name, &[role]).await;
        let mut browser = enter(&world, &name).await;
        forms_shown_are_allowed(&SITE, role, &mut browser).await;
    }
}

/// A plant whose names are attacks, everywhere where a name can come from.
async fn hostile() -> World {
    let items = json!([
        {"id": "evil", "feature": ATTACK, "version": "1.0", "count": 2, "expiry": "2099-12-31", "product": ATTACK},
        {"id": "cad", "feature": "cad", "version": "1.0", "count": 9, "expiry": "permanent"},
    ]);
    let world = World::licensed(&items.to_string()).await;
    let holder = json!({
        "host": {"type": "string", "value": ATTACK},
        "user": ATTACK,
        "session": ATTACK,
        "process": ATTACK,
        "owner": ATTACK,
        "name": ATTACK,
    });
    for feature in [ATTACK, "cad", "unknown\"><script>"] {
        let body = json!({"holder": holder, "features": [{"name": feature, "version": "1.0"}],
            "dictionary": {"project": ATTACK}});
        world.api("POST", "/api/v1/leases", body).await;
    }
    let ask = json!({"holder": {"host": {"type": "string", "value": "@SUM(A1)"}, "user": "+cmd|'/C'!A0"},
        "features": [{"name": ATTACK, "version": "1.0", "count": 9}], "wait": 3600});
    world.api("POST", "/api/v1/leases", ask).await;
    let user = json!({"name": ATTACK, "password": PASSWORD, "roles": ["read"]});
    world.api("POST", "/api/v1/users", user).await;
    let key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    world.api("POST", "/api/v1/client-keys", json!({"name": ATTACK, "key": key})).await;
    world.api("POST", "/api/v1/suspend", json!({"reason": ATTACK})).await;
    let entry = json!({"featureName": "cad", "featureVersion": "1.0", "featureCount": 1});
    let who = json!({"hostId": {"type": "USER", "value": ATTACK}, "reservationEntries": [entry]});
    let group = json!({"name": ATTACK, "reservations": [who]});
    world.api("POST", "/api/v1/reservation-groups", group).await;
    world
}

#[tokio::test]
async fn names_that_are_attacks_are_text_on_every_page_and_in_every_file() {
    let world = hostile().await;
    let mut ann = enter(&world, ADMIN).await;
    let walked = walk(&SITE, &mut ann).await;
    assert_eq!(walked.missing, BTreeSet::new(), "links lead somewhere");
    let escaped = "&#60;script&#62;alert(&#39;x&#39;)";
    let showing: Vec<&String> = walked
        .pages
        .iter()
        .filter(|(_, seen)| seen.html.contains(escaped))
        .map(|(address, _)| address)
        .collect();
    for page in
        ["/", "/features", "/devices", "/reservations", "/users", "/client-keys", "/suspend"]
    {
        assert!(
            showing.iter().any(|found| found.as_str() == page),
            "{page} shows the name: {showing:?}"
        );
    }
    assert!(
        walked
            .pages
            .values()
            .all(|seen| !seen.html.contains("49") || !seen.html.contains("=1+1\">49")),
        "no template was evaluated"
    );
}

#[tokio::test]
async fn a_session_is_new_at_every_login_strict_and_under_tls_secure() {
    let world = World::licensed(ITEMS).await;
    let mut ann = enter(&world, ADMIN).await;
    let first = ann.cookie(SITE.cookie).expect("a session").to_owned();
    assert_eq!(first.len(), 43, "256 bits");
    let csrf = ann.open("/account").await.field("csrf");
    ann.form("/logout", &[("csrf", &csrf)]).await.is(200).says("Log in");
    assert!(ann.cookie(SITE.cookie).is_none());
    ann.form("/login", &world.credentials()).await.is(200);
    let second = ann.cookie(SITE.cookie).expect("a session").to_owned();
    assert_ne!(first, second);
    let mut thief = ann.stranger();
    thief.keep(SITE.cookie, &first);
    thief.open("/users").await.says("Your session has ended");
    // A cookie that somebody else has set is never taken over.
    let mut fixed = ann.stranger();
    fixed.keep(SITE.cookie, &"A".repeat(43));
    fixed.form("/login", &world.credentials()).await.is(200);
    assert_ne!(fixed.cookie(SITE.cookie), Some("A".repeat(43).as_str()));

    for (secure, start, end) in [
        (false, "tenure_manager=", "; Path=/; HttpOnly; SameSite=Strict"),
        (true, "__Host-tenure_manager=", "; Path=/; HttpOnly; SameSite=Strict; Secure"),
    ] {
        let router = world.pages_with(SiteOptions { secure, ..SiteOptions::default() });
        let request = Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("name={ADMIN}&password={}", PASSWORD.replace(' ', "+"))))
            .expect("a request");
        let answer = router.oneshot(request).await.expect("infallible");
        let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
        assert!(cookie.starts_with(start) && cookie.ends_with(end), "{cookie}");
    }
}
