//! Everything that leaves an application, byte for byte: key, revision, user id, host, and not one thing more.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use expect_test::expect;
use tenure_document::OfflinePolicy;

use crate::site::{Site, key};

fn whole_request(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut text = String::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).unwrap();
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok()
        });
        if read == 0 || body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let _ =
        stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    text
}

#[test]
fn exactly_four_things_are_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let site = Site::new();
    site.put(&key("*.example.com", OfflinePolicy::Allow));
    let license =
        site.open("app.example.com").check_url(format!("http://127.0.0.1:{port}")).start().unwrap();
    let sent = whole_request(&listener);
    license.wait_for_check(Duration::from_secs(60));
    let user = site.state()["users"]["H-000001"].as_str().unwrap().to_owned();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let mut head: Vec<&str> = head.lines().collect();
    head[1..].sort_unstable();
    let shown = format!("{}\n\n{body}\n", head.join("\n"));
    expect![[r#"
        POST /api/v1/host-checks HTTP/1.1
        accept: application/json
        content-length: 110
        content-type: application/json
        host: 127.0.0.1:PORT
        user-agent: tenure

        {"key":"key of *.example.com","revision":"4.2.1","user":"USER","host":"app.example.com"}
    "#]]
    .assert_eq(&shown.replace(&port.to_string(), "PORT").replace(&user, "USER"));
}
