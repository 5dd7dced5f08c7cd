//! A publisher and its devices, made of fixed seeds: certified, with items, ready to move them about.
//!
//! Invariants: the same bytes on every run. Only tests include this file.
#![allow(dead_code)]

use expect_test::Expect;
use std::sync::Arc;
use tenure_container::{
    Birth, Container, ContainerEvent, Reading, TransferFault, UpdateRefusal, next_hash,
    open_answer, open_request, open_transfer, open_update,
};
use tenure_document::{
    Bytes, Certificate, ContainerId, ContainerKind, Count, Envelope, Hash, Item, KeyRecord, Keyset,
    Moves, Numbered, Op, Payload, Revocation, RevokedContainer, Role, RootRecord, SeedSigner,
    Signer, Time, Trust, Update, read_document, read_json, seal,
};

pub const DAY: i64 = 86_400_000;
const START: i64 = 20_000 * DAY;

pub fn at(days: i64) -> Time {
    Time::from_millis(START + days * DAY)
}

pub fn reading(days: i64) -> Reading {
    Reading { wall: at(days), since_boot_ms: (1 + days.max(0)) * DAY }
}

/// One hybrid key with every role, under a root of its own.
pub struct Publisher {
    root: SeedSigner,
    pub keys: [SeedSigner; 3],
    pub keyset: Envelope,
    pub trust: Trust,
}

impl Publisher {
    pub fn new() -> Publisher {
        let hybrid = |name: u8| SeedSigner::hybrid(&[name; 32], &[name + 100; 32]).unwrap();
        let (root, keys) = (hybrid(1), [2, 3, 4].map(hybrid));
        let record = |key: &SeedSigner, role: Role| KeyRecord {
            id: key.public().id(),
            key: key.public().clone(),
            role,
            types: role.types().iter().map(|name| (*name).to_owned()).collect(),
            products: vec!["*".into()],
            sign_from: at(-10),
            sign_until: at(5000),
            verify_until: at(6000),
        };
        let root_record = RootRecord { threshold: 1, keys: vec![root.public().clone()] };
        let keyset = Keyset {
            version: 1,
            publisher: "Acme".into(),
            root: root_record.clone(),
            keys: vec![
                record(&keys[0], Role::Issuer),
                record(&keys[1], Role::Certifier),
                record(&keys[2], Role::Revoker),
            ],
            issued: at(0),
            revocation_sequence: 0,
        };
        let keyset = seal(&keyset, &[&root]);
        let mut trust = Trust::pin(root_record.pin());
        trust.adopt_keyset(&keyset).unwrap();
        Publisher { root, keys, keyset, trust }
    }

    /// A certified device without items.
    pub fn device(&self, number: u8, kind: ContainerKind, account: Option<&str>) -> Device {
        let signer = Arc::new(SeedSigner::ed25519(&[40 + number; 32]).unwrap());
        let container = Container::new(Birth {
            id: ContainerId([number; 16]),
            name: format!("device {number}"),
            kind,
            key: signer.public().clone(),
            root: self.trust.root(),
            keysets: vec![self.keyset.to_json()],
            keyset_version: 1,
            ratchet: Hash::of(&[number]),
            at: reading(0),
        });
        let mut device = Device { container, signer, trust: self.trust.clone(), ops: Vec::new() };
        device.certify(self, account);
        device
    }

    pub fn revocation(&self, sequence: u64, container: ContainerId, generation: u32) -> String {
        self.revocation_of(sequence, vec![RevokedContainer { container, generation }])
    }

    pub fn revocation_of(&self, sequence: u64, containers: Vec<RevokedContainer>) -> String {
        let list = Revocation { sequence, issued: at(1), keys: Vec::new(), containers };
        seal(&list, &[&self.keys[2]]).to_json()
    }
}

/// A container, its key, and all that the office ever ordered for this generation.
#[derive(Clone)]
pub struct Device {
    pub container: Container,
    pub signer: Arc<SeedSigner>,
    pub trust: Trust,
    pub ops: Vec<Op>,
}

impl Device {
    pub fn id(&self) -> ContainerId {
        self.container.id()
    }

    pub fn certify(&mut self, publisher: &Publisher, account: Option<&str>) {
        let certificate = Certificate {
            container: self.id(),
            generation: self.container.generation(),
            name: self.container.name().into(),
            kind: self.container.kind(),
            key: self.signer.public().clone(),
            uses: ["transfer-request", "transfer", "transfer-receipt", "transfer-refusal"]
                .map(str::to_owned)
                .to_vec(),
            not_before: at(0),
            not_after: None,
            sequence: 1,
            account: account.map(str::to_owned),
            binding: None,
        };
        let certificate = seal(&certificate, &[&publisher.keys[1]]).to_json();
        self.order(publisher, vec![Op::Certify { certificate }]).unwrap();
    }

    /// The update with everything ever ordered and `more`.
    pub fn update(&self, more: &[Op], issued: Time) -> Update {
        let (mut hash, mut ops) = (Hash::ZERO, Vec::new());
        for (sequence, op) in (1..).zip(self.ops.iter().chain(more)) {
            hash = next_hash(&hash, sequence, op);
            ops.push(Numbered { sequence, op_id: format!("op-{sequence}"), op: op.clone() });
        }
        Update {
            id: self.id(),
            generation: self.container.generation(),
            from_sequence: 0,
            from_hash: Hash::ZERO,
            to_sequence: ops.len() as u64,
            ops,
            to_hash: hash,
            issued,
            expires: None,
            attachments: Default::default(),
        }
    }

