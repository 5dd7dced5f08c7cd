//! Runs every vector below `vectors/` as another SDK would: from the files on disk.

use std::{collections::BTreeMap, fs, path::PathBuf};

use expect_test::expect_file;
use serde_json::{Map, Value};
use tenure_document::*;

#[path = "support/vectors/mod.rs"]
mod vectors;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

fn load(name: &str) -> Value {
    let text =
        fs::read(folder().join(name)).expect("the file is there; run `cargo xtask generate`");
    serde_json::from_slice(&text).expect("the file is JSON")
}

/// The files on disk are what the generator makes.
#[test]
fn generated_vectors_are_current() {
    for (name, text) in vectors::files() {
        expect_file![folder().join(name)].assert_eq(&text);
    }
}

/// What a runner holds between steps.
struct Runner<'a> {
    documents: &'a Map<String, Value>,
    trust: Option<Trust>,
    certificate: Option<Verified<Certificate>>,
}

impl Runner<'_> {
    fn bytes(&self, step: &Value) -> Vec<u8> {
        let name = step["document"].as_str().expect("the step names a document");
        let mut bytes = match &self.documents[name] {
            Value::String(text) => text.clone().into_bytes(),
            other => base64url(&other["base64url"]),
        };
        let spaces = step["append_spaces"].as_u64().unwrap_or(0) as usize;
        bytes.resize(bytes.len() + spaces, b' ');
        bytes
    }

    fn step(&mut self, step: &Value) -> Result<(), DocumentError> {
        let text = |member: &str| step[member].as_str().expect("the member is a string");
        let at = || text("at").parse::<Time>().expect("a time");
        match text("do") {
            "read" => read_document(&self.bytes(step)).map(drop),
            "pin" => {
                self.trust = Some(Trust::pin(text("root").parse().expect("a pin")));
                Ok(())
            }
            "ed25519" => {
                let key = base64url(&step["key"]).try_into().expect("32 bytes");
                let key = PublicKey::ed25519(&key)?;
                match key.verifies(&base64url(&step["message"]), &base64url(&step["signature"])) {
                    true => Ok(()),
                    false => Err(DocumentError::BadSignature),
                }
            }
            "verify-context" => {
                verify_self_signed_context(&read_document(&self.bytes(step))?).map(drop)
            }
            _ => self.with_trust(step, at()),
        }
    }

    fn with_trust(&mut self, step: &Value, at: Time) -> Result<(), DocumentError> {
        let envelope = read_document(&self.bytes(step))?;
        let trust = self.trust.as_mut().expect("a root was pinned");
        let certificate = self.certificate.as_ref();
        let held = || certificate.expect("a certificate was verified");
        match step["do"].as_str().unwrap_or_default() {
            "adopt-revocation" => trust.adopt_revocation(&envelope, at).map(drop),
            "verify" => verify(trust, &step["type"], &envelope, at),
            "verify-certificate" => {
                self.certificate = Some(trust.verify_certificate(&envelope, at)?);
                Ok(())
            }
            "verify-by" => match step["type"].as_str() {
                Some("lease") => trust.verify_by::<Lease>(&envelope, held(), at).map(drop),
                Some("receipt") => trust.verify_by::<Receipt>(&envelope, held(), at).map(drop),
                Some("transfer") => trust.verify_by::<Transfer>(&envelope, held(), at).map(drop),
                Some("transfer-request") => {
                    trust.verify_by::<TransferRequest>(&envelope, held(), at).map(drop)
                }
                Some("transfer-receipt") => {
                    trust.verify_by::<TransferReceipt>(&envelope, held(), at).map(drop)
                }
                Some("transfer-refusal") => {
                    trust.verify_by::<TransferRefusal>(&envelope, held(), at).map(drop)
                }
                Some("host-check") => trust.verify_by::<HostCheck>(&envelope, held(), at).map(drop),
                other => panic!("no such type here: {other:?}"),
            },
            "verify-lease" => {
                let expected = LeaseExpectation {
                    server: step["server"].as_str().map(|t| t.parse().expect("an id")),
                    nonce: step["nonce"].as_str().map(|t| t.parse().expect("bytes")),
                    request: step["request"].as_str().map(|t| t.parse().expect("a hash")),
                    client_key: step["client_key"].as_str().map(|t| t.parse().expect("an id")),
                };
                trust.verify_lease(&envelope, held(), at, &expected).map(drop)
            }
            other => panic!("no such step: {other}"),
        }
    }
}

