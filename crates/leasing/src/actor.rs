//! Who acts on a lease, and how leases and waiting end.
//!
//! Invariants: an actor was proven at the edge (token, signature, login), here it is a fact.
//! Deliberately not here: the proofs.

use serde::{Deserialize, Serialize};
use tenure_document::KeyId;

/// Who acts on a lease or a metered use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The holder, by the token of the lease.
    Holder,
    /// Who has this key, by a signature.
    Key(KeyId),
    /// An administrator.
    Admin(String),
}

/// How a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Given back.
    Released,
    /// Not renewed in time.
    Expired,
    /// By a new process of the same owner.
    TakenOver,
    /// By an administrator.
    Dropped,
}

/// How waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketEnd {
    /// The holder took what it was offered.
    Claimed,
    /// Nothing came within the time that the holder would wait.
    WaitedOut,
    /// By the holder or an administrator.
    Cancelled,
    /// The holder did not take what it was offered.
    Lapsed,
}

impl TicketEnd {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            TicketEnd::Claimed => "claimed",
            TicketEnd::WaitedOut => "waited-out",
            TicketEnd::Cancelled => "cancelled",
            TicketEnd::Lapsed => "lapsed",
        }
    }
}
