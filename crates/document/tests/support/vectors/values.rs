//! Values that every implementation must compute alike: ids, hashes, trees, encodings.

use serde_json::{Value, json};
use tenure_document::{
    ContainerId, Hash, LeaseId, SeedSigner, Signer, Time, Tree, batch_message, entry_hash,
    leaf_hash, pae,
};

use super::{
    publisher::{Publisher, ed25519, hybrid, server_key},
    url,
};

const CONTAINERS: [[u8; 16]; 3] = [[0; 16], [7; 16], [255; 16]];
const LEASES: [u64; 6] = [0, 1, 31, 32, 1_000_000, u64::MAX];
const TIMES: [&str; 6] = [
    "1970-01-01T00:00:00Z",
    "2026-11-22T05:41:00Z",
    "2026-11-22T05:41:00.007Z",
    "2024-02-29T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
];

/// All of them, by kind.
pub fn values() -> Value {
    json!({
        "keys": [
            key("ed25519", &ed25519(1), &[1; 32], None),
            key("ed25519-batch", &server_key(1), &[1; 32], None),
            key("ed25519+ml-dsa-65", &hybrid(1), &[1; 32], Some(&[0x81; 32])),
        ],
        "pins": [{
            "root": Publisher::new(0).keyset.root,
            "pin": Publisher::new(0).pin().to_string(),
        }],
        "pae": [
            { "type": "http://example.com/HelloWorld", "payload": url(b"hello world"),
              "message": url(&pae("http://example.com/HelloWorld", b"hello world")) },
            { "type": "", "payload": "", "message": url(&pae("", b"")) },
        ],
        "containers": CONTAINERS.map(|id| json!({
            "bytes": url(&id),
            "id": ContainerId(id).to_string(),
            "serial": ContainerId(id).serial(),
        })),
        "leases": LEASES.map(|number| json!({
            "number": number.to_string(),
            "id": LeaseId(number).to_string(),
        })),
        "times": TIMES.map(|text| {
                let time: Time = super::publisher::time(text);
                json!({ "text": text, "milliseconds": time.as_millis() })
            }),
        "trees": (1..=9).map(tree).collect::<Vec<_>>(),
        "entries": [entry()],
        "hosts": super::hosts::values(),
    })
}

fn key(algorithm: &str, signer: &SeedSigner, first: &[u8], second: Option<&[u8]>) -> Value {
    let message = b"tenure";
    json!({
        "algorithm": algorithm,
        "ed25519_seed": url(first),
        "ml_dsa_65_seed": second.map(url),
        "public": signer.public(),
        "id": signer.public().id().to_string(),
        "message": url(message),
        "signature": url(&signer.sign(message)),
    })
}

fn tree(size: u8) -> Value {
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[n])).collect();
    let tree = Tree::new(leaves);
    json!({
        "leaf_data": (0..size).map(|n| url(&[n])).collect::<Vec<_>>(),
        "root": tree.root().to_string(),
        "paths": (0..u32::from(size)).map(|index| tree.path(index)).collect::<Vec<_>>(),
    })
}

fn entry() -> Value {
    let at = super::publisher::now();
    let [previous, events, root] = [b"previous", b"events..", b"root...."].map(|t| Hash::of(t));
    let hash = entry_hash(12, at, 1, &previous, &events, &root);
    json!({
        "sequence": 12,
        "at": at.to_string(),
        "epoch": 1,
        "previous": previous.to_string(),
        "events_hash": events.to_string(),
        "root": root.to_string(),
        "hash": hash.to_string(),
        "signed": url(&batch_message(&hash)),
    })
}
