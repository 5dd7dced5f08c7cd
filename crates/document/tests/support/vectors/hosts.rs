//! Vectors of host keys and of answers about them: hosts as they must be written, and who may have signed.

use serde_json::{Value, json};
use tenure_document::{
    Certificate, ContainerId, HostCheck, HostEnforcement, HostKey, HostName, HostUserId, Payload,
    Signer, payload_bytes, seal,
};

use super::{
    Book, keyset_step, pin_step,
    publisher::{Publisher, ed25519, hybrid, time},
    publisher_signed::{host_check, host_key},
    seal_bytes, verify_step,
};

const FILE: &str = "hosts";

/// Text as people write it, and the written form; none is refused.
const WRITTEN: &[(&str, Option<&str>)] = &[
    ("example.com", Some("example.com")),
    ("EXAMPLE.com.", Some("example.com")),
    (" example.com ", Some("example.com")),
    ("example.com.evil.com", Some("example.com.evil.com")),
    ("bücher.example", Some("xn--bcher-kva.example")),
    ("BÜCHER.example", Some("xn--bcher-kva.example")),
    ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
    ("XN--BCHER-KVA.example", Some("xn--bcher-kva.example")),
    ("faß.example", Some("xn--fa-hia.example")),
    ("例え。テスト", Some("xn--r8jz45g.xn--zckzah")),
    ("build_server-2", Some("build_server-2")),
    ("*.example.com", Some("*.example.com")),
    ("*.EXAMPLE.com.", Some("*.example.com")),
    ("localhost", Some("localhost")),
    ("LocalHost", Some("localhost")),
    ("127.0.0.1", Some("127.0.0.1")),
    ("192.0.2.7", Some("192.0.2.7")),
    ("::1", Some("::1")),
    ("[::1]", Some("::1")),
    ("2001:DB8:0:0:0:0:0:1", Some("2001:db8::1")),
    ("::ffff:127.0.0.1", Some("127.0.0.1")),
    ("", None),
    (".", None),
    ("*", None),
    ("*.com", None),
    ("a.*.example.com", None),
    ("*a.example.com", None),
    ("*.*.example.com", None),
    ("example.com:443", None),
    ("127.0.0.1:80", None),
    ("[::1]:80", None),
    ("user@example.com", None),
    ("https://example.com", None),
    ("example.com/path", None),
    ("exam ple.com", None),
    ("example..com", None),
    (".example.com", None),
    ("-a.example.com", None),
    ("a-.example.com", None),
    ("xn--.example.com", None),
    ("xn--a.example.com", None),
    ("ab--cd.example.com", None),
    ("127.1", None),
    ("127.0.0.01", None),
    ("2130706433", None),
    ("a.0x7f", None),
    ("fe80::1%eth0", None),
    ("exa\u{202e}mple.com", None),
];

const COVERED: &[(&str, &str, bool)] = &[
    ("example.com", "example.com", true),
    ("example.com", "www.example.com", false),
    ("example.com", "example.com.evil.com", false),
    ("example.com", "evilexample.com", false),
    ("*.example.com", "www.example.com", true),
    ("*.example.com", "example.com", false),
    ("*.example.com", "a.b.example.com", false),
    ("*.example.com", "evil-example.com", false),
    ("*.example.com", "*.example.com", true),
    ("*.b.example.com", "*.example.com", false),
    ("localhost", "localhost", true),
    ("localhost", "example.com", false),
    ("localhost", "localhost.example.com", false),
    ("127.0.0.1", "127.0.0.1", true),
    ("127.0.0.1", "localhost", false),
    ("127.0.0.1", "127.0.0.2", false),
    ("::1", "127.0.0.1", false),
];

/// How hosts are written, and which keys cover which.
pub fn values() -> Value {
    let host = |text: &str| text.parse::<HostName>().expect("a host");
    let written = WRITTEN.iter().map(
        |(text, is)| json!({ "text": text, "host": is, "file": is.map(|is| host(is).file_name()) }),
    );
    let covered = COVERED
        .iter()
        .map(|(key, host, covers)| json!({ "key": key, "host": host, "covers": covers }));
    json!({ "written": written.collect::<Vec<_>>(), "covered": covered.collect::<Vec<_>>() })
}

