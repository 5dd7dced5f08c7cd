//! The vectors: documents, steps, and the result each last step must give.
//!
//! Invariants: everything is made from fixed seeds and written in a fixed order, so that the
//! files in `vectors/` are the same on every machine. One file per topic; the documents stand
//! apart in `documents.json` because several vectors use the same ones. The results are written
//! by hand here, never taken from what the code says.
#![allow(dead_code)]

mod chains;
mod edges;
mod hosts;
mod leases;
mod payloads;
mod publisher_signed;
mod reading;
mod transfers;
mod values;

#[path = "../publisher.rs"]
pub mod publisher;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tenure_document::{Envelope, Signature, Signer, pae};

/// Every file below `vectors/` by name, as it must stand on disk.
pub fn files() -> BTreeMap<String, String> {
    let mut book = Book::default();
    reading::write(&mut book);
    publisher_signed::write(&mut book);
    payloads::write(&mut book);
    chains::write(&mut book);
    leases::write(&mut book);
    transfers::write(&mut book);
    hosts::write(&mut book);
    edges_as_vectors(&mut book);
    let mut files = BTreeMap::new();
    for (file, vectors) in &book.vectors {
        files.insert(format!("{file}.json"), pretty(&json!({ "vectors": vectors })));
    }
    files.insert("documents.json".into(), pretty(&Value::Object(book.documents)));
    files.insert("values.json".into(), pretty(&values::values()));
    files.insert("truncations.json".into(), pretty(&reading::truncations()));
    files
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON values are writable") + "\n"
}

/// All vectors, growing.
#[derive(Default)]
pub struct Book {
    documents: Map<String, Value>,
    vectors: BTreeMap<&'static str, Vec<Value>>,
}

impl Book {
    /// Puts a document in under a name and returns the name.
    pub fn document(&mut self, name: &str, text: impl Into<Vec<u8>>) -> String {
        let value = match String::from_utf8(text.into()) {
            Ok(text) => Value::String(text),
            Err(error) => json!({ "base64url": url(error.as_bytes()) }),
        };
        let before = self.documents.insert(name.to_owned(), value.clone());
        assert!(before.is_none_or(|before| before == value), "two documents named {name}");
        name.to_owned()
    }

    /// Puts a sealed document in under a name and returns the name.
    pub fn sealed(&mut self, name: &str, envelope: &Envelope) -> String {
        self.document(name, envelope.to_json())
    }

    /// Adds a vector: all steps but the last must succeed, the last must give `result`.
    pub fn vector(
        &mut self,
        file: &'static str,
        name: &str,
        why: &str,
        steps: &[Value],
        result: &str,
    ) {
        let list = self.vectors.entry(file).or_default();
        assert!(list.iter().all(|v| v["name"] != name), "two vectors {name} in {file}");
        list.push(json!({ "name": name, "why": why, "steps": steps, "result": result }));
    }
}

/// Base64url without padding.
pub fn url(bytes: &[u8]) -> String {
    tenure_document::Bytes(bytes.to_vec()).to_string()
}

/// Bytes from hexadecimal digits.
pub fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hexadecimal digits"))
        .collect()
}

/// Seals bytes that no typed payload could give.
pub fn seal_bytes(payload_type: &str, payload: &[u8], signers: &[&dyn Signer]) -> Envelope {
    let message = pae(payload_type, payload);
    let signatures = signers
        .iter()
        .map(|signer| Signature {
            keyid: Some(signer.public().id().to_string()),
            sig: signer.sign(&message),
            batch: None,
        })
        .collect();
    Envelope { payload_type: payload_type.into(), payload: payload.to_vec(), signatures }
}

/// The type string of a name.
pub fn type_of(name: &str) -> String {
    format!("application/vnd.tenure.{name}.v1+json")
}

/// The step that pins the root of the standard publisher.
pub fn pin_step(publisher: &publisher::Publisher) -> Value {
    json!({ "do": "pin", "root": publisher.pin().to_string() })
}

/// The step that adopts a key set.
pub fn keyset_step(document: &str) -> Value {
    json!({ "do": "adopt-keyset", "document": document })
}

/// The step that verifies a publisher-signed document at the fixtures' now.
pub fn verify_step(name: &str, document: &str) -> Value {
    json!({ "do": "verify", "type": name, "document": document, "at": "2026-11-22T00:00:00Z" })
}

fn edges_as_vectors(book: &mut Book) {
    for edge in edges::EDGES {
        let step = json!({
            "do": "ed25519",
            "key": url(&hex(edge.key)),
            "message": url(&hex(edge.message)),
            "signature": url(&hex(edge.signature)),
        });
        book.vector("ed25519", edge.name, edge.why, &[step], edge.result);
    }
}
