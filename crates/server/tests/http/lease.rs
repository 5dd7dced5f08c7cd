//! One lease: renewal, release, a look; by its holder, by a stranger, by an administrator.

use axum::http::{Method, StatusCode};
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;

use crate::app::{TestApp, checkout};

async fn granted(app: &TestApp, host: &str, feature: &str) -> (String, String) {
    let answer = app.anonymous().post("/api/v1/leases", checkout(host, feature, 1)).await;
    let lease = &answer.json()["leases"][0];
    let text = |member: &str| lease[member].as_str().expect("a lease has it").to_owned();
    (text("id"), text("token"))
}

#[tokio::test]
async fn its_holder_renews_and_returns_it() {
    let app = TestApp::new().await;
    let (id, token) = granted(&app, "ws1", "sim").await;
    app.clock.advance(Duration::from_secs(300));
    let path = format!("/api/v1/leases/{id}/renewal");
    let renewed = app.holder(&token).send_bytes(Method::POST, &path, None, Vec::new()).await;
    expect![[r#"
        200 application/json
        {
          "borrowed": false,
          "code": "renewed",
          "count": 1,
          "document": "…",
          "expires_at": "2026-11-22T00:20:00Z",
          "feature": "sim",
          "id": "L-0000000000001",
          "issued_at": "2026-11-22T00:05:00Z",
          "renew_after": "2026-11-22T00:07:27.576Z",
          "seats": [
            1
          ],
          "token": "7gewzsgFWZ2uIWsXKATtlQ",
          "version": "1.0"
        }
    "#]]
    .assert_eq(&renewed.show());
    let by_body =
        app.anonymous().post(&path, json!({"token": token, "nonce": "AAECAwQFBgc"})).await;
    assert_eq!(by_body.status, StatusCode::OK, "{}", by_body.text);
    let seen = app.holder(&token).get(&format!("/api/v1/leases/{id}")).await;
    expect![[r#"
        200 application/json
        {
          "borrowed": false,
          "code": "granted",
          "count": 1,
          "expires_at": "2026-11-22T00:20:00Z",
          "feature": "sim",
          "granted_at": "2026-11-22T00:00:00Z",
          "holder": {
            "host": {
              "type": "STRING",
              "value": "ws1"
            },
            "user": "ann"
          },
          "id": "L-0000000000001",
          "issued_at": "2026-11-22T00:05:00Z",
          "items": [
            "sim"
          ],
          "pool": "default",
          "renew_after": "2026-11-22T00:07:27.576Z",
          "seats": [
            [
              1,
              1
            ]
          ],
          "version": "1.0"
        }
    "#]]
    .assert_eq(&seen.show());
    let released = app.holder(&token).delete(&format!("/api/v1/leases/{id}")).await;
    expect![[r#"
        200 application/json
        {
          "id": "L-0000000000001",
          "released_at": "2026-11-22T00:05:00Z"
        }
    "#]]
    .assert_eq(&released.show());
    let again = app.holder(&token).send_bytes(Method::POST, &path, None, Vec::new()).await;
    expect![[r#"
        410 application/problem+json
        {
          "code": "lease-ended",
          "detail": "L-0000000000001: the lease has ended (returned or expired some time ago).",
          "status": 410,
          "title": "Refused",
          "type": "/problems/lease-ended"
        }
    "#]]
    .assert_eq(&again.show());
}

#[tokio::test]
async fn nobody_else_touches_it() {
    let app = TestApp::new().await;
    let (id, _) = granted(&app, "ws1", "cad").await;
    let (_, foreign) = granted(&app, "ws2", "cad").await;
    let path = format!("/api/v1/leases/{id}");
    expect![[r#"
        401 application/problem+json
        {
          "code": "token-required",
          "detail": "Send the token that came with the grant as `Authorization: Lease <token>` or as `token` in the body, or sign the request with the holder's key.",
          "status": 401,
          "title": "The lease's token is missing",
          "type": "/problems/token-required"
        }
    "#]].assert_eq(&app.anonymous().delete(&path).await.show());
    expect![[r#"
        403 application/problem+json
        {
          "code": "wrong-token",
          "detail": "Send the token that came with this grant.",
          "status": 403,
          "title": "The token does not belong to this lease",
          "type": "/problems/wrong-token"
        }
    "#]]
    .assert_eq(&app.holder(&foreign).delete(&path).await.show());
    assert_eq!(app.holder(&foreign).get(&path).await.status, StatusCode::FORBIDDEN);
    let in_url = app.anonymous().delete(&format!("{path}?token={foreign}")).await;
    assert_eq!(in_url.status, StatusCode::BAD_REQUEST, "a token in the URL is refused");
    let unknown = app.holder(&foreign).delete("/api/v1/leases/L-0000000000999").await;
    assert_eq!(unknown.status, StatusCode::FORBIDDEN, "whether it exists is not told");
    assert_eq!(
        app.holder(&foreign).delete("/api/v1/leases/nonsense").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_administrator_takes_it_away_with_a_reason() {
    let app = TestApp::new().await;
    let (id, token) = granted(&app, "ws1", "sim").await;
    let reader = app.user("reader", &["read"]).await;
    assert_eq!(reader.delete(&format!("/api/v1/leases/{id}")).await.status, StatusCode::FORBIDDEN);
    let dropper = app.user("dropper", &["drop-device"]).await;
    let answer = dropper.delete(&format!("/api/v1/leases/{id}?reason=stolen%20laptop")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let renewal = format!("/api/v1/leases/{id}/renewal");
    let refused = app.holder(&token).send_bytes(Method::POST, &renewal, None, Vec::new()).await;
    assert_eq!(refused.status, StatusCode::GONE, "{}", refused.text);
    let journal = app.owner().get("/api/v1/journal?q=released").await;
    expect![[r#"
        200 application/json
        {
          "items": [
            {
              "at": "2026-11-22T00:00:00Z",
              "data": {
                "by": {
                  "admin": "dropper"
                },
                "lease": "L-0000000000001",
                "reason": "stolen laptop",
                "type": "released"
              },
              "event": "released",
              "index": 0,
              "sequence": 5,
              "summary": "L-0000000000001 returned: stolen laptop"
            }
          ],
          "page": 1,
          "size": 50,
          "total": 1
        }
    "#]]
    .assert_eq(&journal.show());
}

#[tokio::test]
async fn many_renewals_are_answered_in_order_each_by_itself() {
    let app = TestApp::new().await;
    let (first, first_token) = granted(&app, "ws1", "cad").await;
    let (second, second_token) = granted(&app, "ws2", "cad").await;
    app.holder(&second_token).delete(&format!("/api/v1/leases/{second}")).await;
    let body = json!({"renewals": [
        {"lease": second, "token": second_token},
        {"lease": first, "token": second_token},
        {"lease": first, "token": first_token},
        {"lease": first, "token": first_token},
    ]});
    let answer = app.anonymous().post("/api/v1/renewals", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let outcomes: Vec<String> = answer.json()["renewals"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|outcome| match &outcome["problem"]["code"] {
            Value::String(code) => code.clone(),
            _ => format!("renewed {}", outcome["lease"]["feature"]),
        })
        .collect();
    expect![[r#"lease-ended, wrong-token, renewed "cad", bad-value"#]]
        .assert_eq(&outcomes.join(", "));
    let none = app.anonymous().post("/api/v1/renewals", json!({"renewals": []})).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let alone = json!({"renewals": [{"lease": second, "token": second_token}]});
    let alone = app.anonymous().post("/api/v1/renewals", alone).await;
    assert_eq!(
        (alone.status, &alone.json()["renewals"][0]["problem"]["code"]),
        (StatusCode::OK, &json!("lease-ended"))
    );
}

#[tokio::test]
async fn an_unrenewed_lease_ends_and_its_seat_is_free_again() {
    let app = TestApp::new().await;
    let (id, token) = granted(&app, "ws1", "sim").await;
    app.clock.advance(Duration::from_secs(15 * 60 + 3));
    let next = app.anonymous().post("/api/v1/leases", checkout("ws2", "sim", 1)).await;
    assert_eq!(next.status, StatusCode::CREATED, "{}", next.text);
    let late = app.holder(&token).get(&format!("/api/v1/leases/{id}")).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND, "{}", late.text);
}

/// A ledger that was restored from an older copy forgot leases; the first holder of one who comes back shows it.
#[tokio::test]
async fn a_holder_of_a_forgotten_lease_keeps_its_seat_from_others() {
    let before = TestApp::new().await;
    granted(&before, "ws1", "cad").await;
    let (id, token) = granted(&before, "ws2", "cad").await;
    let ask = |id: &str| json!({ "renewals": [{ "lease": id, "token": token }] });
    for (what, path, method, body) in [
        ("renewal", format!("/api/v1/leases/{id}/renewal"), Method::POST, Value::Null),
        ("return", format!("/api/v1/leases/{id}"), Method::DELETE, Value::Null),
        ("renewals", "/api/v1/renewals".to_owned(), Method::POST, ask(&id)),
    ] {
        let restored = TestApp::new().await;
        let strange = restored.holder("AAAAAAAAAAAAAAAAAAAAAA");
        strange
            .send_bytes(Method::POST, &format!("/api/v1/leases/{id}/renewal"), None, Vec::new())
            .await;
        let (first, _) = granted(&restored, "ws3", "cad").await;
        assert_eq!(first, "L-0000000000001", "{what}: a wrong token shows nothing");

        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let kind = (!bytes.is_empty()).then_some("application/json");
        let asked = restored.holder(&token).send_bytes(method, &path, kind, bytes).await;
        assert!(asked.text.contains("lease-unknown"), "{what}: {}", asked.text);
        let denied = restored.anonymous().post("/api/v1/leases", checkout("ws4", "cad", 1)).await;
        assert!(denied.text.contains("container-rolled-back"), "{what}: {}", denied.text);
        // Its number goes to nobody else.
        restored.clock.advance(Duration::from_secs(902));
        let (next, _) = granted(&restored, "ws4", "cad").await;
        assert!(next > id, "{what}: {next}");
    }
}
