//! Every route of the API with every role, under snapshot: none is forgotten, none is open by accident.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use expect_test::{expect, expect_file};
use serde_json::Value;

use crate::app::{Actor, Answer, TestApp};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

async fn description(app: &TestApp) -> Value {
    app.anonymous().get("/openapi.json").await.json()
}

/// Every operation: method, path as described, the roles it names.
fn operations(api: &Value) -> Vec<(String, String, Value)> {
    let paths = api["paths"].as_object().expect("paths");
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                all.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    all
}

/// A path with something in the place of each parameter.
fn concrete(path: &str) -> String {
    let path = path
        .replace("{type}", "STRING")
        .replace("{value}", "ws1")
        .replace("/leases/{id}", "/leases/L-0000000000001")
        .replace("/usage/{id}", "/usage/U-1")
        .replace("/denials/{id}", "/denials/D-1")
        .replace("/tickets/{id}", "/tickets/T-1")
        .replace("/what-if/{id}", "/what-if/W-1")
        .replace("{id}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .replace("{name}", "nobody")
        .replace("{version}", "1");
    match path.as_str() {
        "/api/v1/history" => format!("{path}?at=2026-11-22T00:00:00Z"),
        "/api/v1/usage/history" => format!("{path}?feature=cad"),
        _ => path,
    }
}

async fn ask(actor: &Actor<'_>, method: &str, path: &str) -> Answer {
    let method: Method = method.parse().expect("a method");
    let body =
        if method == Method::GET || method == Method::DELETE { Vec::new() } else { b"{}".to_vec() };
    actor.send_bytes(method, &concrete(path), Some("application/json"), body).await
}

fn verdict(answer: &Answer) -> &'static str {
    let code = answer.json_code();
    match (answer.status, code.as_deref()) {
        (StatusCode::UNAUTHORIZED, Some("login-required")) => "401",
        (StatusCode::UNAUTHORIZED, Some("token-required")) => "token",
        (StatusCode::FORBIDDEN, Some("missing-role")) => "403",
        (StatusCode::NOT_FOUND, Some("no-such-path")) | (StatusCode::METHOD_NOT_ALLOWED, _) => {
            "MISSING"
        }
        (status, _) if status.is_server_error() => "FAILED",
        _ => "yes",
    }
}

