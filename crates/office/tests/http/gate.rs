//! What every request and every answer passes: hosts, origins, security headers, pages beside the API.

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::routing::{get, post};
use expect_test::expect;
use tenure_shell::pages::Pages;
use tower::ServiceExt;

use crate::office::TestOffice;

#[tokio::test]
async fn foreign_hosts_and_foreign_pages_are_refused() {
    let office = TestOffice::new();
    let mut request = office.owner().request(Method::GET, "/health", None, Vec::new());
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("evil.example"));
    assert_eq!(office.send(request).await.problem(), "421 misdirected");
    let mut request = office.owner().request(Method::POST, "/api/v1/logout", None, Vec::new());
    request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("http://evil.example"));
    assert_eq!(office.send(request).await.problem(), "403 cross-site");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let office = TestOffice::new();
    for path in ["/health", "/nothing/here", "/api/v1/users"] {
        let answer = office.anonymous().get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
    }
    assert_eq!(office.anonymous().get("/nothing/here").await.problem(), "404 no-such-path");
}

#[tokio::test]
async fn pages_stand_beside_the_api_and_say_their_own_policy() {
    let page = || async { ([("referrer-policy", "same-origin")], "a page") };
    let router = Router::new().route("/portal", get(page)).route("/portal/bridge", post(page));
    let TestOffice { server, engine: _engine, .. } = TestOffice::new();
    let problem = |problem: &tenure_api::Problem| format!("<p>{}</p>", problem.code);
    let pages = Pages { router, open_to_other_sites: &["/portal/bridge"], problem };
    let shell = server.with_pages(pages).service();
    let ask = async |method: Method, path: &str| {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::ORIGIN, "https://device.example")
            .body(axum::body::Body::empty())
            .expect("a request");
        shell.clone().oneshot(request).await.expect("an answer")
    };
    let answer = ask(Method::GET, "/portal").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
    assert_eq!(ask(Method::POST, "/portal/bridge").await.status(), StatusCode::OK);
    assert_eq!(ask(Method::POST, "/api/v1/logout").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(ask(Method::GET, "/version").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_browser_gets_problems_as_pages_and_programs_as_problems() {
    let TestOffice { server, engine: _engine, .. } = TestOffice::new();
    let problem = |problem: &tenure_api::Problem| format!("<p>{}</p>", problem.code);
    let pages = Pages { router: Router::new(), open_to_other_sites: &[], problem };
    let shell = server.with_pages(pages).service();
    let mut table = String::new();
    for (method, path, host, accept) in [
        (Method::GET, "/nowhere", "localhost", "text/html,application/xhtml+xml,*/*;q=0.8"),
        (Method::GET, "/nowhere", "localhost", "application/json"),
        (Method::GET, "/nowhere", "localhost", "*/*"),
        (Method::GET, "/nowhere", "evil.example", "text/html"),
        (Method::POST, "/health", "localhost", "text/html"),
        (Method::GET, "/health", "localhost", "text/html"),
        (Method::GET, "/api/v1/nowhere", "localhost", "text/html"),
        (Method::GET, "/api/v1/users", "localhost", "text/html"),
    ] {
        let request = axum::http::Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, accept)
            .body(axum::body::Body::empty())
            .expect("a request");
        let answer = shell.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.headers()["x-frame-options"], "DENY");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let kind = answer.headers()["content-type"].to_str().expect("ASCII").to_owned();
        let status = answer.status().as_u16();
        table.push_str(&format!("{method} {host}{path} {accept}\n  {status} {kind}\n"));
    }
    expect![[r#"
        GET localhost/nowhere text/html,application/xhtml+xml,*/*;q=0.8
          404 text/html; charset=utf-8
        GET localhost/nowhere application/json
          404 application/problem+json
        GET localhost/nowhere */*
          404 application/problem+json
        GET evil.example/nowhere text/html
          421 text/html; charset=utf-8
        POST localhost/health text/html
          405 text/html; charset=utf-8
        GET localhost/health text/html
          200 application/json
        GET localhost/api/v1/nowhere text/html
          404 application/problem+json
        GET localhost/api/v1/users text/html
          401 application/problem+json
    "#]]
    .assert_eq(&table);
}
