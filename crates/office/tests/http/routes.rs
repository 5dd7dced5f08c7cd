//! Every route of the API with every role, under snapshot: none is forgotten, none is open by accident.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use expect_test::expect_file;
use serde_json::Value;

use crate::office::{Actor, Answer, TestOffice};

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
const ROLES: [&str; 7] = ["viewer", "support", "fulfil", "catalog", "keys", "auditor", "admin"];

async fn description(office: &TestOffice) -> Value {
    office.anonymous().get("/openapi.json").await.json()
}

/// Every operation: method, path as described, what is described.
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
    path.replace("{name}", "nobody")
        .replace("{serial}", "T-0000-0000-0000")
        .replace("{id}", "1")
        .replace("{line}", "1")
        .replace("{nonce}", "AAAA")
        .replace("{product}", "cad@1.0")
        .replace("{activation}", "A-1")
        .replace("{approval}", "P-1")
        .replace("{group}", "H-1")
        // What is imported decides which role is needed.
        .replace("/imports", "/imports?what=customers")
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
    let office = TestOffice::new();
    let api = description(&office).await;
    for role in ROLES {
        office.user(role, &[role]).await;
    }
    let mut table = format!("{:60}{:6}", "", "none");
    ROLES.iter().for_each(|role| table.push_str(&format!("{role:8}")));
    table.push('\n');
    for (method, path, _) in operations(&api) {
        let mut line = format!("{method:7}{path:53}");
        line.push_str(&format!("{:6}", verdict(&ask(&office.anonymous(), &method, &path).await)));
        for role in ROLES {
            // A new session each time: some of the routes end sessions.
            let actor = office.login(role).await;
            line.push_str(&format!("{:8}", verdict(&ask(&actor, &method, &path).await)));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    assert!(!table.contains("MISSING"), "described and not routed:\n{table}");
    assert!(!table.contains("FAILED"), "a server error:\n{table}");
    expect_file!["./routes.txt"].assert_eq(&table);
}

#[tokio::test]
async fn the_description_names_the_roles_that_the_routes_demand() {
    let office = TestOffice::new();
    let api = description(&office).await;
    for (method, path, operation) in operations(&api) {
        let security = operation["security"].as_array().cloned().unwrap_or_default();
        let demands: Vec<&Value> = security.iter().filter_map(|one| one.get("bearer")).collect();
        let open = verdict(&ask(&office.anonymous(), &method, &path).await);
        let expected = if demands.is_empty() { open != "401" } else { open == "401" };
        assert!(
            expected,
            "{method} {path}: anonymous gets {open}, the description says {security:?}"
        );
    }
}

#[tokio::test]
async fn every_operation_lists_its_problems() {
    let office = TestOffice::new();
    let api = description(&office).await;
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
    assert!(ids.len() >= 10, "{} operations", ids.len());
}

#[tokio::test]
async fn generated_openapi_office_json_is_current() {
    let office = TestOffice::new();
    let text = serde_json::to_string_pretty(&description(&office).await).expect("JSON");
    expect_file!["../../../../docs/openapi-office.json"].assert_eq(&format!("{text}\n"));
}
