//! The typed client against small servers on loopback sockets: refusals, faults, repetition of
//! harmless requests, signatures, and whom it believes on TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use expect_test::{Expect, expect};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tenure_api::client::certificate_pin;
use tenure_api::{
    ApiError, CheckoutRequest, Client, ClientOptions, Credential, ListQuery, Signing, TlsTrust,
};
use tenure_document::{Holder, HostId, HostIdType, SeedSigner, Signer, Time};

/// Serves one canned answer per connection, in order, and hands out the requests it saw.
/// An empty answer closes the connection.
fn serve(answers: Vec<String>, tls: Option<Arc<ServerConfig>>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, seen) = channel();
    let scheme = if tls.is_some() { "https" } else { "http" };
    thread::spawn(move || {
        for answer in answers {
            let (socket, _) = listener.accept().expect("a connection");
            let request = match &tls {
                Some(config) => {
                    let connection = ServerConnection::new(config.clone()).expect("TLS");
                    converse(StreamOwned::new(connection, socket), &answer)
                }
                None => converse(socket, &answer),
            };
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (format!("{scheme}://{address}"), seen)
}

fn converse(mut socket: impl Read + Write, answer: &str) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count) = socket.read(&mut buffer) {
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                break;
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)
        });
        if count == 0 || body.len() >= length.and_then(|text| text.parse().ok()).unwrap_or(0) {
            break;
        }
    }
    let _ = socket.write_all(answer.as_bytes());
    let _ = socket.flush();
    String::from_utf8_lossy(&request).into_owned()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

fn client(address: &str) -> Client {
    Client::new(ClientOptions::new(address)).expect("the options are right")
}

fn show<T: std::fmt::Debug>(outcome: Result<T, ApiError>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => {
            let retry = error.retry_after();
            format!(
                "{} {:?} fault={} retry={retry:?}: {error}",
                error.code(),
                error.status(),
                error.is_fault()
            )
        }
    }
}

fn check(answers: Vec<String>, expected: Expect) {
    let (address, _seen) = serve(answers, None);
    let shown = show(client(&address).version()).replace(&address, "ADDRESS");
    expected.assert_eq(&shown);
}

const VERSION: &str = r#"{"name":"tenure","version":"1.2.3","api":"1","new_member":true}"#;

