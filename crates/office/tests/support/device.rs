//! A container in memory, with the code that every container has: shows contexts, applies updates, makes receipts.
//!
//! Invariants: fixed keys and a clock that tests move; nothing of the office's state is looked at.
#![allow(dead_code)]

use tenure_container::{Birth, Container, ContainerEvent, Reading, open_update};
use tenure_document::{
    ContainerId, ContainerKind, Context, Hash, SeedSigner, Signer, Time, armor, read_document,
    seal, summarize,
};

use crate::office::publisher;
use crate::publisher::{ed25519, now};

/// A device with one container.
pub struct Device {
    pub container: Container,
    signer: SeedSigner,
    reading: Reading,
    turns: u8,
}

impl Device {
    /// A new, empty container.
    pub fn new(number: u8, kind: ContainerKind) -> Self {
        let signer = ed25519(100 + number);
        let reading = Reading { wall: now(), since_boot_ms: 0 };
        let container = Container::new(Birth {
            id: ContainerId([number; 16]),
            name: format!("machine {number}"),
            kind,
            key: signer.public().clone(),
            root: publisher().pin(),
            keysets: vec![publisher().keyset_envelope().to_json()],
            keyset_version: 1,
            ratchet: Hash::of(&[number]),
            at: reading,
        });
        Self { container, signer, reading, turns: 0 }
    }

    pub fn serial(&self) -> String {
        self.container.id().serial()
    }

    /// Its clock goes on.
    pub fn wait(&mut self, seconds: i64) {
        let wall = self.reading.wall.as_millis() + seconds * 1000;
        self.reading = Reading {
            wall: Time::from_millis(wall),
            since_boot_ms: self.reading.since_boot_ms + seconds * 1000,
        };
    }

    /// Its context, armored.
    pub fn context(&self) -> String {
        let context = self.container.context(self.reading.wall, |_| 0);
        armored(&context, &self.signer)
    }

    /// The first context of a next generation, whose key nothing vouches for, armored.
    pub fn context_anew(&self) -> String {
        let signer = ed25519(200);
        let context = Context {
            generation: self.container.generation() + 1,
            sequence: 0,
            history_hash: Hash::ZERO,
            key: signer.public().clone(),
            items: Vec::new(),
            ..self.container.context(self.reading.wall, |_| 0)
        };
        armored(&context, &signer)
    }

    /// Applies an update as it was answered; its receipt, armored.
    pub fn apply(&mut self, update: &str) -> String {
        self.turns += 1;
        let envelope = read_document(update.as_bytes()).expect("an update can be read");
        let trust = self.container.trust().expect("the container's own trust");
        let at = self.container.clock().rights(self.reading).items;
        let opened =
            open_update(trust, &envelope, at, [self.turns; 32]).expect("the update is right");
        let events = self.container.decide_update(&opened, self.reading).expect("it fits");
        events.iter().for_each(|event: &ContainerEvent| self.container.apply(event));
        armored(&self.container.receipt(self.reading.wall), &self.signer)
    }

    /// A receipt of what it is, armored.
    pub fn apply_nothing(&self) -> String {
        armored(&self.container.receipt(self.reading.wall), &self.signer)
    }

    /// The features it holds, with their counts.
    pub fn holds(&self) -> String {
        let items = self.container.items();
        items
            .map(|item| format!("{} {:?}", item.feature, item.count))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn armored<P: tenure_document::Payload>(payload: &P, signer: &SeedSigner) -> String {
    let envelope = seal(payload, &[signer]);
    armor(&envelope, &summarize(&envelope))
}
