//! A payload whose signature was checked: the type exists only if verification ran.
//!
//! Invariants: no public constructor; the payload cannot be changed in place; who signed and
//! under which scope travels with it. Not here: the checks (`verify.rs`).

use std::ops::Deref;

use crate::{batch::Batch, hash::Hash, keys::KeyId, keyset::covers};

/// A verified payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    payload: T,
    signed_by: KeyId,
    payload_hash: Hash,
    scope: Vec<String>,
    batch: Option<Batch>,
}

impl<T> Verified<T> {
    /// Only `verify.rs` and `adopt.rs` call this, after their checks.
    pub(crate) fn new(
        payload: T,
        signed_by: KeyId,
        payload_hash: Hash,
        scope: Vec<String>,
        batch: Option<Batch>,
    ) -> Verified<T> {
        Verified { payload, signed_by, payload_hash, scope, batch }
    }

    /// The key that signed.
    pub fn signed_by(&self) -> KeyId {
        self.signed_by
    }

    /// SHA-256 of the payload's bytes as received.
    pub fn payload_hash(&self) -> Hash {
        self.payload_hash
    }

    /// Whether the signing key may speak of `product`; never for documents of containers.
    pub fn covers_product(&self, product: &str) -> bool {
        covers(&self.scope, product)
    }

    /// The ledger entry that holds the document, when it was signed that way.
    pub fn batch(&self) -> Option<&Batch> {
        self.batch.as_ref()
    }

    /// The payload alone; the proof is given up.
    pub fn into_inner(self) -> T {
        self.payload
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.payload
    }
}