#[test]
fn answers_refusals_and_faults() {
    check(
        vec![answer("200 OK", "", VERSION)],
        expect![[r#"VersionAnswer { name: "tenure", version: "1.2.3", api: "1" }"#]],
    );
    let problem = r#"{"type":"/problems/no-seats","title":"Denied","status":409,"code":"no-seats","explanation":"all in use"}"#;
    check(
        vec![answer("409 Conflict", "", problem)],
        expect!["no-seats Some(409) fault=false retry=None: all in use (no-seats)"],
    );
    check(
        vec![answer("503 Service Unavailable", "Retry-After: 7\r\n", problem)],
        expect![
            "no-seats Some(503) fault=true retry=Some(7s): the server could not answer: all in use (no-seats)"
        ],
    );
    check(
        vec![answer("502 Bad Gateway", "", "<html>proxy</html>")],
        expect![
            "unavailable Some(502) fault=true retry=None: the server could not answer: <html>proxy</html> (unavailable)"
        ],
    );
    check(
        vec![answer("404 Not Found", "", "<html>proxy</html>")],
        expect![
            "garbled Some(404) fault=true retry=None: an answer that can't be read (status 404): no problem document: <html>proxy</html>"
        ],
    );
    check(
        vec![answer("302 Found", "Location: http://elsewhere.invalid/\r\n", "")],
        expect![
            "garbled Some(302) fault=true retry=None: an answer that can't be read (status 302): no problem document: "
        ],
    );
    check(
        vec![answer("200 OK", "", "{")],
        expect![
            "garbled Some(200) fault=true retry=None: an answer that can't be read (status 200): EOF while parsing an object at line 1 column 1"
        ],
    );
}

#[test]
fn a_read_is_repeated_once_when_the_connection_broke() {
    check(
        vec![String::new(), answer("200 OK", "", VERSION)],
        expect![[r#"VersionAnswer { name: "tenure", version: "1.2.3", api: "1" }"#]],
    );
    let (address, _seen) = serve(vec![String::new(), String::new()], None);
    assert_eq!(client(&address).version().expect_err("twice broken").code(), "unreachable");
}

#[test]
fn a_write_is_repeated_only_under_an_idempotency_key() {
    let (address, seen) = serve(vec![String::new(), String::new(), String::new()], None);
    assert_eq!(client(&address).resume().expect_err("broken").code(), "unreachable");
    let request = CheckoutRequest::new(holder(), Vec::new());
    assert!(client(&address).checkout(&request, "key-1").is_err());
    let keys: Vec<usize> = seen.iter().map(|request| request.matches("key-1").count()).collect();
    assert_eq!(keys, [0, 1, 1]);
}

#[test]
fn a_server_that_stays_silent_is_asked_once() {
    for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, seen) = channel();
        thread::spawn(move || {
            let mut open = Vec::new();
            while let Ok((mut socket, peer)) = listener.accept() {
                let _ = socket.write_all(said.as_bytes());
                open.push(socket);
                if sender.send(peer).is_err() {
                    return;
                }
            }
        });
        let timeout = Duration::from_millis(200);
        let options = ClientOptions { timeout, ..ClientOptions::new(format!("http://{address}")) };
        let client = Client::new(options).expect("the options are right");
        assert_eq!(client.version().expect_err("silent").code(), "unreachable");
        let last = TcpStream::connect(address).expect("a connection");
        let last = last.local_addr().expect("an address");
        assert_eq!(seen.iter().take_while(|peer| *peer != last).count(), 1, "after {said:?}");
    }
}

#[test]
fn what_is_sent() {
    let signer = Arc::new(SeedSigner::ed25519(&[3; 32]).expect("a key"));
    let now = || "2026-11-22T00:00:00Z".parse::<Time>().expect("a time");
    let (address, seen) = serve(vec![String::new(); 4], None);
    let options = ClientOptions {
        credential: Credential::Bearer("secret".into()),
        signing: Some(Signing { signer: signer.clone(), now }),
        ..ClientOptions::new(&address)
    };
    let client = Client::new(options).expect("the options are right");
    let list = ListQuery { q: Some("a b&c".into()), page: Some(2), ..ListQuery::default() };
    let _ = client.features(&list);
    let id = HostId::new(HostIdType::String, "../x y").expect("a host ID");
    let _ = client.release("L-0000000000001".parse().expect("a lease"), Some("token"), "key-1");
    let _ = client.device(&id);
    let lines: Vec<String> = (0..4)
        .map(|_| seen.recv().expect("a request"))
        .map(|request| {
            let keep = ["authorization", "tenure-", "idempotency-key"];
            let mut lines = request.lines();
            let first = lines.next().unwrap_or_default().to_owned();
            let kept =
                lines.filter(|line| keep.iter().any(|name| line.to_lowercase().starts_with(name)));
            [first].into_iter().chain(kept.map(str::to_owned)).collect::<Vec<_>>().join(" | ")
        })
        .collect();
    let id = signer.public().id().to_string();
    let shown = lines.join("\n").replace(&id, "KEYID");
    let shown: Vec<String> = shown
        .lines()
        .map(|line| match line.split_once("KEYID.") {
            Some((before, after)) => format!(
                "{before}KEYID.({} characters){}",
                after.find(' ').unwrap_or(after.len()),
                after.find(' ').map_or("", |at| &after[at..])
            ),
            None => line.to_owned(),
        })
        .collect();
    expect![[r#"
        GET /api/v1/features?page=2&q=a%20b%26c HTTP/1.1 | authorization: Bearer secret | tenure-signature: KEYID.(86 characters) | tenure-date: 2026-11-22T00:00:00Z
        GET /api/v1/features?page=2&q=a%20b%26c HTTP/1.1 | authorization: Bearer secret | tenure-signature: KEYID.(86 characters) | tenure-date: 2026-11-22T00:00:00Z
        DELETE /api/v1/leases/L-0000000000001 HTTP/1.1 | authorization: Lease token | idempotency-key: key-1 | tenure-signature: KEYID.(86 characters) | tenure-date: 2026-11-22T00:00:00Z
        DELETE /api/v1/leases/L-0000000000001 HTTP/1.1 | authorization: Lease token | idempotency-key: key-1 | tenure-signature: KEYID.(86 characters) | tenure-date: 2026-11-22T00:00:00Z"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn addresses_that_are_none() {
    for address in ["localhost:7070", "ftp://x", "http://", "http://host/path", "http://user@host"]
    {
        let error = Client::new(ClientOptions::new(address)).expect_err("refused");
        assert!(error.to_string().contains("write http://host:port"), "{address}");
    }
}

fn tls_of(made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let chain = vec![CertificateDer::from(made.cert.der().to_vec())];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.expect("TLS").with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.expect("a certificate"))
}

#[test]
fn tls_believes_given_roots_or_one_pinned_certificate_and_nothing_else() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("made");
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("made");
    let elsewhere =
        rcgen::generate_simple_self_signed(vec!["elsewhere.example".to_owned()]).expect("made");
    let asks = |server: &rcgen::CertifiedKey<rcgen::KeyPair>, trust: TlsTrust| {
        let (address, _seen) = serve(vec![answer("200 OK", "", VERSION); 2], Some(tls_of(server)));
        let options = ClientOptions {
            trust,
            timeout: Duration::from_secs(10),
            ..ClientOptions::new(&address)
        };
        Client::new(options).expect("the options are right").version().is_ok()
    };
    let pin = |made: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        TlsTrust::Pin(certificate_pin(&made.cert.pem()).expect("a pin"))
    };
    assert!(asks(&made, TlsTrust::Roots(made.cert.pem())));
    assert!(asks(&made, pin(&made)));
    assert!(asks(&elsewhere, pin(&elsewhere)), "a pin stands for the name too");
    assert!(!asks(&made, TlsTrust::Roots(other.cert.pem())));
    assert!(!asks(&made, pin(&other)));
    assert!(!asks(&elsewhere, TlsTrust::Roots(elsewhere.cert.pem())), "a root does not");
    let nothing = ClientOptions {
        trust: TlsTrust::Roots("no PEM".into()),
        ..ClientOptions::new("https://127.0.0.1:1")
    };
    assert!(Client::new(nothing).is_err());
}

/// A certificate of `names` as a server shows it, and what a client says that believes `roots`.
fn distrusted(names: &[&str], change: impl FnOnce(&mut rcgen::CertificateParams)) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).expect("names");
    change(&mut params);
    let key = rcgen::KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("made");
    let (address, _seen) = serve(
        vec![String::new(); 2],
        Some(tls_of(&rcgen::CertifiedKey { cert: cert.clone(), signing_key: key })),
    );
    let options =
        ClientOptions { trust: TlsTrust::Roots(cert.pem()), ..ClientOptions::new(&address) };
    let error = Client::new(options).expect("the options are right").version().expect_err("no");
    format!("{error} [{}]", error.code()).replace(&address, "ADDRESS")
}

