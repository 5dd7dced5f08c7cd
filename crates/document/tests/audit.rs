//! What contradicts what: forks, seats and leases given twice, transfers made twice, copies that go on.

use expect_test::{Expect, expect};
use tenure_document::*;

#[path = "support/publisher.rs"]
mod publisher;

use publisher::{Publisher, server_key, time};

const SERVER: ContainerId = ContainerId([7; 16]);

fn lease(id: u64, host: &str, seat: u32, from: &str, until: &str) -> Lease {
    let text = format!(
        r#"{{"id":"{}","server":"{SERVER}","holder":{{"host":{{"type":"STRING","value":"{host}"}}}},
        "feature":"cad","version":"2.0","count":1,"seats":[[{seat},{seat}]],"items":["i1"],
        "issued":"2026-11-22T{from}:00Z","expires":"2026-11-22T{until}:00Z",
        "renew_after":"2026-11-22T{from}:00Z","sequence":1,"code":"granted","borrowed":false}}"#,
        LeaseId(id)
    );
    read_json(text.as_bytes(), Lease::LIMITS).unwrap()
}

/// The lease alone in entry `sequence`, after the entry with this hash; and the hash of its own entry.
fn sealed(lease: &Lease, sequence: u64, previous: Hash) -> (Envelope, Hash) {
    let payload = payload_bytes(lease);
    let leaf = document_leaf(Lease::TYPE, &payload);
    let at = lease.issued;
    let batch = Batch {
        sequence,
        at,
        epoch: 1,
        previous,
        events_hash: Hash::ZERO,
        index: 0,
        size: 1,
        path: Vec::new(),
    };
    let entry = entry_hash(sequence, at, 1, &previous, &Hash::ZERO, &leaf);
    let key = server_key(9);
    let sig = key.sign(&batch_message(&entry));
    (Envelope::batched(Lease::TYPE, payload, key.public().id(), sig, batch), entry)
}

/// A pile and the certificate of the one who signed everything in it.
struct Pile {
    trust: Trust,
    certificate: Verified<Certificate>,
    audit: Audit,
}

impl Pile {
    fn new() -> Pile {
        let publisher = Publisher::new(0);
        let mut certificate = publisher.certificate(SERVER, &server_key(9));
        for name in ["transfer", "transfer-receipt", "transfer-refusal"] {
            certificate.uses.push(name.into());
        }
        let trust = publisher.trust();
        let sealed = publisher.seal_certificate(&certificate);
        let certificate = trust.verify_certificate(&sealed, publisher::now()).unwrap();
        Pile { trust, certificate, audit: Audit::default() }
    }

    fn verified<P: Payload>(&self, envelope: &Envelope) -> Verified<P> {
        self.trust.verify_by(envelope, &self.certificate, time("2026-11-23T00:00:00Z")).unwrap()
    }

    fn lease(&mut self, name: &str, lease: &Lease, sequence: u64, previous: Hash) -> Hash {
        let (envelope, entry) = sealed(lease, sequence, previous);
        let verified = self.verified(&envelope);
        self.audit.lease(name, &envelope, &verified);
        entry
    }

    fn signed<P: Payload>(&self, payload: &P) -> Verified<P> {
        self.verified(&seal(payload, &[&server_key(9)]))
    }

    fn check(&self, expected: Expect) {
        let lines = self.audit.contradictions();
        expected.assert_eq(&lines.iter().map(|one| format!("{one}\n")).collect::<String>());
    }
}

#[test]
fn an_honest_pile_holds_nothing() {
    let mut pile = Pile::new();
    let head = pile.lease("a", &lease(1, "ws1", 1, "10:00", "10:15"), 5, Hash::ZERO);
    pile.lease("a again", &lease(1, "ws1", 1, "10:00", "10:15"), 5, Hash::ZERO);
    let head = pile.lease("renewed", &lease(1, "ws1", 1, "10:10", "10:25"), 6, head);
    let head = pile.lease("other seat", &lease(2, "ws2", 2, "10:12", "10:27"), 7, head);
    pile.lease("shared by one device", &lease(3, "ws1", 1, "10:13", "10:28"), 8, head);
    pile.check(expect![[""]]);
}

