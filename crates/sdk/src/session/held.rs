//! A lease in the client's hands.
//!
//! Invariant: the document was verified. Not here: how long it is good for (`seat`).

use tenure_document::{Lease, Verified};

/// A lease that was verified, with what it takes to renew it or to give it back.
#[derive(Clone, Debug)]
pub struct HeldLease {
    /// The verified document.
    pub lease: Verified<Lease>,
    /// Its text.
    pub document: String,
    /// The right to renew and release.
    pub token: String,
}