fn verify(trust: &Trust, name: &Value, sealed: &Envelope, at: Time) -> Result<(), DocumentError> {
    match name.as_str().unwrap_or_default() {
        "update" => trust.verify::<Update>(sealed, at).map(drop),
        "pool" => trust.verify::<Pool>(sealed, at).map(drop),
        "host-key" => trust.verify::<HostKey>(sealed, at).map(drop),
        "host-check" => trust.verify::<HostCheck>(sealed, at).map(drop),
        "certificate" => trust.verify::<Certificate>(sealed, at).map(drop),
        "revocation" => trust.verify::<Revocation>(sealed, at).map(drop),
        "time" => trust.verify::<TimeStatement>(sealed, at).map(drop),
        other => panic!("no such type here: {other}"),
    }
}

fn base64url(value: &Value) -> Vec<u8> {
    let bytes: Bytes = value.as_str().and_then(|text| text.parse().ok()).expect("base64url");
    bytes.0
}

/// Runs a file; answers how many vectors must be refused.
fn run(file: &str) -> usize {
    let documents = load("documents.json");
    let documents = documents.as_object().expect("an object");
    let mut wrong = Vec::new();
    let mut bad = 0;
    for vector in load(file)["vectors"].as_array().expect("a list") {
        let mut runner = Runner { documents, trust: None, certificate: None };
        let steps = vector["steps"].as_array().expect("a list");
        let (last, before) = steps.split_last().expect("there are steps");
        let mut result = "ok";
        for step in before {
            let step = adopt_or(step, &mut runner);
            if let Err(error) = step {
                wrong.push(format!("{}: an earlier step gives {}", vector["name"], error.code()));
            }
        }
        if let Err(error) = adopt_or(last, &mut runner) {
            result = error.code();
        }
        bad += usize::from(vector["result"] != "ok");
        if vector["result"] != result {
            wrong
                .push(format!("{}: {} expected, {result} found", vector["name"], vector["result"]));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
    bad
}

/// Adopting a key set needs no time; everything else goes its way.
fn adopt_or(step: &Value, runner: &mut Runner<'_>) -> Result<(), DocumentError> {
    if step["do"] != "adopt-keyset" {
        return runner.step(step);
    }
    let envelope = read_document(&runner.bytes(step))?;
    runner.trust.as_mut().expect("a root was pinned").adopt_keyset(&envelope).map(drop)
}

#[test]
fn reading() {
    assert!(run("reading.json") >= 40);
}

#[test]
fn publisher_signed() {
    assert!(run("publisher.json") >= 40);
}

#[test]
fn payloads() {
    assert!(run("payloads.json") >= 40);
}

#[test]
fn keysets() {
    assert!(run("keysets.json") >= 25);
}

#[test]
fn revocations() {
    assert!(run("revocations.json") >= 10);
}

#[test]
fn certified() {
    assert!(run("certified.json") >= 15);
}

#[test]
fn leases() {
    assert!(run("leases.json") >= 25);
}

#[test]
fn transfers() {
    assert!(run("transfers.json") >= 20);
}

#[test]
fn hosts() {
    assert!(run("hosts.json") >= 8);
}

/// How hosts are written, and which keys cover which.
#[test]
fn host_names() {
    let hosts = &load("values.json")["hosts"];
    for entry in hosts["written"].as_array().expect("a list") {
        let text = entry["text"].as_str().expect("a text");
        let read = text.parse::<HostName>().ok();
        assert_eq!(read.as_ref().map(HostName::as_str), entry["host"].as_str(), "{text}");
        let file = read.as_ref().map(HostName::file_name);
        assert_eq!(file.as_deref(), entry["file"].as_str(), "{text}");
    }
    for entry in hosts["covered"].as_array().expect("a list") {
        let host = |member: &str| entry[member].as_str().and_then(|text| text.parse().ok());
        let (key, host): (HostName, HostName) = (host("key").unwrap(), host("host").unwrap());
        assert_eq!(key.covers(&host), entry["covers"] == true, "{key} {host}");
    }
}

#[test]
fn ed25519() {
    assert!(run("ed25519.json") >= 20);
}

/// Every prefix is refused with the code that stands in the file.
#[test]
fn truncations() {
    for entry in load("truncations.json")["truncations"].as_array().expect("a list") {
        let text = entry["document"].as_str().expect("a text").as_bytes();
        assert!(read_document(text).is_ok());
        let runs = entry["results"].as_array().expect("a list");
        let mut refused = BTreeMap::new();
        for length in 0..entry["lengths_below"].as_u64().expect("a number") {
            let run = runs.iter().rfind(|run| run["from"].as_u64() <= Some(length));
            let code = &run.expect("the first run starts at 0")["result"];
            let found = read_document(&text[..length as usize]).map_err(|error| error.code());
            assert_eq!(found.err(), code.as_str(), "at length {length}");
            *refused.entry(code.as_str().expect("a code")).or_insert(0) += 1;
        }
        assert!(!refused.contains_key("ok"), "{refused:?}");
    }
}