#[tokio::test]
async fn every_route_and_every_role() {
    let app = TestApp::new().await;
    let api = description(&app).await;
    const ROLES: [&str; 5] = ["read", "reservations", "drop-device", "offline", "admin"];
    for role in ROLES {
        app.user(role, &[role]).await;
    }
    let mut table = format!("{:52}{:6}", "", "none");
    ROLES.iter().for_each(|role| table.push_str(&format!("{role:13}")));
    table.push('\n');
    for (method, path, _) in operations(&api) {
        let mut line = format!("{method:7}{path:45}");
        line.push_str(&format!("{:6}", verdict(&ask(&app.anonymous(), &method, &path).await)));
        for role in ROLES {
            // A new session each time: some of the routes end sessions.
            let actor = app.login(role).await;
            line.push_str(&format!("{:13}", verdict(&ask(&actor, &method, &path).await)));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    assert!(!table.contains("MISSING"), "described and not routed:\n{table}");
    assert!(!table.contains("FAILED"), "a server error:\n{table}");
    expect![[r#"
                                                            none  read         reservations drop-device  offline      admin        
        GET    /api/v1/chain                                yes   yes          yes          yes          yes          yes
        GET    /api/v1/client-keys                          401   403          403          403          403          yes
        POST   /api/v1/client-keys                          401   403          403          403          403          yes
        DELETE /api/v1/client-keys/{id}                     401   403          403          403          403          yes
        GET    /api/v1/container                            401   yes          yes          yes          yes          yes
        GET    /api/v1/container/context                    401   403          403          403          yes          yes
        GET    /api/v1/container/items                      401   yes          yes          yes          yes          yes
        GET    /api/v1/container/receipt                    401   403          403          403          yes          yes
        POST   /api/v1/container/update                     401   403          403          403          yes          yes
        GET    /api/v1/denials                              401   yes          yes          yes          yes          yes
        GET    /api/v1/denials/{id}                         401   yes          yes          yes          yes          yes
        GET    /api/v1/denials/{id}/explanation             401   yes          yes          yes          yes          yes
        GET    /api/v1/devices                              401   yes          yes          yes          yes          yes
        GET    /api/v1/devices/{type}/{value}               401   yes          yes          yes          yes          yes
        DELETE /api/v1/devices/{type}/{value}               401   403          403          yes          403          yes
        PUT    /api/v1/devices/{type}/{value}/features      yes   yes          yes          yes          yes          yes
        GET    /api/v1/devices/{type}/{value}/timeline      401   yes          yes          yes          yes          yes
        GET    /api/v1/features                             401   yes          yes          yes          yes          yes
        GET    /api/v1/features/summary                     401   yes          yes          yes          yes          yes
        GET    /api/v1/features/{name}                      401   yes          yes          yes          yes          yes
        GET    /api/v1/features/{name}/timeline             401   yes          yes          yes          yes          yes
        GET    /api/v1/history                              401   yes          yes          yes          yes          yes
        GET    /api/v1/host-ids                             401   yes          yes          yes          yes          yes
        GET    /api/v1/journal                              401   yes          yes          yes          yes          yes
        GET    /api/v1/journal/verification                 401   yes          yes          yes          yes          yes
        POST   /api/v1/journal/verification                 401   yes          yes          yes          yes          yes
        GET    /api/v1/journal/verify                       401   yes          yes          yes          yes          yes
        GET    /api/v1/leases                               401   yes          yes          yes          yes          yes
        POST   /api/v1/leases                               yes   yes          yes          yes          yes          yes
        GET    /api/v1/leases/{id}                          token yes          yes          yes          yes          yes
        DELETE /api/v1/leases/{id}                          token 403          403          yes          403          yes
        GET    /api/v1/leases/{id}/explanation              401   yes          yes          yes          yes          yes
        POST   /api/v1/leases/{id}/renewal                  token token        token        token        token        token
        POST   /api/v1/login                                yes   yes          yes          yes          yes          yes
        POST   /api/v1/logout                               401   yes          yes          yes          yes          yes
        GET    /api/v1/model                                401   yes          yes          yes          yes          yes
        PUT    /api/v1/model                                401   403          403          403          403          yes
        DELETE /api/v1/model                                401   403          403          403          403          yes
        POST   /api/v1/model/check                          401   yes          yes          yes          yes          yes
        GET    /api/v1/model/diff                           401   yes          yes          yes          yes          yes
        GET    /api/v1/model/history                        401   yes          yes          yes          yes          yes
        GET    /api/v1/model/history/{version}              401   yes          yes          yes          yes          yes
        POST   /api/v1/model/preview                        401   403          403          403          403          yes
        POST   /api/v1/model/rollback                       401   403          403          403          403          yes
        GET    /api/v1/model/what-if                        401   yes          yes          yes          yes          yes
        POST   /api/v1/model/what-if                        401   403          403          403          403          yes
        GET    /api/v1/model/what-if/{id}                   401   yes          yes          yes          yes          yes
        DELETE /api/v1/model/what-if/{id}                   401   403          403          403          403          yes
        GET    /api/v1/office                               401   yes          yes          yes          yes          yes
        POST   /api/v1/office/sync                          401   403          403          403          yes          yes
        GET    /api/v1/overview                             401   yes          yes          yes          yes          yes
        POST   /api/v1/password                             401   yes          yes          yes          yes          yes
        GET    /api/v1/pools                                401   yes          yes          yes          yes          yes
        POST   /api/v1/previews                             yes   yes          yes          yes          yes          yes
        GET    /api/v1/properties                           401   yes          yes          yes          yes          yes
        PATCH  /api/v1/properties                           401   403          403          403          403          yes
        GET    /api/v1/queue                                401   yes          yes          yes          yes          yes
        POST   /api/v1/renewals                             yes   yes          yes          yes          yes          yes
        GET    /api/v1/reservation-groups                   401   yes          yes          yes          yes          yes
        POST   /api/v1/reservation-groups                   401   403          yes          403          403          yes
        POST   /api/v1/reservation-groups/check             401   yes          yes          yes          yes          yes
        GET    /api/v1/reservation-groups/export            401   yes          yes          yes          yes          yes
        POST   /api/v1/reservation-groups/import            401   403          yes          403          403          yes
        GET    /api/v1/reservation-groups/{id}              401   yes          yes          yes          yes          yes
        PUT    /api/v1/reservation-groups/{id}              401   403          yes          403          403          yes
        DELETE /api/v1/reservation-groups/{id}              401   403          yes          403          403          yes
        POST   /api/v1/resume                               401   403          403          403          403          yes
        GET    /api/v1/setup                                yes   yes          yes          yes          yes          yes
        POST   /api/v1/setup                                yes   yes          yes          yes          yes          yes
        GET    /api/v1/status                               401   yes          yes          yes          yes          yes
        POST   /api/v1/suspend                              401   403          403          403          403          yes
        GET    /api/v1/tickets/{id}                         token token        token        token        token        token
        DELETE /api/v1/tickets/{id}                         token 403          403          yes          403          yes
        POST   /api/v1/usage                                yes   yes          yes          yes          yes          yes
        GET    /api/v1/usage-reports                        401   403          403          403          yes          yes
        POST   /api/v1/usage-reports                        401   403          403          403          yes          yes
        GET    /api/v1/usage-reports/{to_sequence}          401   403          403          403          yes          yes
        POST   /api/v1/usage/batch                          yes   yes          yes          yes          yes          yes
        GET    /api/v1/usage/history                        401   yes          yes          yes          yes          yes
        POST   /api/v1/usage/{id}/undo                      token 403          403          403          403          yes
        GET    /api/v1/users                                401   403          403          403          403          yes
        POST   /api/v1/users                                401   403          403          403          403          yes
        PATCH  /api/v1/users/{name}                         401   403          403          403          403          yes
        DELETE /api/v1/users/{name}                         401   403          403          403          403          yes
        GET    /health                                      yes   yes          yes          yes          yes          yes
        GET    /metrics                                     yes   yes          yes          yes          yes          yes
        GET    /openapi.json                                yes   yes          yes          yes          yes          yes
        GET    /version                                     yes   yes          yes          yes          yes          yes
    "#]].assert_eq(&table);
}

#[tokio::test]
async fn the_description_names_the_roles_that_the_routes_demand() {
    let app = TestApp::new().await;
    let api = description(&app).await;
    for (method, path, operation) in operations(&api) {
        let security = operation["security"].as_array().cloned().unwrap_or_default();
        let demands: Vec<&Value> = security.iter().filter_map(|one| one.get("bearer")).collect();
        let open = verdict(&ask(&app.anonymous(), &method, &path).await);
        let expected =
            if demands.is_empty() { open != "401" } else { open == "401" || open == "token" };
        assert!(
            expected,
            "{method} {path}: anonymous gets {open}, the description says {security:?}"
        );
    }
}

#[tokio::test]
async fn every_operation_lists_its_problems() {
    let app = TestApp::new().await;
    let api = description(&app).await;
    assert_eq!(api["openapi"], "3.1.0");
    let mut ids = BTreeMap::new();
    for (method, path, operation) in operations(&api) {
        for status in ["400", "421", "500", "503"] {
            let content = &operation["responses"][status]["content"];
            let is_problem = content["application/problem+json"].is_object() || path == "/health";
            assert!(is_problem, "{method} {path} has no problem for {status}");
        }
        let id = operation["operationId"].as_str().expect("an operation has an ID").to_owned();
        let before = ids.insert(id.clone(), path.clone());
        assert_eq!(before, None, "operation ID {id} is used twice");
        assert!(operation["summary"].is_string(), "{method} {path} has no summary");
    }
    expect!["88 operations"].assert_eq(&format!("{} operations", ids.len()));
}

#[tokio::test]
async fn generated_openapi_json_is_current() {
    let app = TestApp::empty(|_| ());
    let text = serde_json::to_string_pretty(&description(&app).await).expect("JSON");
    expect_file!["../../../../docs/openapi.json"].assert_eq(&format!("{text}\n"));
}

#[tokio::test]
async fn planes_listen_apart() {
    let app = TestApp::new().await;
    use tenure_server::Plane;
    use tower::ServiceExt;
    for (plane, path, there) in [
        (Plane::Client, "/api/v1/chain", true),
        (Plane::Client, "/api/v1/users", false),
        (Plane::Client, "/api/v1/login", false),
        (Plane::Admin, "/api/v1/users", true),
        (Plane::Admin, "/api/v1/chain", false),
        (Plane::Admin, "/health", true),
        (Plane::Client, "/health", true),
        (Plane::Both, "/bench/bare", false),
    ] {
        let request = app.owner().request(Method::GET, path, None, Vec::new());
        let status = app.server.service(plane).oneshot(request).await.expect("an answer").status();
        assert_eq!(status != StatusCode::NOT_FOUND, there, "{plane:?} {path}");
    }
}

#[tokio::test]
async fn bench_endpoints_answer_only_when_asked_for() {
    let app = TestApp::empty(|options| options.bench_endpoints = true);
    for path in ["/bench/bare", "/bench/signed"] {
        let answer = app.anonymous().post(path, crate::app::checkout("ws1", "cad", 1)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert!(answer.json()["leases"][0]["document"].is_string());
        let bad = app.anonymous().post(path, serde_json::json!({})).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    }
    let api = description(&app).await;
    assert!(api["paths"].get("/bench/bare").is_none());
}
