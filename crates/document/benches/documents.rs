//! What documents cost: `cargo bench -p tenure-document`.
//!
//! The first two are on the license server's hot path, the last three are what an SDK waits for.
//! Read them as ratios to the bare signature checks beside them.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use tenure_document::*;

#[path = "../tests/support/publisher.rs"]
mod publisher;

use publisher::{Publisher, now, server_key};

const SERVER: ContainerId = ContainerId([7; 16]);

fn lease() -> Lease {
    Lease {
        id: LeaseId(123_456),
        server: SERVER,
        holder: Holder {
            user: Some("ann".into()),
            ..Holder::of(HostId { kind: HostIdType::String, value: "ws14".into() })
        },
        feature: "cad".into(),
        version: Version::new(2, 0, 0),
        count: 1,
        seats: vec![SeatRange { first: 7, last: 7 }],
        items: vec!["i1".into()],
        issued: now(),
        expires: now().plus(Duration::from_secs(900)),
        renew_after: now().plus(Duration::from_millis(135_250)),
        client_key: None,
        nonce: Some(Bytes(vec![1; 16])),
        request: Some(Hash::of(b"request")),
        sequence: 3,
        code: "granted".into(),
        borrowed: false,
    }
}

/// The lease among 64 of one entry, signed.
fn batched(key: &SeedSigner) -> Envelope {
    let payload = lease_payload_bytes(&lease());
    let leaf = leaf_hash(&pae(Lease::TYPE, &payload));
    let mut leaves: Vec<Hash> = (0..64_u8).map(|n| Hash::of(&[n])).collect();
    leaves[9] = leaf;
    let tree = Tree::new(leaves);
    let batch = Batch {
        sequence: 12,
        at: now(),
        epoch: 1,
        previous: Hash::ZERO,
        events_hash: Hash::ZERO,
        index: 9,
        size: 64,
        path: tree.path(9),
    };
    let entry = batch.entry_hash(&leaf).expect("the path fits");
    let sig = key.sign(&batch_message(&entry));
    Envelope::batched(Lease::TYPE, payload, key.public().id(), sig, batch)
}

fn writing(c: &mut Criterion) {
    let lease = lease();
    c.bench_function("lease payload", |b| b.iter(|| lease_payload_bytes(black_box(&lease))));
    let payload = lease_payload_bytes(&lease);
    c.bench_function("lease leaf", |b| {
        b.iter(|| leaf_hash(&pae(Lease::TYPE, black_box(&payload))));
    });
    let envelope = batched(&server_key(9));
    c.bench_function("lease envelope text", |b| b.iter(|| black_box(&envelope).to_json()));
}

fn verifying(c: &mut Criterion) {
    let publisher = Publisher::new(0);
    let (trust, key) = (publisher.trust(), server_key(9));
    let certificate = publisher.certified(SERVER, &key);
    let envelope = batched(&key);
    let signature = &envelope.signatures[0];
    let entry = signature.batch.as_ref().and_then(|b| b.entry_hash(&envelope.leaf()).ok());
    let message = batch_message(&entry.expect("the path fits"));
    c.bench_function("bare ed25519", |b| {
        b.iter(|| key.public().verifies(black_box(&message), &signature.sig));
    });
    let text = envelope.to_json();
    c.bench_function("lease from text", |b| {
        b.iter(|| {
            let envelope = read_document(black_box(text.as_bytes())).expect("it can be read");
            trust.verify_by::<Lease>(&envelope, &certificate, now()).expect("it is right")
        });
    });
    let sealed = publisher.seal_certificate(&publisher.certificate(SERVER, &key));
    let message = sealed.pae();
    c.bench_function("bare hybrid", |b| {
        b.iter(|| {
            publisher.certifier.public().verifies(black_box(&message), &sealed.signatures[0].sig)
        });
    });
    let text = sealed.to_json();
    c.bench_function("certificate from text", |b| {
        b.iter(|| {
            let envelope = read_document(black_box(text.as_bytes())).expect("it can be read");
            trust.verify_certificate(&envelope, now()).expect("it is right")
        });
    });
}

criterion_group!(benches, writing, verifying);
criterion_main!(benches);
