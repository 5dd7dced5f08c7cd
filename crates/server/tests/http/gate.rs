//! What happens before routing: host names, origins, headers, limits.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use expect_test::expect;

use crate::app::{TestApp, checkout};

fn with_headers(method: Method, uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn other_hosts_are_turned_away_before_routing() {
    let app = TestApp::empty(|_| ());
    let mut table = String::new();
    for (uri, headers) in [
        ("/version", &[("host", "localhost")][..]),
        ("/version", &[("host", "127.0.0.1:7070")]),
        ("/version", &[("host", "evil.example")]),
        ("/version", &[("host", "localhost:7070@evil.example")]),
        ("/version", &[]),
        ("/version", &[("host", "localhost"), ("host", "localhost")]),
        ("http://evil.example/version", &[("host", "localhost")]),
        ("http://localhost/version", &[("host", "localhost")]),
        ("/nothing", &[("host", "evil.example")]),
    ] {
        let answer = app.send(with_headers(Method::GET, uri, headers)).await;
        table.push_str(&format!("{} {uri} {headers:?}\n", answer.status.as_u16()));
    }
    expect![[r#"
        200 /version [("host", "localhost")]
        200 /version [("host", "127.0.0.1:7070")]
        421 /version [("host", "evil.example")]
        421 /version [("host", "localhost:7070@evil.example")]
        421 /version []
        421 /version [("host", "localhost"), ("host", "localhost")]
        421 http://evil.example/version [("host", "localhost")]
        200 http://localhost/version [("host", "localhost")]
        421 /nothing [("host", "evil.example")]
    "#]]
    .assert_eq(&table);
    let problem =
        app.send(with_headers(Method::GET, "/version", &[("host", "evil.example")])).await;
    expect![[r#"
        421 application/problem+json
        {
          "code": "misdirected",
          "detail": "The Host header names another server. If the name is right, add it to `allowed_hosts` in the configuration.",
          "status": 421,
          "title": "This server does not answer to that host name",
          "type": "/problems/misdirected"
        }
    "#]].assert_eq(&problem.show());
}

#[tokio::test]
async fn state_changes_from_other_sites_are_refused() {
    let app = TestApp::new().await;
    let mut table = String::new();
    for (name, value) in [
        ("origin", "http://localhost"),
        ("origin", "https://localhost"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "cross-site"),
        ("x-nothing", "special"),
    ] {
        let body = checkout("ws1", "viewer", 1).to_string().into_bytes();
        let mut request =
            app.anonymous().request(Method::POST, "/api/v1/leases", Some("application/json"), body);
        request.headers_mut().insert(name, value.parse().expect("a header"));
        let status = app.send(request).await.status;
        table.push_str(&format!("POST {name}: {value} -> {}\n", status.as_u16()));
        let read = with_headers(Method::GET, "/version", &[("host", "localhost"), (name, value)]);
        assert_eq!(app.send(read).await.status, StatusCode::OK, "reading changes nothing");
    }
    expect![[r#"
        POST origin: http://localhost -> 201
        POST origin: https://localhost -> 201
        POST origin: http://evil.example -> 403
        POST origin: null -> 403
        POST sec-fetch-site: same-origin -> 201
        POST sec-fetch-site: cross-site -> 403
        POST x-nothing: special -> 201
    "#]]
    .assert_eq(&table);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_no_cors() {
    let app = TestApp::empty(|_| ());
    for path in ["/version", "/nothing", "/api/v1/users", "/openapi.json", "/metrics"] {
        let answer = app.anonymous().get(path).await;
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(
            header("content-security-policy"),
            Some("default-src 'self'; frame-ancestors 'none'")
        );
        assert_eq!(header("x-frame-options"), Some("DENY"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn too_many_requests_at_once_are_shed() {
    let app = TestApp::empty(|options| options.limits.in_flight_max = 0);
    let answer = app.anonymous().get("/version").await;
    expect![[r#"
        503 application/problem+json
        {
          "code": "overloaded",
          "detail": "Too many requests at once. Try again in a moment.",
          "status": 503,
          "title": "The server is busy",
          "type": "/problems/overloaded"
        }
    "#]]
    .assert_eq(&answer.show());
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn a_stopped_engine_answers_503_and_health_says_so() {
    let app = TestApp::new().await;
    app.engine.stop();
    let answer = app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    expect![[r#"
        503 application/problem+json
        {
          "code": "stopping",
          "detail": "The server is stopping.",
          "status": 503,
          "title": "The server is stopping",
          "type": "/problems/stopping"
        }
    "#]]
    .assert_eq(&answer.show());
    let health = app.anonymous().get("/health").await;
    expect![[r#"
        503 application/json
        {
          "ledger": "writable",
          "reason": "the server is stopping",
          "sequence": 1,
          "status": "stopping"
        }
    "#]]
    .assert_eq(&health.show());
}

#[tokio::test]
async fn health_metrics_and_version_need_no_login() {
    let app = TestApp::new().await;
    app.anonymous().post("/api/v1/leases", checkout("ws1", "cad", 1)).await;
    app.anonymous().post("/api/v1/leases", checkout("ws1", "nothing", 1)).await;
    expect![[r#"
        200 application/json
        {
          "container": {
            "certified": true,
            "clock_behind": false,
            "items": 7,
            "revoked": false,
            "suspended": false
          },
          "ledger": "writable",
          "sequence": 3,
          "status": "ok"
        }
    "#]]
    .assert_eq(&app.anonymous().get("/health").await.show());
    expect![[r#"
        200 application/json
        {
          "api": "v1",
          "name": "tenure",
          "version": "0.1.0"
        }
    "#]]
    .assert_eq(&app.anonymous().get("/version").await.show());
    let metrics = app.anonymous().get("/metrics").await.text;
    let names: Vec<&str> =
        metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    expect![[r#"
        tenure_http_requests counter
        tenure_http_request_seconds histogram
        tenure_http_panics counter
        tenure_connections_refused counter
        tenure_logins_failed counter
        tenure_connections gauge
        tenure_commits counter
        tenure_commands counter
        tenure_commands_refused counter
        tenure_commands_replayed counter
        tenure_commands_shed counter
        tenure_commit_failures counter
        tenure_commit_microseconds counter
        tenure_queue_depth gauge
        tenure_idempotency_keys gauge
        tenure_ledger_sequence gauge
        tenure_degraded gauge
        tenure_seats gauge
        tenure_seats_used gauge
        tenure_seats_available gauge
        tenure_seats_reserved gauge
        tenure_seats_reserved_idle gauge
        tenure_seats_overdraft_used gauge
        tenure_seats_borrowed gauge
        tenure_leases gauge
        tenure_devices gauge
        tenure_ticket_polls gauge
        tenure_denials_kept gauge"#]]
    .assert_eq(&names.join("\n"));
    let mut seats: Vec<&str> = metrics
        .lines()
        .filter(|line| line.contains("\"cad\"") || line.contains("reason="))
        .collect();
    seats.sort_unstable();
    expect![[r#"
        tenure_denials_kept{reason="unknown-feature"} 1
        tenure_seats_available{feature="cad",version="1.0"} 1
        tenure_seats_available{feature="cad",version="2.0"} 3
        tenure_seats_borrowed{feature="cad",version="1.0"} 0
        tenure_seats_borrowed{feature="cad",version="2.0"} 0
        tenure_seats_overdraft_used{feature="cad",version="1.0"} 0
        tenure_seats_overdraft_used{feature="cad",version="2.0"} 0
        tenure_seats_reserved_idle{feature="cad",version="1.0"} 0
        tenure_seats_reserved_idle{feature="cad",version="2.0"} 0
        tenure_seats_reserved{feature="cad",version="1.0"} 0
        tenure_seats_reserved{feature="cad",version="2.0"} 0
        tenure_seats_used{feature="cad",version="1.0"} 1
        tenure_seats_used{feature="cad",version="2.0"} 0
        tenure_seats{feature="cad",version="1.0"} 2
        tenure_seats{feature="cad",version="2.0"} 3"#]]
    .assert_eq(&seats.join("\n"));
    let head = app.anonymous().send_bytes(Method::HEAD, "/health", None, Vec::new()).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}
