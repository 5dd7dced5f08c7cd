//! Off-line verification against the bare signature checks that it cannot do without.
//!
//! `lease`: one lease of a known server (one Ed25519 check). `chain`: from the pinned root to a
//! lease, as at the start of an application off line (two root signatures and one certifier
//! signature, Ed25519 and ML-DSA-65 each, and one of the server). The aim is 1.3 times the bare
//! checks.

#[path = "../../document/tests/support/publisher.rs"]
mod publisher;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use tenure_api::ChainAnswer;
use tenure_document::{
    Batch, ContainerId, Envelope, Hash, Holder, HostId, HostIdType, Lease, LeaseId, Payload,
    SeatRange, Signer, Tree, Version, batch_message, entry_hash, leaf_hash, pae, payload_bytes,
};
use tenure_sdk::proof::Authority;

fn verify(criterion: &mut Criterion) {
    let publisher = publisher::Publisher::new(0);
    let identity = publisher::server_key(9);
    let now = publisher::now();
    let server = ContainerId([7; 16]);
    let keyset = publisher.keyset_envelope();
    let certificate = publisher.seal_certificate(&publisher.certificate(server, &identity));
    let chain = ChainAnswer {
        server,
        keysets: vec![keyset.to_json()],
        certificate: Some(certificate.to_json()),
        revocation: None,
    };
    let (document, message, signature) = batched_lease(server, &identity);
    let known = Authority::establish(publisher.pin(), chain.clone(), None, now).expect("it holds");

    // The checks themselves, on keys as they stand in records.
    let server_key = identity.public().clone();
    let roots: Vec<_> = publisher.keyset.root.keys[..2].to_vec();
    let certifier = publisher.certifier.public().clone();
    let (keyset_pae, certificate_pae) = (keyset.pae(), certificate.pae());
    let bare_chain = || {
        for (key, signature) in roots.iter().zip(&keyset.signatures) {
            assert!(key.verifies(&keyset_pae, &signature.sig));
        }
        assert!(certifier.verifies(&certificate_pae, &certificate.signatures[0].sig));
    };

    let mut lease = criterion.benchmark_group("lease");
    lease.bench_function("bare signature check", |bencher| {
        bencher.iter(|| assert!(server_key.verifies(black_box(&message), &signature)));
    });
    lease.bench_function("verified lease", |bencher| {
        bencher.iter(|| known.lease(black_box(&document), now).expect("it holds"));
    });
    lease.finish();

    let mut whole = criterion.benchmark_group("chain");
    whole.bench_function("bare signature checks", |bencher| {
        bencher.iter(|| {
            bare_chain();
            assert!(server_key.verifies(black_box(&message), &signature));
        });
    });
    whole.bench_function("root to lease", |bencher| {
        bencher.iter(|| {
            let known = Authority::establish(publisher.pin(), black_box(chain.clone()), None, now);
            known.expect("it holds").lease(&document, now).expect("it holds")
        });
    });
    whole.finish();
}

/// A lease in a batch of sixteen; its document, and what the server's key signed.
fn batched_lease(server: ContainerId, identity: &dyn Signer) -> (String, [u8; 51], Vec<u8>) {
    let issued = publisher::now();
    let host = HostId::new(HostIdType::String, "ws14").expect("a host ID");
    let lease = Lease {
        id: LeaseId(4_711),
        server,
        holder: Holder { user: Some("ann".into()), ..Holder::of(host) },
        feature: "cad".into(),
        version: Version::new(2, 0, 0),
        count: 1,
        seats: vec![SeatRange { first: 7, last: 7 }],
        items: vec!["i1".into()],
        issued,
        expires: issued.plus(Duration::from_secs(900)),
        renew_after: issued.plus(Duration::from_secs(135)),
        client_key: None,
        nonce: Some(vec![1; 16].into()),
        request: Some(Hash::of(b"request")),
        sequence: 1,
        code: "granted".into(),
        borrowed: false,
    };
    let payload = payload_bytes(&lease);
    let mut leaves: Vec<Hash> = (0..16u8).map(|n| leaf_hash(&[n])).collect();
    leaves[5] = leaf_hash(&pae(Lease::TYPE, &payload));
    let tree = Tree::new(leaves);
    let (previous, events_hash) = (Hash::of(b"previous"), Hash::of(b"events"));
    let entry = entry_hash(9, issued, 1, &previous, &events_hash, &tree.root());
    let batch = Batch {
        sequence: 9,
        at: issued,
        epoch: 1,
        previous,
        events_hash,
        index: 5,
        size: 16,
        path: tree.path(5),
    };
    let message = batch_message(&entry);
    let signature = identity.sign(&message);
    let envelope =
        Envelope::batched(Lease::TYPE, payload, identity.public().id(), signature.clone(), batch);
    (envelope.to_json(), message, signature)
}

criterion_group!(benches, verify);
criterion_main!(benches);
