//! A license server's state to test with: a publisher of fixed seeds, a container, items brought by an update.
//!
//! Invariants: nothing is drawn, so answers are the same on every run. Only tests include this file.
#![allow(dead_code)]

#[path = "../../../document/tests/support/publisher.rs"]
pub mod publisher;

use std::sync::{Arc, OnceLock};

use publisher::{Publisher, now, server_key};
use tenure_container::{Birth, Container, Reading, next_hash};
use tenure_document::{
    Attachments, ContainerId, ContainerKind, Envelope, Hash, Holder, HostId, HostIdType, Item,
    Numbered, Op, PublicKey, SeedSigner, Signer, Update, read_items,
};
use tenure_leasing::Leasing;
use tenure_ledger::EntrySigner;
use tenure_server::LeasingMachine;

/// The container of all tests.
pub const CONTAINER: ContainerId = ContainerId([42; 16]);

/// A small catalog: seats, two versions, overdraft, uncounted, metered, one that ends soon, one that may not leave.
pub const ITEMS: &str = r#"[
    {"id":"cad1","feature":"cad","version":"1.0","count":2,"expiry":"permanent"},
    {"id":"cad2","feature":"cad","version":"2.0","count":3,"expiry":"2027-12-31T00:00:00Z","overdraft":{"count":1}},
    {"id":"sim","feature":"sim","version":"1.0","count":1,"expiry":"2026-11-25T00:00:00Z"},
    {"id":"view","feature":"viewer","version":"1.0","count":"uncounted","expiry":"permanent"},
    {"id":"credits","feature":"render","version":"1.0","count":100,"expiry":"permanent","kind":{"metered":{"reusable":false,"undo_seconds":300}}},
    {"id":"bare","feature":"metal","version":"1.0","count":5,"expiry":"permanent","virtual":"deny"},
    {"id":"trip","feature":"travel","version":"1.0","count":4,"expiry":"permanent","borrow_max_seconds":1209600}
]"#;

/// One publisher for all: its keys cost some time to make.
pub fn publisher() -> &'static Publisher {
    static PUBLISHER: OnceLock<Publisher> = OnceLock::new();
    PUBLISHER.get_or_init(|| Publisher::new(0))
}

/// The holder on a numbered machine.
pub fn holder(at: usize) -> Holder {
    Holder::of(HostId::new(HostIdType::String, format!("ws{at}")).expect("a host ID"))
}

/// The instant of the ledger as the leasing floor takes it.
pub fn now_of(now: tenure_ledger::Now) -> tenure_leasing::Now {
    let reading = Reading { wall: now.wall, since_boot_ms: now.since_boot_ms };
    tenure_leasing::Now { at: now.at, reading }
}

/// The identity of the test server.
pub fn identity() -> Arc<SeedSigner> {
    Arc::new(server_key(9))
}

/// The same identity, signing ledger entries.
pub struct TestEntries(pub Arc<SeedSigner>);

impl EntrySigner for TestEntries {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).try_into().expect("Ed25519 signatures have 64 bytes")
    }
}

/// A new container of the fixture's publisher, holding nothing yet.
pub fn container(publisher: &Publisher) -> Container {
    Container::new(Birth {
        id: CONTAINER,
        name: "test server".to_owned(),
        kind: ContainerKind::Server,
        key: identity().public().clone(),
        root: publisher.pin(),
        keysets: vec![publisher.keyset_envelope().to_json()],
        keyset_version: 1,
        ratchet: Hash::ZERO,
        at: Reading { wall: now(), since_boot_ms: 0 },
    })
}

/// The machine every test starts from.
pub fn machine(publisher: &Publisher) -> LeasingMachine {
    LeasingMachine(Leasing::new(container(publisher), 7))
}

/// The operations that put these items, and the server's certificate, into an empty container.
pub fn operations(publisher: &Publisher, items: &[Item]) -> Vec<Numbered> {
    let certificate = publisher.certificate(CONTAINER, identity().as_ref());
    let certify = Op::Certify { certificate: publisher.seal_certificate(&certificate).to_json() };
    let adds = items.iter().map(|item| Op::Add { item: item.clone() });
    std::iter::once(certify)
        .chain(adds)
        .zip(1..)
        .map(|(op, sequence)| Numbered { sequence, op_id: format!("op-{sequence}"), op })
        .collect()
}

/// The update that brings these items to a new container.
pub fn first_update(publisher: &Publisher, items: &str) -> Envelope {
    let items = read_items(items.as_bytes()).expect("the items are right");
    seal_update(publisher, &container(publisher), operations(publisher, &items))
}

/// An update with these operations from the container's present state on.
pub fn seal_update(publisher: &Publisher, container: &Container, ops: Vec<Numbered>) -> Envelope {
    let from_hash = container.history_hash();
    let to_hash = ops.iter().fold(from_hash, |hash, one| next_hash(&hash, one.sequence, &one.op));
    publisher.seal_update(&Update {
        id: container.id(),
        generation: container.generation(),
        from_sequence: container.sequence(),
        from_hash,
        to_sequence: container.sequence() + ops.len() as u64,
        to_hash,
        ops,
        issued: now(),
        expires: None,
        attachments: Attachments::default(),
    })
}
