//! Set-up, login, roles: the conversation of the first day.

use axum::http::StatusCode;
use serde_json::json;
use tenure_shell::access::LOCAL;

use crate::office::{PASSWORD, SETUP, TestOffice};

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let office = TestOffice::new();
    let set_up = |token: &str| json!({"token": token, "name": "ann", "password": PASSWORD});
    let wrong = office.anonymous().post("/api/v1/setup", set_up("guess")).await;
    assert_eq!(wrong.problem(), "403 setup-closed");
    let made = office.anonymous().post("/api/v1/setup", set_up(SETUP)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["roles"], json!(["admin"]));
    let again = office.anonymous().post("/api/v1/setup", set_up(SETUP)).await;
    assert_eq!(again.problem(), "403 setup-closed");
    let users = office.login("ann").await.get("/api/v1/users").await;
    assert_eq!(users.json()["items"][0]["name"], "ann", "{}", users.text);
}

#[tokio::test]
async fn a_change_of_roles_counts_at_once_and_the_last_administrator_stays() {
    let office = TestOffice::new();
    let admin = office.user("ann", &["admin"]).await;
    let lent = json!({"name": LOCAL, "password": PASSWORD, "roles": ["admin"]});
    assert_eq!(admin.post("/api/v1/users", lent).await.problem(), "422 bad-value");
    let bob = office.user("bob", &["viewer"]).await;
    assert_eq!(bob.get("/api/v1/users").await.problem(), "403 missing-role");
    let change = json!({"roles": ["admin"], "daily_quota": 10});
    let changed = admin.patch("/api/v1/users/bob", change).await;
    assert_eq!(changed.ok()["daily_quota"], 10);
    assert_eq!(bob.get("/api/v1/users").await.problem(), "401 login-required");
    let bob = office.login("bob").await;
    assert_eq!(bob.get("/api/v1/users").await.status, StatusCode::OK);
    assert_eq!(bob.delete("/api/v1/users/ann").await.status, StatusCode::NO_CONTENT);
    let last = bob.delete("/api/v1/users/bob").await;
    assert_eq!(last.status, StatusCode::CONFLICT, "{}", last.text);
    assert_eq!(bob.delete("/api/v1/users/eve").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn guessing_is_slowed_and_passwords_change() {
    let office = TestOffice::new();
    office.user("ann", &["fulfil"]).await;
    let guess = json!({"name": "ann", "password": "wrong wrong wrong"});
    for _ in 0..3 {
        let answer = office.anonymous().post("/api/v1/login", guess.clone()).await;
        assert_eq!(answer.problem(), "401 login-failed");
    }
    let answer = office.anonymous().post("/api/v1/login", guess).await;
    assert_eq!(answer.problem(), "429 too-many-attempts");
    assert!(answer.headers.contains_key("retry-after"));

    let office = TestOffice::new();
    let ann = office.user("ann", &["fulfil"]).await;
    let change = json!({"current": PASSWORD, "new": "another long password"});
    assert_eq!(ann.post("/api/v1/password", change).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ann.post("/api/v1/logout", json!({})).await.problem(), "401 login-required");
}
