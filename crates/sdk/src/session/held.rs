//! A lease in the client's hands.
//!
//! Invariant: the document was verified. Not here: how long it is good for (`seat`).

use tenure_document::{ContainerId, Lease, LeaseId, Verified};

/// Which lease was borrowed: two servers give leases of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loan {
    /// Of whom.
    pub server: ContainerId,
    /// Its number there.
    pub lease: LeaseId,
}

impl Loan {
    /// The loan of a lease.
    pub fn of(lease: &Lease) -> Loan {
        Loan { server: lease.server, lease: lease.id }
    }
}

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
