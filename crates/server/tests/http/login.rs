//! Set-up, login, sessions, passwords, users.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::app::{PASSWORD, SETUP, TestApp};

#[tokio::test]
async fn the_one_time_token_makes_the_first_administrator_once() {
    let used = Arc::new(AtomicUsize::new(0));
    let counted = used.clone();
    let app = TestApp::empty(|options| {
        options.setup_done = Some(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        }));
    });
    let body = |token: &str| json!({"token": token, "name": "root", "password": PASSWORD});
    let state = app.anonymous().get("/api/v1/setup").await;
    assert_eq!(state.json()["open"], true);
    let wrong = app.anonymous().post("/api/v1/setup", body("guess")).await;
    expect![[r#"
        403 application/problem+json
        {
          "code": "setup-closed",
          "detail": "The set-up token is wrong, or there is a user already.",
          "status": 403,
          "title": "The one-time set-up is not open",
          "type": "/problems/setup-closed"
        }
    "#]]
    .assert_eq(&wrong.show());
    let right = app.anonymous().post("/api/v1/setup", body(SETUP)).await;
    expect![[r#"
        201 application/json
        {
          "expires_at": "2026-11-23T00:00:00Z",
          "name": "root",
          "roles": [
            "admin"
          ],
          "token": "…"
        }
    "#]]
    .assert_eq(&right.show());
    assert_eq!(used.load(Ordering::SeqCst), 1);
    let state = app.anonymous().get("/api/v1/setup").await;
    assert_eq!(state.json()["open"], false);
    let again = app.anonymous().post("/api/v1/setup", body(SETUP)).await;
    assert_eq!(again.show(), wrong.show());
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_told_apart_by_nothing() {
    let app = TestApp::empty(|_| ());
    app.user("ann", &["read"]).await;
    let try_as = |name: &str| json!({"name": name, "password": "wrong password"});
    let known = app.anonymous().post("/api/v1/login", try_as("ann")).await;
    let unknown = app.anonymous().post("/api/v1/login", try_as("nobody")).await;
    assert_eq!(known.show(), unknown.show());
    assert_eq!(known.headers, unknown.headers);
    expect![[r#"
        401 application/problem+json
        {
          "code": "login-failed",
          "detail": "Name or password is wrong.",
          "status": 401,
          "title": "Name or password is wrong",
          "type": "/problems/login-failed"
        }
    "#]]
    .assert_eq(&known.show());
}

#[tokio::test]
async fn guessing_is_slowed_down_per_account_and_source() {
    let app = TestApp::empty(|_| ());
    app.user("ann", &["read"]).await;
    let stranger = app.anonymous();
    let guess = || stranger.post("/api/v1/login", json!({"name": "ann", "password": "guess"}));
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(guess().await.status.as_u16());
    }
    expect![[r#"
        [
            401,
            401,
            401,
            429,
            429,
        ]
    "#]]
    .assert_debug_eq(&statuses);
    let held_up = guess().await;
    expect![[r#"
        429 application/problem+json
        {
          "code": "too-many-attempts",
          "detail": "Too many wrong attempts. Wait as long as Retry-After says, then try again.",
          "status": 429,
          "title": "Wait before the next attempt",
          "type": "/problems/too-many-attempts"
        }
    "#]]
    .assert_eq(&held_up.show());
    assert!(held_up.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_logout_ends_the_session() {
    let app = TestApp::empty(|_| ());
    let ann = app.user("ann", &["read"]).await;
    assert_eq!(ann.get("/api/v1/status").await.status, StatusCode::OK);
    assert_eq!(
        ann.json(Method::POST, "/api/v1/logout", json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    expect![[r#"
        401 application/problem+json
        {
          "code": "login-required",
          "detail": "The session has ended, or never was. Log in again.",
          "status": 401,
          "title": "Log in first",
          "type": "/problems/login-required"
        }
    "#]]
    .assert_eq(&ann.get("/api/v1/status").await.show());
}

#[tokio::test]
async fn a_password_change_needs_the_current_one_and_ends_all_sessions() {
    let app = TestApp::empty(|_| ());
    let ann = app.user("ann", &["read"]).await;
    let other = app.login("ann").await;
    let change = |current: &str, new: &str| json!({"current": current, "new": new});
    let wrong = ann.post("/api/v1/password", change("guess", "a new long password")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{}", wrong.text);
    let short = ann.post("/api/v1/password", change(PASSWORD, "short")).await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "bad-value",
          "detail": "A password has 10 to 1024 characters. Length beats symbols.",
          "status": 422,
          "title": "A value can't be taken",
          "type": "/problems/bad-value"
        }
    "#]]
    .assert_eq(&short.show());
    let right = ann.post("/api/v1/password", change(PASSWORD, "a new long password")).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT, "{}", right.text);
    assert_eq!(other.get("/api/v1/status").await.status, StatusCode::UNAUTHORIZED);
    let old =
        app.anonymous().post("/api/v1/login", json!({"name": "ann", "password": PASSWORD})).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn users_are_made_changed_and_deleted() {
    let app = TestApp::empty(|_| ());
    let admin = app.user("root", &["admin"]).await;
    let made = admin
        .post(
            "/api/v1/users",
            json!({"name": "bob", "password": PASSWORD, "roles": ["read", "offline"]}),
        )
        .await;
    expect![[r#"
        201 application/json
        {
          "created_at": "2026-11-22T00:00:00Z",
          "name": "bob",
          "roles": [
            "read",
            "offline"
          ]
        }
    "#]]
    .assert_eq(&made.show());
    let bob = app.login("bob").await;
    let changed =
        admin.json(Method::PATCH, "/api/v1/users/bob", json!({"roles": ["drop-device"]})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(
        bob.get("/api/v1/status").await.status,
        StatusCode::UNAUTHORIZED,
        "his session has ended"
    );
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "created_at": "2026-11-22T00:00:00Z",
              "name": "root",
              "roles": [
                "admin"
              ]
            },
            {
              "created_at": "2026-11-22T00:00:00Z",
              "name": "bob",
              "roles": [
                "drop-device"
              ]
            }
          ],
          "page": 1,
          "size": 50,
          "total": 2
        }
    "#]]
    .assert_eq(&admin.get("/api/v1/users?sort=-name").await.show());
    assert_eq!(admin.delete("/api/v1/users/bob").await.status, StatusCode::NO_CONTENT);
    expect![[r#"
        404 application/problem+json
        {
          "code": "user-unknown",
          "detail": "There is no user \"bob\".",
          "status": 404,
          "title": "Refused",
          "type": "/problems/user-unknown"
        }
    "#]]
    .assert_eq(&admin.delete("/api/v1/users/bob").await.show());
    expect![[r#"
        409 application/problem+json
        {
          "code": "last-admin",
          "detail": "The last user with the role admin must stay.",
          "status": 409,
          "title": "Refused",
          "type": "/problems/last-admin"
        }
    "#]]
    .assert_eq(&admin.delete("/api/v1/users/root").await.show());
}

#[tokio::test]
async fn a_property_lets_anybody_read() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().get("/api/v1/features").await.status, StatusCode::UNAUTHORIZED);
    let body = json!({"security.anonymous-read": true});
    let set = app.owner().json(Method::PATCH, "/api/v1/properties", body).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert_eq!(app.anonymous().get("/api/v1/features").await.status, StatusCode::OK);
    assert_eq!(app.anonymous().get("/api/v1/users").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        app.anonymous().post("/api/v1/suspend", json!({})).await.status,
        StatusCode::UNAUTHORIZED
    );
}
