//! Leases as proofs of inclusion: one signature per ledger entry, one Merkle path per lease.
//!
//! Invariants: what the server signs (`TENURE-ENTRY-SIG-V1`) can never be read as a signed
//! document (`DSSEv1`) or the reverse; the entry hash covers everything in the header and the
//! root of all documents answered in that entry. Not here: the ledger itself.

use serde::{Deserialize, Serialize};

use crate::{
    error::DocumentError,
    hash::{Hash, Hasher},
    merkle::verify_path,
    time::Time,
};

/// Where in the ledger a lease stands, and the path that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The entry's sequence.
    pub sequence: u64,
    /// The entry's time.
    pub at: Time,
    /// The entry's epoch.
    pub epoch: u64,
    /// Hash of the entry before: the ledger's head.
    pub previous: Hash,
    /// Hash of the entry's events.
    pub events_hash: Hash,
    /// The lease's place among the documents of the entry.
    pub index: u32,
    /// How many documents the entry has.
    pub size: u32,
    /// Siblings from the leaf to the root.
    pub path: Vec<Hash>,
}

impl Batch {
    /// The hash of the entry that holds a document with this leaf hash.
    ///
    /// # Errors
    /// `bad-path`.
    pub fn entry_hash(&self, leaf: &Hash) -> Result<Hash, DocumentError> {
        let root = verify_path(leaf, self.index, self.size, &self.path)?;
        let Batch { sequence, at, epoch, previous, events_hash, .. } = self;
        Ok(entry_hash(*sequence, *at, *epoch, previous, events_hash, &root))
    }
}

/// The hash of a ledger entry; numbers as eight bytes, big-endian.
pub fn entry_hash(
    sequence: u64,
    at: Time,
    epoch: u64,
    previous: &Hash,
    events_hash: &Hash,
    root: &Hash,
) -> Hash {
    Hasher::new()
        .with(b"TENURE-ENTRY-V1")
        .with_u64(sequence)
        .with(&at.as_millis().to_be_bytes())
        .with_u64(epoch)
        .with(&previous.0)
        .with(&events_hash.0)
        .with(&root.0)
        .finish()
}

/// What the server's key signs for an entry.
pub fn batch_message(entry: &Hash) -> [u8; 51] {
    let mut message = *b"TENURE-ENTRY-SIG-V1                                ";
    message[19..].copy_from_slice(&entry.0);
    message
}
