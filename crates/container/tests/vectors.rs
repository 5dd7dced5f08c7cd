//! Runs the vectors about where an item came from as another SDK would: from the files on disk.
//!
//! Deliberately not here: making them, and all other vectors (`tenure-document` has those).

use serde_json::Value;
use std::{fs, path::Path};
use tenure_container::open_transfer;
use tenure_document::{Envelope, Trust, read_document};

fn load(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(name);
    serde_json::from_slice(&fs::read(file).expect("the file is there")).expect("it is JSON")
}

/// The code that a vector's last step gives.
fn result(vector: &Value, documents: &Value) -> &'static str {
    let mut trust: Option<Trust> = None;
    for step in vector["steps"].as_array().expect("a list") {
        let text = |member: &str| step[member].as_str().expect("the member is a string");
        let document = || -> Envelope {
            let text = documents[text("document")].as_str().expect("a text");
            read_document(text.as_bytes()).expect("a document")
        };
        match text("do") {
            "pin" => trust = Some(Trust::pin(text("root").parse().expect("a pin"))),
            "adopt-keyset" => {
                trust.as_mut().expect("a root").adopt_keyset(&document()).expect("a key set");
            }
            "open-transfer" => {
                let at = text("at").parse().expect("a time");
                let opened = open_transfer(trust.as_ref().expect("a root"), &document(), at);
                return opened.map_or_else(|fault| fault.code(), |_| "ok");
            }
            other => panic!("no such step: {other}"),
        }
    }
    panic!("{} opens no transfer", vector["name"])
}

#[test]
fn provenance() {
    let (documents, vectors) = (load("documents.json"), load("provenance.json"));
    let vectors = vectors["vectors"].as_array().expect("a list");
    let wrong: Vec<String> = vectors
        .iter()
        .map(|vector| (vector, result(vector, &documents)))
        .filter(|(vector, found)| vector["result"] != *found)
        .map(|(vector, found)| {
            format!("{}: {} expected, {found}", vector["name"], vector["result"])
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(vectors.iter().filter(|vector| vector["result"] != "ok").count() >= 12);
}