pub fn write(book: &mut Book) {
    keys(book);
    checks(book);
}

fn keys(book: &mut Book) {
    let base = base(book);
    let mut add = |name: &str, why: &str, payload: Vec<u8>, result: &str| {
        let sealed = seal_bytes(HostKey::TYPE, &payload, &[&hybrid(4)]);
        let document = book.sealed(&format!("host-key-{name}"), &sealed);
        let steps = [base.as_slice(), &[verify_step("host-key", &document)]].concat();
        book.vector(FILE, name, why, &steps, result);
    };
    add("key", "a key of the first release", payload_bytes(&host_key()), "ok");
    let full = HostKey {
        host: "*.example.com".parse().expect("a host"),
        not_before: Some(time("2026-12-01T00:00:00Z")),
        group: Some("g1".into()),
        window_days: Some(90),
        enforcement: HostEnforcement::Block,
        check_url: Some("https://licenses.example.com".into()),
        ..host_key()
    };
    add("key-full", "every member", payload_bytes(&full), "ok");
    let text = String::from_utf8(payload_bytes(&full)).expect("JSON is UTF-8");
    for (name, why, host) in [
        ("host-upper", "not the written form: capital letters", "*.Example.com"),
        ("host-dot", "not the written form: a dot at the end", "*.example.com."),
        ("host-unicode", "not the written form: a U-label", "bücher.example"),
        ("host-port", "a port is no part of a host", "example.com:443"),
        ("host-deep", "a wildcard that is not left-most", "a.*.example.com"),
        ("host-address", "an address with a leading zero", "127.0.0.01"),
    ] {
        let payload = text.replace("*.example.com", host).into_bytes();
        add(name, why, payload, "malformed-payload");
    }
    let odd = text.replace("\"block\"", "\"stop\"").into_bytes();
    add("enforcement", "an unknown enforcement", odd, "malformed-payload");
}

fn checks(book: &mut Book) {
    let base = base(book);
    let publisher = Publisher::new(0);
    let check = HostCheck {
        valid: true,
        reason: None,
        user_id: Some(HostUserId([7; 16])),
        users_counted: Some(3),
        users_allowed: Some(5),
        next_check: Some(time("2026-11-22T00:00:00Z")),
        ..host_check()
    };
    let service = ed25519(30);
    let certificate = |uses: &str| Certificate {
        key: service.public().clone(),
        uses: vec![uses.into()],
        name: "check service".into(),
        ..publisher.certificate(ContainerId([7; 16]), &service)
    };
    let mut add = |name: &str, why: &str, uses: &str, signer: &dyn Signer, result: &str| {
        let sealed = seal(&certificate(uses), &[&publisher.certifier]);
        let certificate = book.sealed(&format!("certificate-of-{uses}-service"), &sealed);
        let document = book.sealed(&format!("host-check-{name}"), &seal(&check, &[signer]));
        let at = "2026-11-22T00:00:00Z";
        let certified = json!({ "do": "verify-certificate", "document": certificate, "at": at });
        let by = json!({ "do": "verify-by", "type": "host-check", "document": document, "at": at });
        let steps = [base.as_slice(), &[certified, by]].concat();
        book.vector(FILE, name, why, &steps, result);
    };
    add("check", "an answer under the check service's certificate", "host-check", &service, "ok");
    add("check-uses", "the certificate is for leases", "lease", &service, "out-of-scope");
    add("check-foreign", "another key signed", "host-check", &ed25519(31), "bad-signature");
}

fn base(book: &mut Book) -> Vec<Value> {
    let publisher = Publisher::new(0);
    let keyset = book.sealed("keyset-hosts", &publisher.keyset_envelope());
    vec![pin_step(&publisher), keyset_step(&keyset)]
}
