//! Any bytes as a payload of each type in an envelope that nobody signed: the report never panics.
#![no_main]

use tenure_document::{Envelope, Signature, Time, armor, inspect, summarize};

const NAMES: [&str; 12] = [
    "keyset",
    "certificate",
    "update",
    "context",
    "receipt",
    "lease",
    "revocation",
    "other",
    "transfer-request",
    "transfer",
    "usage",
    "pool",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = inspect(bytes, None, &[], Time::EPOCH);
    let Some((choice, payload)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(choice.wrapping_sub(b'a')) % NAMES.len()];
    let envelope = Envelope {
        payload_type: format!("application/vnd.tenure.{name}.v1+json"),
        payload: payload.to_vec(),
        signatures: vec![Signature { keyid: None, sig: vec![0; 64], batch: None }],
    };
    let summary = summarize(&envelope);
    let file = armor(&envelope, &summary);
    let report = inspect(file.as_bytes(), None, &[], Time::EPOCH).expect("it can be read");
    assert_eq!(report.summary, summary);
});
