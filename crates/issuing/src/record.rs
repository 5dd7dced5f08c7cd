//! The record of one container as its publisher keeps it; its JSON is a stored format.
//!
//! Invariants: `hashes` holds the history hash after every operation ever issued; `ops` those that the container has
//! not acknowledged; `items` is what the container holds once all of them are applied; what is acknowledged never falls.
//! Deliberately not here: deciding about a context (contact) or making an update (issue).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{
    ContainerId, ContainerKind, Context, Hash, Item, KeyId, Numbered, PublicKey, Time, Verified,
};

/// What the publisher knows of one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerRecord {
    /// Its identity.
    pub id: ContainerId,
    /// Its serial, for people who read the file.
    pub serial: String,
    /// The generation that updates are made for.
    pub generation: u32,
    /// What its owner calls it.
    pub name: String,
    /// What it is stored on.
    pub kind: ContainerKind,
    /// Its identity key, as first seen.
    pub key: PublicKey,
    /// Whether its history fits this record.
    pub standing: Standing,
    /// The last operation that it is known to have applied.
    pub acknowledged: u64,
    /// The history hash after each operation, from 0.
    pub hashes: Vec<Hash>,
    /// The operations after `acknowledged`.
    pub ops: Vec<Numbered>,
    /// The ratchet commitments seen, by sequence.
    pub ratchets: BTreeMap<u64, Hash>,
    /// What it holds once every operation is applied.
    pub items: BTreeMap<String, Item>,
    /// The key list it last said it has.
    pub keyset_version: u64,
    /// The revocation list it last said it has.
    pub revocation_sequence: u64,
    /// How many certificates were made for it.
    pub certificates: u64,
    /// The publisher key that signed the last of them.
    pub certified_by: Option<KeyId>,
    /// SHA-256 of the last context taken in.
    pub last_context: Hash,
    /// When that context says it was made.
    pub last_context_at: Time,
}

/// Whether a container's history fits what was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Standing {
    /// It does.
    Known,
    /// It showed an older state than it had acknowledged: restored from a copy.
    Rollback {
        /// The sequence it showed.
        seen: u64,
    },
    /// It showed a history that was never issued.
    Fork {
        /// The sequence it showed.
        seen: u64,
    },
    /// Two containers with the same history went on apart.
    Clone {
        /// The sequence at which they differ.
        seen: u64,
        /// The ratchet commitment of the other one.
        other: Hash,
    },
}

impl Standing {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Standing::Known => "known",
            Standing::Rollback { .. } => "rollback",
            Standing::Fork { .. } => "fork",
            Standing::Clone { .. } => "clone",
        }
    }
}

impl ContainerRecord {
    /// The record at first contact: nothing was ever issued, so the container must be new.
    pub fn first_contact(context: &Verified<Context>) -> ContainerRecord {
        ContainerRecord {
            id: context.id,
            serial: context.id.serial(),
            generation: context.generation,
            name: context.name.clone(),
            kind: context.kind,
            key: context.key.clone(),
            standing: Standing::Known,
            acknowledged: 0,
            hashes: vec![Hash::ZERO],
            ops: Vec::new(),
            ratchets: BTreeMap::new(),
            items: BTreeMap::new(),
            keyset_version: 0,
            revocation_sequence: 0,
            certificates: 0,
            certified_by: None,
            last_context: Hash::ZERO,
            last_context_at: context.at,
        }
    }

    /// The number of the last operation issued.
    pub fn issued(&self) -> u64 {
        (self.hashes.len() as u64).saturating_sub(1)
    }

    /// The history hash after an operation that was issued.
    pub fn hash_at(&self, sequence: u64) -> Option<Hash> {
        self.hashes.get(usize::try_from(sequence).ok()?).copied()
    }
}
