//! The office as a program: made from a key folder, contexts in and updates out, stopped and killed without loss.
//!
//! Deliberately not here: what requests answer; the HTTP tests of the office crate have that.

mod program;

use program::{Served, Site, run, tenure};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
};

/// One request over a plain socket; status and body.
fn ask(office: &Served, request: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(office.address()).expect("a connection");
    let head = format!(
        "{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("written");
    stream.write_all(body.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

fn serve(site: &Site, more: &[&str]) -> Served {
    let (data, keys) = (site.path("office"), site.path("keys"));
    let run = ["office", "run", "--listen", "127.0.0.1:0", "--data", &data, "--keys", &keys];
    Served::from(tenure().args(run).args(more))
}

fn made() -> Site {
    let site = Site::unlicensed();
    let made = ["office", "init", "--data", &site.path("office"), "--keys", &site.path("keys")];
    let said = run(&made).ok();
    assert!(said.starts_with("office of \"Example Publisher\" made in "), "{said}");
    let again = run(&made).fails(3);
    assert!(again.contains("[exists]"), "{again}");
    // As an attempt leaves it that ran out of space before the first entry.
    let (ledger, snapshots) = (site.path("office/ledger.db"), site.path("office/snapshots"));
    fs::write(ledger, "").and_then(|()| fs::remove_dir_all(snapshots)).expect("emptied");
    run(&made).ok();
    site
}

const TEXT: &str = "accept: application/vnd.tenure.update\r\n";

#[test]
fn contexts_in_updates_out_through_a_stop_and_a_kill() {
    let site = made();
    let office = serve(&site, &[]);
    let context = run(&["server", "context", "--data", &site.data()]).ok();
    let (status, update) = ask(&office, "POST /api/v1/exchange", TEXT, &context);
    assert_eq!(status, 200, "{update}");
    fs::write(site.path("update.tnr"), &update).expect("written");
    run(&["server", "apply", "--data", &site.data(), &site.path("update.tnr")]).ok();
    office.stop();

    let office = serve(&site, &[]);
    let receipt = run(&["server", "receipt", "--data", &site.data()]).ok();
    let (status, taken) = ask(&office, "POST /api/v1/receipts", "", &receipt);
    assert_eq!(status, 200, "{taken}");
    assert!(taken.contains("\"outstanding\":0"), "{taken}");
    office.kill();

    let office = serve(&site, &[]);
    let (status, taken) = ask(&office, "POST /api/v1/receipts", "", &receipt);
    assert_eq!(status, 200, "{taken}");
    assert!(taken.contains("\"already_known\":true"), "{taken}");
    let (status, health) = ask(&office, "GET /health", "", "");
    assert_eq!(status, 200, "{health}");
    assert!(health.contains("\"can_issue\":true"), "{health}");
    office.stop();
    run(&["ledger", "verify", "--data", &site.path("office")]).ok();
}

#[test]
fn the_first_administrator_and_the_files_beside_it() {
    let site = made();
    let office = serve(&site, &[]);
    let token = fs::read_to_string(site.path("office/setup.token")).expect("a token");
    for file in ["setup.token", "admin.token", "admin.url", "identity.key", "webhooks.key"] {
        let mode = fs::metadata(site.path(&format!("office/{file}"))).expect(file).permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{file}");
    }
    let body = format!(
        r#"{{"token":"{}","name":"ann","password":"correct horse battery"}}"#,
        token.trim()
    );
    let json = "content-type: application/json\r\n";
    let (status, answer) = ask(&office, "POST /api/v1/setup", json, &body);
    assert_eq!(status, 201, "{answer}");
    assert!(!fs::exists(site.path("office/setup.token")).expect("asked"));
    office.stop();
    assert!(!fs::exists(site.path("office/admin.token")).expect("asked"));
}

#[test]
fn a_renewed_certificate_is_the_pinned_one() {
    let site = made();
    site.certify();
    let more = ["--tls-cert", &site.path("cert.pem"), "--tls-key", &site.path("key.pem")];
    let mut office = serve(&site, &more);
    let health = ["admin", "--data", &site.path("office"), "health"];
    run(&health).ok();
    site.certify();
    office.reload("certificate reloaded");
    run(&health).ok();
    office.stop();
}

#[test]
fn what_stands_in_the_way_is_named() {
    let site = made();
    let missing = ["office", "run", "--data", &site.path("none"), "--keys", &site.path("keys")];
    assert!(run(&missing).fails(3).contains("[no-office]"));
    let keyless = ["office", "run", "--data", &site.path("office"), "--keys", &site.path("none")];
    assert!(run(&keyless).fails(3).contains("[no-keys]"));
    let office = serve(&site, &[]);
    let second = ["office", "run", "--data", &site.path("office"), "--keys", &site.path("keys")];
    assert!(run(&second).fails(3).contains("[folder-in-use]"));
    let open = [&second[..], &["--listen", "0.0.0.0:0"]].concat();
    office.stop();
    let said = run(&open).fails(2);
    assert!(said.contains("insecure_http"), "{said}");
    fs::write(site.path("office/office.toml"), "lisen = \"127.0.0.1:1\"\n").expect("written");
    let said = run(&second).fails(2);
    assert!(said.contains("did you mean `listen`?"), "{said}");
}
