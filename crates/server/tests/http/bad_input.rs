//! Bad input: whatever comes in, a problem document goes out and nothing changes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use expect_test::expect;
use hyper::body::Frame;

use crate::app::{TestApp, checkout};

/// One line per request: status, code and detail.
async fn tried(app: &TestApp, requests: &[(&str, &str, &str)]) -> String {
    let mut table = String::new();
    for (kind, path, body) in requests {
        let kind = Some(*kind).filter(|kind| !kind.is_empty());
        let answer =
            app.anonymous().send_bytes(Method::POST, path, kind, body.as_bytes().to_vec()).await;
        let problem = answer.json();
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{body}");
        let shown: String = body.chars().take(60).flat_map(control_escaped).collect();
        table.push_str(&format!(
            "{shown}\n    {} {} {}\n",
            answer.status.as_u16(),
            problem["code"].as_str().unwrap_or("?"),
            problem["detail"].as_str().unwrap_or("?"),
        ));
    }
    table
}

#[tokio::test]
async fn checkouts_that_can_not_be_read() {
    const JSON: &str = "application/json";
    const HOLDER: &str = r#"{"holder":{"host":{"type":"STRING","value":"ws1"}}"#;
    let app = TestApp::new().await;
    let long =
        format!(r#"{{"holder":{{"host":{{"type":"STRING","value":"{}"}}}}}}"#, "x".repeat(300));
    let deep = format!(r#"{HOLDER},"dictionary":{}1{}}}"#, r#"{"a":"#.repeat(200), "}".repeat(200));
    let with = |rest: &str| format!("{HOLDER},{rest}}}");
    let bodies = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{} {}".to_owned(),
        "{\"holder\":\u{0}}".to_owned(),
        with(r#""features":[{"name":"cad","count":0}]"#),
        with(r#""features":[{"name":"cad","count":-1}]"#),
        with(r#""features":[{"name":"cad","count":4294967296}]"#),
        with(r#""features":[{"name":"cad","count":1.5}]"#),
        with(r#""features":[{"name":"cad","version":"two"}]"#),
        with(r#""features":[{"name":"cad","colour":"red"}]"#),
        with(r#""features":[{"version":"1.0"}]"#),
        with(r#""features":[],"features":[]"#),
        with(r#""dictionary":{"k":"1","k":"2"}"#),
        with(r#""borrow":"7 fortnights""#),
        r#"{"holder":{"host":{"type":"PLANET","value":"x"}}}"#.to_owned(),
        r#"{"holder":{"host":{"type":"STRING","value":""}}}"#.to_owned(),
        r#"{"holder":{"host":{"type":"STRING","value":"a\nb"}}}"#.to_owned(),
        long,
        deep,
    ];
    let requests: Vec<_> =
        bodies.iter().map(|body| (JSON, "/api/v1/leases", body.as_str())).collect();
    expect![[r#"

            400 malformed-request The body is not JSON: EOF while parsing a value (line 1, column 0)
        {
            400 malformed-request The body is not JSON: EOF while parsing an object (line 1, column 1)
        null
            400 malformed-request invalid type: null, expected struct CheckoutRequest (line 1, column 4)
        []
            400 malformed-request `[0]`: invalid length 0, expected struct CheckoutRequest with 10 elements (line 1, column 2)
        {} {}
            400 malformed-request missing field `holder` (line 1, column 2)
        {"holder":\u{0}}
            400 malformed-request The body is not JSON: expected value (line 1, column 11)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].count`: `count` is 0: ask for at least one seat (line 1, column 87)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].count`: invalid value: integer `-1`, expected u32 (line 1, column 87)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].count`: invalid value: integer `4294967296`, expected u32 (line 1, column 95)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].count`: invalid type: floating point `1.5`, expected u32 (line 1, column 88)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].version`: "two" is not a version such as 2.0 or 2.1.3 (line 1, column 92)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0].colour`: unknown field `colour`, expected one of `name`, `version`, `count`, `partial` (line 1, column 85)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features[0]`: missing field `name` (line 1, column 80)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"features
            400 malformed-request `features`: duplicate field `features` (line 1, column 75)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"dictiona
            400 malformed-request member "k" stands twice in one object
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"borrow":
            400 malformed-request `borrow`: `7 fortnights` is not a length of time: write seconds (`900`) or a number with a unit (`90s`, `15m`, `8h`, `7d`, `2w`), at most 100 years (line 1, column 74)
        {"holder":{"host":{"type":"PLANET","value":"x"}}}
            400 malformed-request `holder.host.type`: not a host ID type; known are STRING, ETHERNET, VM_UUID, INTERNET, INTERNET6, USER, PUBLISHER_DEFINED, CONTAINER_ID, EXTENDED (line 1, column 34)
        {"holder":{"host":{"type":"STRING","value":""}}}
            400 malformed-request `holder.host.value`: a name must have 1 to 256 characters (line 1, column 46)
        {"holder":{"host":{"type":"STRING","value":"a\nb"}}}
            400 malformed-request `holder.host.value`: a name must not hold control characters (line 1, column 50)
        {"holder":{"host":{"type":"STRING","value":"xxxxxxxxxxxxxxxx
            400 malformed-request `holder.host.value`: a name must have 1 to 256 characters (line 1, column 346)
        {"holder":{"host":{"type":"STRING","value":"ws1"}},"dictiona
            400 malformed-request `dictionary.a`: invalid type: map, expected a string, a whole number or an array of them (line 1, column 70)
    "#]].assert_eq(&tried(&app, &requests).await);
    let good = checkout("ws1", "cad", 1).to_string();
    let kinds: Vec<_> =
        ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
            .iter()
            .map(|kind| (*kind, "/api/v1/leases", good.as_str()))
            .collect();
    expect![[r#"
        {"features":[{"count":1,"name":"cad","version":"1.0"}],"hold
            415 unsupported-media-type Send the body as `Content-Type: application/json`.
        {"features":[{"count":1,"name":"cad","version":"1.0"}],"hold
            415 unsupported-media-type Send the body as `Content-Type: application/json`.
        {"features":[{"count":1,"name":"cad","version":"1.0"}],"hold
            415 unsupported-media-type Send the body as `Content-Type: application/json`.
        {"features":[{"count":1,"name":"cad","version":"1.0"}],"hold
            415 unsupported-media-type Send the body as `Content-Type: application/json`.
    "#]]
    .assert_eq(&tried(&app, &kinds).await);
    assert_eq!(app.owner().get("/api/v1/leases").await.json()["total"], 0);
}

#[tokio::test]
async fn requests_the_rules_refuse() {
    let app = TestApp::new().await;
    let mut table = String::new();
    for (feature, version, count) in [
        ("nothing", "1.0", 1),
        ("CAD", "1.0", 1),
        ("cad", "3.0", 1),
        ("cad", "1.0", u32::MAX),
        ("render", "1.0", 1),
        ("", "1.0", 1),
    ] {
        let mut body = checkout("ws1", feature, count);
        body["features"][0]["version"] = version.into();
        let answer = app.anonymous().post("/api/v1/leases", body).await;
        let problem = answer.json();
        table.push_str(&format!(
            "{feature} {version} x{count}: {} {} {}\n",
            answer.status.as_u16(),
            problem["code"],
            problem["detail"]
        ));
    }
    expect![[r#"
        nothing 1.0 x1: 409 "unknown-feature" "this server has no license for \"nothing\""
        CAD 1.0 x1: 409 "unknown-feature" "this server has no license for \"CAD\""
        cad 3.0 x1: 409 "version-too-low" "the license for \"cad\" does not cover version 3.0"
        cad 1.0 x4294967295: 422 "bad-request" "Feature \"cad\": count must be from 1 to 1000000."
        render 1.0 x1: 409 "metered-feature" "\"render\" is metered: it is used up, not held"
         1.0 x1: 422 "bad-request" "The name of a feature must have 1 to 1024 bytes and no control characters."
    "#]].assert_eq(&table);
}

#[tokio::test]
async fn a_request_says_only_so_much_of_its_asker() {
    let app = TestApp::new().await;
    let mut body = checkout("ws1", "nothing", 1);
    body["features"] = vec![body["features"][0].clone(); 256].into();
    body["dictionary"] = serde_json::json!({"groups": vec!["x".repeat(1_000); 17]});
    let answer = app.anonymous().post("/api/v1/leases", body).await;
    expect![[r#"
        422 application/problem+json
        {
          "code": "bad-request",
          "detail": "dictionary: at most 16384 bytes in all, keys and texts.",
          "status": 422,
          "title": "Refused",
          "type": "/problems/bad-request"
        }
    "#]]
    .assert_eq(&answer.show());
}

#[tokio::test]
async fn huge_bodies_are_refused_announced_or_not() {
    let app = TestApp::new().await;
    let announced = app
        .anonymous()
        .send_bytes(
            Method::POST,
            "/api/v1/leases",
            Some("application/json"),
            vec![b' '; 10 * 1024 * 1024],
        )
        .await;
    expect![[r#"
        413 application/problem+json
        {
          "code": "body-too-large",
          "detail": "A body may have at most 1048576 bytes.",
          "status": 413,
          "title": "The body is too large",
          "type": "/problems/body-too-large"
        }
    "#]]
    .assert_eq(&announced.show());
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/leases")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Body::new(Trickle { chunks: Some(160) }))
        .expect("a request");
    assert_eq!(app.send(request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let app = TestApp::empty(|options| options.limits.body_timeout = Duration::from_secs(1));
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/leases")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Body::new(Trickle { chunks: None }))
        .expect("a request");
    expect![[r#"
        408 application/problem+json
        {
          "code": "slow-request",
          "detail": "The body must arrive within 1 seconds.",
          "status": 408,
          "title": "The request took too long to arrive",
          "type": "/problems/slow-request"
        }
    "#]]
    .assert_eq(&app.send(request).await.show());
}

#[tokio::test]
async fn unknown_paths_methods_and_parameters() {
    let app = TestApp::new().await;
    expect![[r#"
        404 application/problem+json
        {
          "code": "no-such-path",
          "detail": "There is nothing at `/api/v2/leases`. GET /openapi.json lists what there is.",
          "status": 404,
          "title": "There is nothing here",
          "type": "/problems/no-such-path"
        }
    "#]]
    .assert_eq(&app.owner().get("/api/v2/leases").await.show());
    let wrong = app.owner().json(Method::PUT, "/api/v1/leases", serde_json::json!({})).await;
    expect![[r#"
        405 application/problem+json
        {
          "code": "method-not-allowed",
          "detail": "`PUT` is not possible here; `Allow` lists what is.",
          "status": 405,
          "title": "This path does not take this method",
          "type": "/problems/method-not-allowed"
        }
    "#]]
    .assert_eq(&wrong.show());
    assert_eq!(wrong.headers["allow"], "POST,GET,HEAD");
    for path in [
        "/api/v1/leases?colour=red",
        "/api/v1/leases?page=0",
        "/api/v1/leases?size=100000",
        "/api/v1/leases?page=x",
        "/api/v1/leases?sort=colour",
        "/api/v1/features/cad?page=1",
        "/api/v1/history",
        "/api/v1/history?at=yesterday",
        "/health?verbose=1",
    ] {
        let answer = app.owner().get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
        assert_eq!(answer.json()["code"], "bad-parameter", "{path}");
    }
    expect![[r#"
        400 application/problem+json
        {
          "code": "bad-parameter",
          "detail": "colour: unknown field `colour`, expected one of `page`, `size`, `sort`, `q`, `feature`",
          "status": 400,
          "title": "A query parameter is not understood",
          "type": "/problems/bad-parameter"
        }
    "#]].assert_eq(&app.owner().get("/api/v1/leases?colour=red").await.show());
    expect![[r#"
        400 application/problem+json
        {
          "code": "bad-parameter",
          "detail": "`sort` takes one of id, granted_at, expires_at, feature, version, count, holder, user, with `-` before it for descending.",
          "status": 400,
          "title": "A query parameter is not understood",
          "type": "/problems/bad-parameter"
        }
    "#]].assert_eq(&app.owner().get("/api/v1/leases?sort=colour").await.show());
}

#[tokio::test]
async fn a_filter_that_a_list_does_not_know_is_refused() {
    let app = TestApp::new().await;
    let filters =
        ["feature=cad", "from=2026-01-01T00:00:00Z", "to=2030-01-01T00:00:00Z", "q=a", "page=1"];
    let mut table = String::new();
    for list in [
        "journal",
        "denials",
        "leases",
        "queue",
        "features",
        "features/summary",
        "devices",
        "pools",
        "container/items",
        "reservation-groups",
        "model/history",
        "users",
        "client-keys",
        "properties",
        "usage-reports",
    ] {
        table.push_str(list);
        for filter in filters {
            let answer = app.owner().get(&format!("/api/v1/{list}?{filter}")).await;
            let (name, _) = filter.split_once('=').expect("a filter");
            match answer.status {
                StatusCode::OK => table.push_str(&format!(" {name}")),
                _ => assert_eq!(
                    answer.json_code().as_deref(),
                    Some("bad-parameter"),
                    "{list} {name}"
                ),
            }
        }
        table.push('\n');
    }
    expect![[r#"
        journal feature from to q page
        denials feature from to q page
        leases feature q page
        queue feature q page
        features feature q page
        features/summary feature q page
        devices feature q page
        pools feature q page
        container/items feature q page
        reservation-groups feature q page
        model/history q page
        users q page
        client-keys q page
        properties q page
        usage-reports q page
    "#]]
    .assert_eq(&table);
}

#[tokio::test]
async fn the_same_header_twice_is_refused() {
    let app = TestApp::new().await;
    for name in ["authorization", "idempotency-key", "content-type"] {
        let body = checkout("ws1", "cad", 1).to_string().into_bytes();
        let mut request =
            app.anonymous().request(Method::POST, "/api/v1/leases", Some("application/json"), body);
        request.headers_mut().append(name, "a".parse().expect("a header"));
        request.headers_mut().append(name, "b".parse().expect("a header"));
        let answer = app.send(request).await;
        // Nobody reads credentials for a checkout.
        let refused = name != "authorization";
        assert_eq!(answer.status.is_client_error(), refused, "{name}: {}", answer.text);
    }
}

/// A body of `0` more chunks, or one that says nothing and never ends.
struct Trickle {
    chunks: Option<usize>,
}

impl hyper::body::Body for Trickle {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.chunks {
            None => Poll::Pending,
            Some(0) => Poll::Ready(None),
            Some(left) => {
                self.chunks = Some(left - 1);
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; 64 * 1024])))))
            }
        }
    }
}

/// Control characters as text, so that the snapshot stays text.
fn control_escaped(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}
