//! The lease: a time-limited grant of numbered seats of one feature to one holder.
//!
//! Invariants: member order is the written order. Not here: the quick writer of the server's hot
//! path (`lease_text.rs`), the proof that the lease is in the ledger (`batch.rs`), and whether it
//! is still live (the reader knows the time).

use serde::{Deserialize, Serialize};

use crate::{
    hash::{Bytes, Hash},
    holder::Holder,
    ids::{ContainerId, LeaseId},
    keys::PublicKey,
    payload::payload,
    time::Time,
    version::Version,
};

/// A grant, as the license server signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Unique within the server.
    pub id: LeaseId,
    /// The server's container.
    pub server: ContainerId,
    /// Who holds it.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The version granted.
    pub version: Version,
    /// How many seats.
    pub count: u32,
    /// Their numbers; empty for uncounted items.
    pub seats: Vec<SeatRange>,
    /// The items they come from.
    pub items: Vec<String>,
    /// When it was granted or renewed.
    pub issued: Time,
    /// When it ends.
    pub expires: Time,
    /// When the client should renew.
    pub renew_after: Time,
    /// The client's key, when the request was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PublicKey>,
    /// The nonce of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Bytes>,
    /// The hash of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Hash>,
    /// The container's sequence at the grant.
    pub sequence: u64,
    /// Why it was granted: `granted`, `granted-overdraft`, `shared-seat`, `renewed` …
    pub code: String,
    /// Long enough to leave the network with.
    pub borrowed: bool,
}

payload!(
    Lease,
    "lease",
    signed_at: Option<Time> = |me| Some(me.issued),
    signed_for: Option<ContainerId> = |me| Some(me.server),
);

/// Seats from the first to the last, both included; `[first, last]` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "[u32; 2]", try_from = "[u32; 2]")]
pub struct SeatRange {
    /// First seat number, from 1.
    pub first: u32,
    /// Last seat number, not below the first.
    pub last: u32,
}

impl SeatRange {
    /// How many seats.
    pub const fn seats(self) -> u32 {
        self.last - self.first + 1
    }
}

impl From<SeatRange> for [u32; 2] {
    fn from(range: SeatRange) -> [u32; 2] {
        [range.first, range.last]
    }
}

impl TryFrom<[u32; 2]> for SeatRange {
    type Error = &'static str;

    fn try_from([first, last]: [u32; 2]) -> Result<SeatRange, &'static str> {
        if first == 0 || last < first {
            return Err("a seat range is [first, last] with 1 <= first <= last");
        }
        Ok(SeatRange { first, last })
    }
}
