//! What can happen to a container: the stored format of its history inside a ledger.
//!
//! Invariants: an event carries everything that `apply` needs (no signature is checked again at replay); names and
//! shapes are a stored format, old ones decode for ever (golden tests); one update gives at most one `updated`.
//! Deliberately not here: the decisions that lead to events; the meaning of the operations.

use crate::clock::RightsClock;
use serde::{Deserialize, Serialize};
use tenure_document::{Hash, Numbered, Time};

/// One fact about a container. The member `change` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerEvent {
    /// Operations of an update were applied, all of them in this one event.
    Updated {
        /// The operations that were new, in order of their sequence.
        ops: Vec<Numbered>,
        /// The office has acknowledged everything up to here.
        acknowledged: u64,
        /// The history hash after the last operation.
        history_hash: Hash,
        /// The ratchet commitment after this update.
        ratchet: Hash,
    },
    /// A newer key list was adopted.
    KeysetAdopted {
        /// Its version.
        version: u64,
        /// The signed document, as received.
        document: String,
    },
    /// A newer revocation list was adopted.
    RevocationAdopted {
        /// Its sequence.
        sequence: u64,
        /// The signed document, as received.
        document: String,
        /// The time it was judged at, by which it is judged again at a restart.
        at: Time,
        /// True when the list names this container.
        revoked: bool,
    },
    /// The high water of time moved.
    TimeAdvanced {
        /// The clock from now on.
        clock: RightsClock,
    },
    /// A signed time made for this container set the high water, perhaps back.
    TimeCorrected {
        /// The clock from now on.
        clock: RightsClock,
    },
    /// The wall clock is behind the high water by more than the tolerance.
    ClockBehind {
        /// What the wall clock said.
        wall: Time,
        /// How far behind it is.
        behind_ms: i64,
    },
    /// The wall clock is right again.
    ClockRight,
}