#[test]
fn a_certificate_that_is_not_believed_says_why_and_what_to_do() {
    let check = |said: String, expected: Expect| expected.assert_eq(&said);
    check(
        distrusted(&["127.0.0.1"], |params| {
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }),
        expect![
            "ADDRESS is not believed: its certificate is an authority's (CA:TRUE, as `openssl req -x509` makes them): give the server one with basicConstraints=CA:FALSE, or one that this authority has signed [untrusted]"
        ],
    );
    check(
        distrusted(&["licenses.example"], |_| ()),
        expect![
            "ADDRESS is not believed: its certificate is for licenses.example, and it was asked as 127.0.0.1: ask under a name that is in the certificate, or give the server one for 127.0.0.1 [untrusted]"
        ],
    );
    check(
        distrusted(&[], |_| ()),
        expect![
            "ADDRESS is not believed: its certificate is for no name at all (it has no subjectAltName), and it was asked as 127.0.0.1: ask under a name that is in the certificate, or give the server one for 127.0.0.1 [untrusted]"
        ],
    );
    check(
        distrusted(&["127.0.0.1"], |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }),
        expect![
            "ADDRESS is not believed: its certificate ended on 2021-01-01T00:00:00Z: the server needs a new one, or the clock here is wrong [untrusted]"
        ],
    );
    check(
        distrusted(&["127.0.0.1"], |params| params.not_before = rcgen::date_time_ymd(3000, 1, 1)),
        expect![
            "ADDRESS is not believed: its certificate begins on 3000-01-01T00:00:00Z: wait, or the clock here is wrong [untrusted]"
        ],
    );
}

fn holder() -> Holder {
    Holder::of(HostId::new(HostIdType::String, "ws14").expect("a host ID"))
}
