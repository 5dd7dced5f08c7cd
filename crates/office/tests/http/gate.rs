//! What every request and every answer passes: hosts, origins, security headers, pages beside the API.

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::routing::{get, post};
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
    let pages = Pages { router, open_to_other_sites: &["/portal/bridge"] };
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