#[test]
fn leases_that_contradict_each_other() {
    let mut pile = Pile::new();
    let head = pile.lease("one", &lease(1, "ws1", 1, "10:00", "10:15"), 5, Hash::ZERO);
    pile.lease("same entry", &lease(2, "ws2", 2, "10:00", "10:15"), 5, Hash::ZERO);
    pile.lease("on another head", &lease(3, "ws3", 3, "10:01", "10:16"), 6, Hash::of(b"x"));
    pile.lease("same lease", &lease(1, "ws1", 9, "10:00", "10:15"), 9, head);
    pile.lease("same seat", &lease(4, "ws4", 1, "10:14", "10:29"), 11, head);
    pile.check(expect![[r#"
        PROOF ledger-fork by T-TXGX-81NF-5956: two entries 5 of one ledger: it was forked or restored: one, same entry
        PROOF ledger-fork by T-TXGX-81NF-5956: two entries 5 of one ledger: it was forked or restored: one, on another head
        PROOF lease-twice by T-TXGX-81NF-5956: lease L-0000000000001 was signed twice with different content: one, same lease
        SUSPICION seat-twice by T-TXGX-81NF-5956: seat 1 of cad is held by L-0000000000001 until 2026-11-22T10:15:00Z and by L-0000000000004 from 2026-11-22T10:14:00Z: one, same seat
    "#]]);
}

#[test]
fn reports_prove_what_leases_let_suspect() {
    let interval = |lease: u64, holder: &str, from: &str, until: &str| UsageInterval {
        lease: LeaseId(lease),
        item_id: "i1".into(),
        seats: vec![SeatRange { first: 1, last: 1 }],
        from: time(&format!("2026-11-22T{from}:00Z")),
        until: time(&format!("2026-11-22T{until}:00Z")),
        holder: holder.into(),
        feature: "cad".into(),
    };
    let usage = |from: u64, intervals: Vec<UsageInterval>| Usage {
        server: SERVER,
        generation: 1,
        from_sequence: from,
        to_sequence: from + 9,
        head: Hash::of(&from.to_be_bytes()),
        intervals,
        previous: None,
        totals: Vec::new(),
        at: time("2026-11-22T12:00:00Z"),
    };
    let mut pile = Pile::new();
    let first = usage(1, vec![interval(1, "p1", "10:00", "10:10")]);
    let early = usage(11, vec![interval(2, "p2", "10:10", "10:20")]);
    let twice = usage(21, vec![interval(3, "p3", "10:15", "10:30")]);
    let gone = Usage { previous: Some(Hash::of(b"other")), ..usage(31, Vec::new()) };
    for (name, report) in [("first", &first), ("early", &early), ("twice", &twice), ("gone", &gone)]
    {
        let report = pile.signed(report);
        pile.audit.usage(name, &report);
    }
    pile.check(expect![[r#"
        PROOF ledger-fork by T-TXGX-81NF-5956: two entries 30 of one ledger: it was forked or restored: twice, gone
        PROOF seat-twice by T-TXGX-81NF-5956: seat 1 of cad is held by L-0000000000002 until 2026-11-22T10:20:00Z and by L-0000000000003 from 2026-11-22T10:15:00Z: early, twice
    "#]]);
}

#[test]
fn transfers_answers_and_copies() {
    let mut pile = Pile::new();
    let nonce = Bytes(vec![1; 16]);
    let item = Item::new("i1", "cad", Version::new(2, 0, 0), Count::Counted(1));
    let at = publisher::now();
    let transfer = |target: u8, provenance: Vec<String>| Transfer {
        source: SERVER,
        generation: 1,
        certificate: "{}".into(),
        sequence: 3,
        target: ContainerId([target; 16]),
        nonce: nonce.clone(),
        item: item.clone(),
        provenance,
        at,
    };
    for (name, step) in [
        ("full", transfer(8, vec!["{}".into()])),
        ("bare", transfer(8, Vec::new())),
        ("to another", transfer(9, Vec::new())),
    ] {
        let step = pile.signed(&step);
        pile.audit.transfer(name, &step);
    }
    let receipt = TransferReceipt {
        target: SERVER,
        generation: 1,
        nonce: nonce.clone(),
        transfer: Hash::of(b"1"),
        at,
    };
    let refusal = |transfer: Option<Hash>| TransferRefusal {
        target: SERVER,
        generation: 1,
        nonce: nonce.clone(),
        reason: "no".into(),
        transfer,
        at,
    };
    let taken = pile.signed(&receipt);
    pile.audit.receipt("taken", &taken);
    let turned_down = pile.signed(&refusal(Some(Hash::of(b"2"))));
    pile.audit.refusal("another turned down", &turned_down);
    let refused = pile.signed(&refusal(None));
    pile.audit.refusal("refused", &refused);
    pile.check(expect![[r#"
        PROOF transfer-twice by T-TXGX-81NF-5956: request AQEBAQEBAQEBAQEBAQEBAQ was fulfilled twice, differently: full, to another
        PROOF answer-twice by T-TXGX-81NF-5956: transfer AQEBAQEBAQEBAQEBAQEBAQ has two answers: taken, refused
    "#]]);
}