    /// The office orders operations and the device applies them.
    pub fn order(&mut self, publisher: &Publisher, ops: Vec<Op>) -> Result<(), UpdateRefusal> {
        let update = self.update(&ops, at(0));
        self.ops.extend(ops);
        self.apply_update(publisher, &update, reading(1)).map(drop)
    }

    pub fn apply_update(
        &mut self,
        publisher: &Publisher,
        update: &Update,
        now: Reading,
    ) -> Result<Vec<ContainerEvent>, UpdateRefusal> {
        let envelope = seal(update, &[&publisher.keys[0]]);
        let trust = self.container.trust().unwrap();
        let opened = open_update(trust, &envelope, now.wall, [5; 32])?;
        let events = self.container.decide_update(&opened, now)?;
        self.play(&events);
        self.trust = self.container.trust().unwrap();
        Ok(events)
    }

    pub fn play(&mut self, events: &[ContainerEvent]) {
        events.iter().for_each(|event| self.container.apply(event));
    }

    fn paper(&self, nonce: &Bytes) -> Envelope {
        read_document(self.container.transfer_paper(nonce).unwrap().as_bytes()).unwrap()
    }

    pub fn request(
        &mut self,
        number: u8,
        item: &str,
        count: u64,
    ) -> Result<Envelope, TransferFault> {
        let events = self.container.request(
            &nonce(number),
            item,
            count,
            self.signer.as_ref(),
            reading(2),
        )?;
        self.play(&events);
        Ok(self.paper(&nonce(number)))
    }

    pub fn send(&mut self, request: &Envelope) -> Result<Envelope, TransferFault> {
        self.send_at(request, 0, reading(2))
    }

    pub fn send_at(
        &mut self,
        request: &Envelope,
        kept: u64,
        now: Reading,
    ) -> Result<Envelope, TransferFault> {
        let opened = open_request(&self.trust, request, now.wall)?;
        let events = self.container.send(&opened, kept, self.signer.as_ref(), now)?;
        self.play(&events);
        Ok(self.paper(&opened.request().nonce))
    }

    pub fn accept(&mut self, transfer: &Envelope) -> Result<Envelope, TransferFault> {
        let opened = open_transfer(&self.trust, transfer, at(2))?;
        let events = self.container.accept(&opened, self.signer.as_ref(), reading(2))?;
        self.play(&events);
        Ok(self.paper(&opened.transfer().nonce))
    }

    pub fn refuse(&mut self, number: u8) -> Result<Envelope, TransferFault> {
        let events = self.container.refuse(
            &nonce(number),
            "not wanted",
            self.signer.as_ref(),
            reading(2),
        )?;
        self.play(&events);
        Ok(self.paper(&nonce(number)))
    }

    pub fn settle(&mut self, answer: &Envelope) -> Result<(), TransferFault> {
        let opened = open_answer(&self.trust, &self.container, answer, at(2))?;
        let events = self.container.settle(&opened)?;
        self.play(&events);
        Ok(())
    }

    /// Units held of an item.
    pub fn held(&self, item: &str) -> u64 {
        match self.container.item(item).map(|item| item.count) {
            Some(Count::Counted(count)) => u64::from(count),
            Some(Count::Uncounted) => u64::MAX,
            None => 0,
        }
    }
}

/// Units of a count; an uncounted one has none here.
pub fn units(count: Count) -> u64 {
    match count {
        Count::Counted(count) => u64::from(count),
        Count::Uncounted => 0,
    }
}

pub fn nonce(number: u8) -> Bytes {
    Bytes(vec![number; 16])
}

/// An item that may move under this policy.
pub fn movable(id: &str, count: u32, moves: Moves) -> Item {
    let mut item = Item::new(id, "cad", "2.0".parse().unwrap(), Count::Counted(count));
    item.moves = Some(moves);
    item
}

pub fn add(id: &str, count: u32, moves: Moves) -> Op {
    Op::Add { item: movable(id, count, moves) }
}

/// What a sealed document says.
pub fn content<P: Payload>(envelope: &Envelope) -> P {
    read_json(&envelope.payload, P::LIMITS).unwrap()
}

/// Moves as it likes.
pub const FREE: Moves =
    Moves { times: None, days_between: 0, within_account: false, hop_only: false };

/// Source with five units of `i1`, a transfer container and a target.
pub fn house() -> (Publisher, Device, Device, Device) {
    let publisher = Publisher::new();
    let mut source = publisher.device(1, ContainerKind::Bound, Some("C-1"));
    source.order(&publisher, vec![add("i1", 5, FREE)]).unwrap();
    let hop = publisher.device(2, ContainerKind::Portable, Some("C-1"));
    let target = publisher.device(3, ContainerKind::Bound, Some("C-1"));
    (publisher, source, hop, target)
}

/// What became of each attempt.
pub fn says(results: &[(&str, Result<(), TransferFault>)], expected: Expect) {
    let line = |(name, result): &(&str, Result<(), TransferFault>)| match result {
        Ok(()) => format!("{name}: ok\n"),
        Err(fault) => format!("{name}: {}: {fault}\n", fault.code()),
    };
    expected.assert_eq(&results.iter().map(line).collect::<String>());
}
