//! A ledger entry: what one commit stores, how its hash is made and how it is checked.
//!
//! Invariants: `hash` covers sequence, time, epoch, the previous hash, the events and the Merkle
//! root of the documents answered in the same commit; the signature is over the hash alone, so one
//! signature vouches for the entry and for every document in it.
//! Not here: what the payload says (`payload`) and where entries are kept (`port`).

use tenure_document::{Hash, PublicKey, Time, Tree, batch_message, entry_hash};

use crate::fault::{Corruption, Damage};

/// Sequence of the first entry, which holds the state everything starts from.
pub const GENESIS: u64 = 0;

/// Signs entries with the instance's identity key.
pub trait EntrySigner: Send + Sync {
    /// The public half. Its ID stands in documents as a hint.
    fn public(&self) -> &PublicKey;
    /// Ed25519 signature of `message`.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// What one commit stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up by one from [`GENESIS`].
    pub sequence: u64,
    /// Ledger time of everything in the entry; never before the previous entry's.
    pub at: Time,
    /// Which writer wrote it; never below the previous entry's.
    pub epoch: u64,
    /// Hash of the previous entry; zero for the first.
    pub previous: Hash,
    /// Hash of this entry.
    pub hash: Hash,
    /// The events, as stored: versioned JSON.
    pub payload: Vec<u8>,
    /// SHA-256 of `payload`.
    pub events_hash: Hash,
    /// Merkle root (RFC 9162) over `leaves`.
    pub root: Hash,
    /// Leaf hashes of the documents answered in this commit, in order.
    pub leaves: Vec<Hash>,
    /// Ed25519 over [`batch_message`] of `hash`.
    pub signature: [u8; 64],
}

/// The end of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Sequence of the last entry.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its time.
    pub at: Time,
    /// Its epoch.
    pub epoch: u64,
}

impl Entry {
    /// The entry that follows `head` (the first one without it), with `tree` over the leaf hashes
    /// of its documents.
    pub fn after(
        head: Option<&Head>,
        at: Time,
        epoch: u64,
        payload: Vec<u8>,
        tree: (&Tree, Vec<Hash>),
        signer: &dyn EntrySigner,
    ) -> Self {
        let sequence = head.map_or(GENESIS, |head| head.sequence + 1);
        let previous = head.map_or(Hash::ZERO, |head| head.hash);
        let events_hash = Hash::of(&payload);
        let (tree, leaves) = tree;
        let root = tree.root();
        let hash = entry_hash(sequence, at, epoch, &previous, &events_hash, &root);
        let signature = signer.sign(&batch_message(&hash));
        Self { sequence, at, epoch, previous, hash, payload, events_hash, root, leaves, signature }
    }

    /// The ledger's end once this entry is in it.
    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash, at: self.at, epoch: self.epoch }
    }

    /// Bytes this entry takes in a store, roughly.
    pub fn stored_bytes(&self) -> usize {
        self.payload.len() + self.leaves.len() * 32 + 256
    }

    /// Whether the entry is whole, is number `sequence` and follows `previous` (none: it is the
    /// first). Signatures are checked apart by [`Entry::check_signature`].
    pub fn check(&self, previous: Option<&Head>) -> Result<(), Corruption> {
        let sequence = previous.map_or(GENESIS, |head| head.sequence + 1);
        self.check_whole(sequence)?;
        let wrong = |damage, detail: String| Err(Corruption::new(sequence, damage, detail));
        let Some(previous) = previous else {
            if self.previous == Hash::ZERO {
                return Ok(());
            }
            return wrong(Damage::BrokenLink, "the first entry names a previous one".to_owned());
        };
        if self.previous != previous.hash {
            return wrong(
                Damage::BrokenLink,
                format!("it doesn't follow entry {}", previous.sequence),
            );
        }
        if self.at < previous.at || self.epoch < previous.epoch {
            return wrong(
                Damage::WentBack,
                format!("its time or epoch is before that of entry {}", previous.sequence),
            );
        }
        Ok(())
    }

    /// Whether the entry is number `sequence` and its parts match its hash.
    pub(crate) fn check_whole(&self, sequence: u64) -> Result<(), Corruption> {
        self.check_payload(sequence)?;
        if Tree::new(self.leaves.clone()).root() != self.root {
            let detail = "the document hashes don't match their root".to_owned();
            return Err(Corruption::new(sequence, Damage::AlteredLeaves, detail));
        }
        self.check_hash(sequence)
    }

    /// Whether the entry is number `sequence` and its events match its hash; the hashes of its documents, which only
    /// proofs are made of, are not looked at.
    pub(crate) fn check_events(&self, sequence: u64) -> Result<(), Corruption> {
        self.check_payload(sequence)?;
        self.check_hash(sequence)
    }

    fn check_payload(&self, sequence: u64) -> Result<(), Corruption> {
        let wrong = |damage, detail: String| Err(Corruption::new(sequence, damage, detail));
        if self.sequence != sequence {
            return wrong(Damage::Missing, format!("entry {} stands here instead", self.sequence));
        }
        if Hash::of(&self.payload) != self.events_hash {
            return wrong(Damage::AlteredPayload, "the events don't match their hash".to_owned());
        }
        Ok(())
    }

    fn check_hash(&self, sequence: u64) -> Result<(), Corruption> {
        if self.computed_hash(sequence) != self.hash {
            let detail = "the entry doesn't match its hash".to_owned();
            return Err(Corruption::new(sequence, Damage::AlteredEntry, detail));
        }
        Ok(())
    }

    /// Whether the signature is `key`'s over this entry's hash.
    pub fn check_signature(&self, key: &PublicKey) -> Result<(), Corruption> {
        if key.verifies(&batch_message(&self.hash), &self.signature) {
            return Ok(());
        }
        let detail = "the signature is not this server's over this entry";
        Err(Corruption::new(self.sequence, Damage::BadSignature, detail))
    }

    /// The hash this entry would have at `sequence`.
    pub(crate) fn computed_hash(&self, sequence: u64) -> Hash {
        entry_hash(sequence, self.at, self.epoch, &self.previous, &self.events_hash, &self.root)
    }
}
