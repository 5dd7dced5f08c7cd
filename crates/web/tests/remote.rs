//! Pages whose server is elsewhere: what travels, what comes back, and what is said when nothing does.
//!
//! Servers are real sockets on loopback: a router, a socket that never answers, one that speaks TLS.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::response::IntoResponse;
use expect_test::{Expect, expect};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tenure_api::{Problem, TlsTrust};
use tenure_web::{Backend, Remote, RemoteOptions};

/// Serves a router on loopback; its address.
async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Answers every connection with the same bytes, inside TLS where a certificate is given.
fn canned(answer: &'static str, tls: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = format!("{scheme}://{}", listener.local_addr().expect("bound"));
    let config = tls.map(tls_config);
    thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            match &config {
                Some(config) => {
                    let connection = ServerConnection::new(config.clone()).expect("TLS");
                    converse(StreamOwned::new(connection, socket), answer);
                }
                None => converse(socket, answer),
            }
        }
    });
    address
}

fn tls_config(made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.expect("TLS").with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.expect("a certificate"))
}

fn converse(mut socket: impl Read + Write, answer: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // A hello of TLS, where plain HTTP is spoken, has no such end.
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.first() != Some(&0x16) {
        match socket.read(&mut buffer) {
            Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    let _ = socket.write_all(answer.as_bytes());
    let _ = socket.flush();
}

fn remote(address: &str, change: impl FnOnce(&mut RemoteOptions)) -> Remote {
    let mut options = RemoteOptions::new(address);
    change(&mut options);
    Remote::new(options).expect("the options are right")
}

fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).expect("a request")
}

