//! What a verifier holds: the pinned root, the highest key set, the newest revocation list.
//!
//! Invariants: a key set or list is here only after `adopt.rs` checked it; versions and
//! sequences never go down. Not here: storage (the holder keeps the envelopes and adopts them
//! again at start), and the checks themselves.

use crate::{
    error::DocumentError,
    hash::Hash,
    ids::ContainerId,
    keys::{KeyId, Prepared},
    keyset::{KeyRecord, Keyset, RootPin},
    revocation::Revocation,
};

/// The state against which documents are verified.
#[derive(Clone)]
pub struct Trust {
    pub(crate) pin: RootPin,
    pub(crate) keyset: Option<HeldKeyset>,
    pub(crate) revocation: Option<HeldRevocation>,
}

/// The highest key set and its keys, unpacked.
#[derive(Clone)]
pub(crate) struct HeldKeyset {
    pub(crate) keyset: Keyset,
    pub(crate) payload_hash: Hash,
    pub(crate) prepared: Vec<Prepared>,
}

/// The newest revocation list and who signed it.
#[derive(Clone)]
pub(crate) struct HeldRevocation {
    pub(crate) list: Revocation,
    pub(crate) payload_hash: Hash,
    pub(crate) signed_by: KeyId,
}

/// What adopting a document changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopted {
    /// It is newer than what was held.
    Newer,
    /// The very same was held already.
    Unchanged,
}

impl Trust {
    /// Trusts nothing yet but the root with this pin.
    pub fn pin(root: RootPin) -> Trust {
        Trust { pin: root, keyset: None, revocation: None }
    }

    /// The pinned root.
    pub fn root(&self) -> RootPin {
        self.pin
    }

    /// The highest key set.
    pub fn keyset(&self) -> Option<&Keyset> {
        self.keyset.as_ref().map(|held| &held.keyset)
    }

    /// Version of the highest key set; 0 is none.
    pub fn keyset_version(&self) -> u64 {
        self.keyset().map_or(0, |keyset| keyset.version)
    }

    /// The newest revocation list.
    pub fn revocation(&self) -> Option<&Revocation> {
        self.revocation.as_ref().map(|held| &held.list)
    }

    /// Sequence of the newest revocation list; 0 is none.
    pub fn revocation_sequence(&self) -> u64 {
        self.revocation().map_or(0, |list| list.sequence)
    }

    /// Whether the key is revoked.
    pub fn is_revoked_key(&self, key: KeyId) -> bool {
        self.revocation().is_some_and(|list| list.revokes_key(key))
    }

    /// Whether this generation of the container is revoked.
    pub fn is_revoked_container(&self, container: ContainerId, generation: u32) -> bool {
        self.revocation().is_some_and(|list| list.revokes_container(container, generation))
    }

    /// The key set, or the refusal that there is none.
    pub(crate) fn held(&self) -> Result<&HeldKeyset, DocumentError> {
        self.keyset.as_ref().ok_or(DocumentError::NoKeyset)
    }
}

impl HeldKeyset {
    /// The records whose key signed `message`, hinted ones first.
    ///
    /// The hint only saves work: every key is tried before a signature counts as foreign.
    pub(crate) fn signers<'a>(
        &'a self,
        signatures: &[(Option<&str>, &[u8])],
        message: &[u8],
    ) -> Vec<&'a KeyRecord> {
        let mut found: Vec<&KeyRecord> = Vec::new();
        for (hint, signature) in signatures {
            let keys = || self.keyset.keys.iter().zip(&self.prepared);
            let hinted =
                |record: &KeyRecord| hint.is_some_and(|hint| record.id.to_string() == *hint);
            let first = keys().filter(|(record, _)| hinted(record));
            let rest = keys().filter(|(record, _)| !hinted(record));
            let signer = first.chain(rest).find(|(_, key)| key.verifies(message, signature));
            if let Some((record, _)) = signer
                && !found.iter().any(|known| known.id == record.id)
            {
                found.push(record);
            }
        }
        found
    }
}
