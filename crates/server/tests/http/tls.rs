//! Real sockets: TLS and its reload, cleartext rules, slow and superfluous connections, the stop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tenure_server::{Listen, Options, Plane, Running, ServeFault, TlsFiles};

use crate::app::TestApp;

const GET: &[u8] = b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Writes a new self-signed certificate and its key; returns the certificate.
fn write_certificate(files: &TlsFiles) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    write(&files.certificate, &made.cert.pem());
    write(&files.key, &made.signing_key.serialize_pem());
    made.cert.der().clone()
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the test folder is writable");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
}

fn listen(tls: Option<TlsFiles>) -> [Listen; 1] {
    [Listen { address: SocketAddr::from(([127, 0, 0, 1], 0)), plane: Plane::Both, tls }]
}

fn start(change: impl FnOnce(&mut Options), tls: Option<TlsFiles>) -> (Running, SocketAddr) {
    let TestApp { server, .. } = TestApp::empty(change);
    let running = server.listen(&listen(tls)).expect("the server listens");
    let address = running.urls()[0].rsplit('/').next().and_then(|text| text.parse().ok());
    let address = address.expect("a URL ends in its address");
    (running, address)
}

/// Asks over TLS and trusts exactly this certificate.
async fn ask_trusting(
    address: SocketAddr,
    trusted: CertificateDer<'static>,
    request: &'static [u8],
) -> Result<String, String> {
    tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add(trusted).map_err(|fault| fault.to_string())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|fault| fault.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").map_err(|fault| fault.to_string())?;
        let connection =
            ClientConnection::new(Arc::new(config), name).map_err(|fault| fault.to_string())?;
        let mut stream = StreamOwned::new(
            connection,
            TcpStream::connect(address).map_err(|fault| fault.to_string())?,
        );
        stream.write_all(request).map_err(|fault| fault.to_string())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(|fault| fault.to_string())?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    })
    .await
    .expect("the client does not panic")
}

/// Sends bytes in clear and reads until the server closes.
async fn ask_plainly(address: SocketAddr, request: Vec<u8>) -> std::io::Result<String> {
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(&request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    })
    .await
    .expect("the client does not panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_reloaded_and_a_bad_one_leaves_the_former() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    let first = write_certificate(&files);
    let (running, address) = start(|_| (), Some(files.clone()));
    assert!(running.urls()[0].starts_with("https://"));
    let answer =
        ask_trusting(address, first.clone(), GET).await.expect("the first certificate is served");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let second = write_certificate(&files);
    running.reload_certificates();
    assert!(ask_trusting(address, second.clone(), GET).await.is_ok(), "the second is served");
    assert!(ask_trusting(address, first, GET).await.is_err(), "the first no more");

    write(&files.certificate, "not a certificate");
    running.reload_certificates();
    const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let health = ask_trusting(address, second, HEALTH).await.expect("the second is still served");
    assert!(
        health.contains("holds no PEM certificate") && health.contains(r#""not_after":"4"#),
        "{health}"
    );
    running.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn what_must_not_listen_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    write_certificate(&files);
    let fault = |listen: Listen, insecure: bool| {
        let TestApp { server, .. } = TestApp::empty(|options| options.insecure_http = insecure);
        server.listen(&[listen]).err()
    };
    let everywhere =
        |tls| Listen { address: SocketAddr::from(([0, 0, 0, 0], 0)), plane: Plane::Both, tls };
    let refused = fault(everywhere(None), false).expect("cleartext stays here");
    expect!["0.0.0.0:0 can be reached by other machines: give a certificate and key, or say `insecure_http = true` (--insecure-http) when something in front of it does TLS"].assert_eq(&refused.to_string());
    assert!(fault(everywhere(None), true).is_none());
    assert!(fault(everywhere(Some(files.clone())), false).is_none());
    std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o640))
        .expect("it is ours");
    assert!(matches!(fault(everywhere(Some(files)), false), Some(ServeFault::Tls(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_headers_garbage_and_half_bodies_end_in_time() {
    let (running, address) = start(
        |options| {
            options.limits.header_timeout = Duration::from_millis(200);
            options.limits.body_timeout = Duration::from_millis(200);
        },
        None,
    );
    let slow = ask_plainly(address, b"GET /version HTTP/1.1\r\nHost: local".to_vec())
        .await
        .expect("closed");
    assert!(slow.is_empty() || slow.starts_with("HTTP/1.1 408"), "{slow}");
    let idle = ask_plainly(address, Vec::new()).await.expect("closed");
    assert!(idle.is_empty() || idle.starts_with("HTTP/1.1 408"), "{idle}");
    let garbage =
        ask_plainly(address, b"\x16\x03\x01 what is this\r\n\r\n".to_vec()).await.expect("closed");
    assert!(garbage.is_empty() || garbage.starts_with("HTTP/1.1 400"), "{garbage}");
    let mut long = b"GET /version HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec();
    long.extend(std::iter::repeat_n(b'x', 200_000));
    // Closed while it is still being sent: the answer may get lost on the way.
    let long = ask_plainly(address, long).await.unwrap_or_default();
    assert!(long.is_empty() || long.starts_with("HTTP/1.1 431"), "{long}");
    let half =
        b"POST /api/v1/leases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Content-Length: 100\r\nConnection: close\r\n\r\n{"
            .to_vec();
    let half = ask_plainly(address, half).await.expect("closed");
    assert!(half.starts_with("HTTP/1.1 408") && half.contains("slow-request"), "{half}");
    let doubled =
        b"GET /version HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            .to_vec();
    assert!(ask_plainly(address, doubled).await.expect("closed").starts_with("HTTP/1.1 421"));
    running.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_too_many_is_closed_and_a_stop_closes_all() {
    let (running, address) = start(|options| options.limits.connections_max = 1, None);
    let first = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut buffer = [0; 16];
        stream.read_exact(&mut buffer)?;
        Ok::<_, std::io::Error>(stream)
    })
    .await
    .expect("the client does not panic")
    .expect("the first is served");
    let second = ask_plainly(address, GET.to_vec()).await;
    assert!(
        second.is_err() || second.is_ok_and(|answer| answer.is_empty()),
        "the second is closed at once"
    );
    running.stop(Duration::from_secs(5)).await;
    drop(first);
    assert!(ask_plainly(address, GET.to_vec()).await.is_err(), "nobody listens any more");
}
