//! The remaining signed types: pool, time, lease request, usage.
//!
//! Invariants: the shapes are fixed here so that every reader agrees on them; the rooms that
//! decide by them come later. Not here: those decisions.

use serde::{Deserialize, Serialize};

use crate::{
    hash::{Bytes, Hash},
    holder::Holder,
    ids::{ContainerId, LeaseId},
    item::Item,
    keys::PublicKey,
    lease::SeatRange,
    payload::payload,
    time::Time,
    version::Version,
};

/// What a license server may serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The server's container.
    pub server: ContainerId,
    /// Never falls from one pool document of the server to the next: its container's sequence.
    pub sequence: u64,
    /// SHA-256 of the payload before; zero for the first.
    pub previous: Hash,
    /// The items.
    pub items: Vec<Item>,
    /// When it was made.
    pub issued: Time,
    /// Not served after this; absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
    /// The state of the container that it describes; demanded of one that travels with an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<PoolBasis>,
}

/// The state of a container that a pool document describes, with the document's `sequence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolBasis {
    /// The container's generation.
    pub generation: u32,
    /// Its history hash.
    pub history_hash: Hash,
}

payload!(
    Pool,
    "pool",
    signed_at: Option<Time> = |me| Some(me.issued),
    products: Vec<&str> = |me| me.items.iter().map(|item| item.product.as_str()).collect(),
);

/// The time, for one container that asked with a nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStatement {
    /// The container.
    pub container: ContainerId,
    /// The nonce of its context.
    pub nonce: Bytes,
    /// The time.
    pub time: Time,
}

payload!(TimeStatement, "time", signed_at: Option<Time> = |me| Some(me.time));

/// A request for a lease, signed by the client's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseRequest {
    /// The server that is asked.
    pub server: ContainerId,
    /// The client's key, with which the request is signed.
    pub client_key: PublicKey,
    /// Who asks.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The version at least.
    pub version: Version,
    /// How many seats.
    pub count: u32,
    /// Length wanted; absent: the server's setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_seconds: Option<u64>,
    /// Fresh for each request.
    pub nonce: Bytes,
    /// When it was made.
    pub at: Time,
}

payload!(LeaseRequest, "lease-request", signed_at: Option<Time> = |me| Some(me.at));

/// Who used what when, from a license server to the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// The server's container.
    pub server: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// First ledger entry reported.
    pub from_sequence: u64,
    /// Last ledger entry reported.
    pub to_sequence: u64,
    /// Hash of that entry.
    pub head: Hash,
    /// Seats and the times they were held.
    pub intervals: Vec<UsageInterval>,
    /// Hash of the entry before `from_sequence`: the `head` of the report before, without a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Hash>,
    /// Sums over a period, where the contract asks for sums, and what leaves no interval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<UsageTotal>,
    /// When it was made.
    pub at: Time,
}

payload!(
    Usage,
    "usage",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.server),
    generation: Option<u32> = |me| Some(me.generation),
);

/// Seats held by one lease from one time to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageInterval {
    /// The lease.
    pub lease: LeaseId,
    /// The item.
    pub item_id: String,
    /// The seats.
    pub seats: Vec<SeatRange>,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// The holder, as a pseudonym unless the contract says otherwise.
    pub holder: String,
    /// The feature asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feature: String,
}

/// What was used in a period, summed by feature, item and holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageTotal {
    /// The feature.
    pub feature: String,
    /// The item; empty for denials, which no item answers for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item_id: String,
    /// The holder, as a pseudonym unless the contract says otherwise; empty: all of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub holder: String,
    /// From when.
    pub from: Time,
    /// Until when, not included.
    pub until: Time,
    /// Checkouts granted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub checkouts: u64,
    /// Requests denied.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub denials: u64,
    /// Most seats held at one time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub peak: u64,
    /// Seats times seconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seat_seconds: u64,
    /// Metered units consumed, less those taken back in the same period.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub consumed: u64,
    /// Metered units taken back that were consumed in earlier periods.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undone: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