/// What a page would say of the answer, with the address taken out.
async fn said(remote: &Remote, path: &str) -> String {
    let answer = remote.call(get(path)).await;
    let problem: Problem = serde_json::from_slice(answer.body()).expect("a problem document");
    assert_eq!(answer.status().as_u16(), problem.status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let text =
        format!("{} {}: {}. {}", problem.status, problem.code, problem.title, problem.detail);
    assert!(text.contains(remote.address()), "{text}");
    text.replace(remote.address(), "ADDRESS")
}

async fn check(remote: &Remote, expected: Expect) {
    expected.assert_eq(&said(remote, "/api/v1/features").await);
}

async fn mirror(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let mut lines = vec![format!("{method} {uri}")];
    let told = headers.iter().filter(|(name, _)| !["host", "user-agent"].contains(&name.as_str()));
    let mut told: Vec<_> = told.map(|(name, value)| format!("{name}: {value:?}")).collect();
    told.sort();
    lines.extend(told);
    lines.push(String::from_utf8_lossy(&body).into_owned());
    let headers = [
        ("content-type", "text/csv"),
        ("etag", "\"7\""),
        ("retry-after", "3"),
        ("content-disposition", "attachment; filename=\"list.csv\""),
        ("set-cookie", "theirs=1"),
    ];
    (StatusCode::ACCEPTED, headers, lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_travels_with_its_own_headers_and_no_others() {
    let remote = remote(&served(Router::new().fallback(mirror)).await, |_| ());
    let request = Request::put("/api/v1/x/a%2Fb?page=2&q=a%20b")
        .header("host", "localhost")
        .header("accept", "application/json, text/plain")
        .header("authorization", "Bearer secret")
        .header("content-type", "application/json")
        .header("idempotency-key", "once")
        .header("if-match", "\"3\"")
        .header("cookie", "tenure_manager=session")
        .header("x-forwarded-for", "10.0.0.1")
        .body(Bytes::from_static(b"{}"))
        .expect("a request");
    let answer = remote.call(request).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let mut headers: Vec<_> =
        answer.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    expect![[r#"
        content-disposition: "attachment; filename=\"list.csv\""
        content-type: "text/csv"
        etag: "\"7\""
        retry-after: "3""#]]
    .assert_eq(&headers.join("\n"));
    expect![[r#"
        PUT /api/v1/x/a%2Fb?page=2&q=a%20b
        accept: "application/json, text/plain"
        authorization: "Bearer secret"
        content-length: "2"
        content-type: "application/json"
        idempotency-key: "once"
        if-match: "\"3\""
        {}"#]]
    .assert_eq(&String::from_utf8_lossy(answer.body()));
    for method in [Method::DELETE, Method::POST, Method::PATCH] {
        let request = Request::builder().method(method.clone()).uri("/api/v1/x");
        let answer = remote.call(request.body(Bytes::new()).expect("a request")).await;
        assert!(answer.body().starts_with(format!("{method} /api/v1/x\n").as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_server_comes_through_as_it_is() {
    const NO: &str = r#"{"type":"/problems/no-seats","title":"No","status":409,"code":"no-seats"}"#;
    const HEADERS: [(&str, &str); 2] =
        [("retry-after", "9"), ("content-type", "application/problem+json")];
    let no = || async { (StatusCode::CONFLICT, HEADERS, NO) };
    let remote = remote(&served(Router::new().fallback(no)).await, |_| ());
    let answer = remote.call(get("/api/v1/leases")).await;
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::CONFLICT, NO.as_bytes()));
    assert_eq!(answer.headers()["retry-after"], "9");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", free.local_addr().expect("bound"));
    drop(free);
    check(&remote(&address, |_| ()), expect!["502 server-unreachable: The server can’t be reached. ADDRESS gives no answer: nothing listens there. See that the server runs there, that the address and port are right, and that no firewall stands between."]).await;
    let closes = canned("", None);
    check(&remote(&closes, |_| ()), expect!["502 server-unreachable: The server can’t be reached. ADDRESS gives no answer: the connection was closed without an answer. See that the server runs there, that the address and port are right, and that no firewall stands between."]).await;
    let garbage = canned("SSH-2.0-OpenSSH_9.6\r\n", None);
    check(&remote(&garbage, |_| ()), expect!["502 server-unreachable: The server can’t be reached. ADDRESS gives no answer: what came back is not HTTP (an https address, perhaps): http parse fail: invalid HTTP version. See that the server runs there, that the address and port are right, and that no firewall stands between."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_costs_its_time_and_no_more() {
    // Connections wait in the queue of the listener, which nobody ever takes them from.
    let hangs = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", hangs.local_addr().expect("bound"));
    let remote = remote(&address, |options| options.timeout = Duration::from_millis(200));
    check(&remote, expect!["504 server-timed-out: The server takes too long. ADDRESS gave no answer within 200 ms. What was asked for may still happen: look before you send it again."]).await;

    // Whoever is not let through to it is told so in the same time.
    let many = (0..80).map(|_| said(&remote, "/api/v1/features"));
    let mut codes: Vec<String> = futures_of(many)
        .await
        .iter()
        .map(|text| text.split(':').next().unwrap_or_default().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    assert!(
        codes.iter().all(|code| ["503 server-busy", "504 server-timed-out"].contains(&&code[..])),
        "{codes:?}"
    );
    assert!(codes.contains(&"503 server-busy".to_owned()), "{codes:?}");
}

/// All of them at the same time.
async fn futures_of<F: Future<Output = String>>(all: impl Iterator<Item = F>) -> Vec<String> {
    let mut under_way: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        under_way.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(text) => {
                done.push(text);
                false
            }
            std::task::Poll::Pending => true,
        });
        if under_way.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let large = || async { vec![b' '; (16 << 20) + 1] };
    let remote = remote(&served(Router::new().fallback(large)).await, |_| ());
    check(&remote, expect!["502 answer-too-large: The answer is too large to be shown. ADDRESS answered with more than 16 MiB. Narrow the list with a search or a filter, or use the command line."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn something_else_at_the_address() {
    let page = canned(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        None,
    );
    check(&remote(&page, |_| ()), expect!["502 not-our-server: Something else answers there. What answers at ADDRESS (with status 200) is no license server of this kind. See that the address and port are right, and what a proxy between does."]).await;
    let moved = canned(
        "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        None,
    );
    check(&remote(&moved, |_| ()), expect!["502 not-our-server: Something else answers there. What answers at ADDRESS (with status 302) is no license server of this kind. See that the address and port are right, and what a proxy between does."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_believes_the_named_authority_and_nobody_else() {
    const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("made");
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("made");
    let address = canned(FINE, Some(&made));
    let trusting = |pem: String| remote(&address, |options| options.trust = TlsTrust::Roots(pem));
    let answer = trusting(made.cert.pem()).call(get("/health")).await;
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::OK, &b"{}"[..]));
    check(&trusting(other.cert.pem()), expect!["502 server-not-trusted: The server could not prove who it is. ADDRESS shows a certificate that is not believed: its certificate has the issuer's name and not the issuer's signature: it is another one than the one that is believed here, perhaps renewed since. Nothing was sent. If the server has a certificate of its own, name its file with `--ca`."]).await;

    let plain = canned(FINE, None).replace("http://", "https://");
    let trust = TlsTrust::Roots(made.cert.pem());
    check(&remote(&plain, |options| options.trust = trust), expect!["502 server-unreachable: The server can’t be reached. ADDRESS gives no answer: it does not speak TLS (an http address, perhaps). See that the server runs there, that the address and port are right, and that no firewall stands between."]).await;
    let secret = address.replace("https://", "http://");
    check(&remote(&secret, |_| ()), expect!["502 server-unreachable: The server can’t be reached. ADDRESS gives no answer: what came back is not HTTP (an https address, perhaps): http parse fail: invalid HTTP version. See that the server runs there, that the address and port are right, and that no firewall stands between."]).await;

    let mut options = RemoteOptions::new(address.clone());
    options.trust = TlsTrust::Roots("no PEM".into());
    assert!(Remote::new(options).is_err(), "certificates are looked at before anything is sent");
}
