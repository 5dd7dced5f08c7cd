//! The four documents by which an item moves from container to container without the office.
//!
//! Invariants: each names the nonce the target drew; source and target sign with their identity
//! keys. Not here: who may move what, and how both sides keep it exactly once (container).

use serde::{Deserialize, Serialize};

use crate::{
    hash::{Bytes, Hash},
    ids::ContainerId,
    item::Item,
    payload::payload,
    strict::Limits,
    terms::Count,
    time::Time,
};

/// The target asks for an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// The target.
    pub target: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// Its certificate, as envelope text.
    pub certificate: String,
    /// Fresh; names the transfer.
    pub nonce: Bytes,
    /// The item wanted.
    pub item_id: String,
    /// How much of it; 0: all there is.
    pub count: u64,
    /// When it was made.
    pub at: Time,
}

payload!(
    TransferRequest,
    "transfer-request",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.target),
    generation: Option<u32> = |me| Some(me.generation),
);

/// The source gives it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The source.
    pub source: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// Its certificate, as envelope text.
    pub certificate: String,
    /// The source's sequence at the debit.
    pub sequence: u64,
    /// The only container that may take it.
    pub target: ContainerId,
    /// The nonce of the request.
    pub nonce: Bytes,
    /// The item with the count that moves.
    pub item: Item,
    /// Documents that show where the item came from, as envelope texts: the update that brought
    /// it, then each step so far, this one last. Empty in a step itself.
    pub provenance: Vec<String>,
    /// When it was made.
    pub at: Time,
}

payload!(
    Transfer,
    "transfer" within Limits::CARRIER,
    signed_at: Option<Time> = |me| Some(me.at),
    products: Vec<&str> = |me| vec![me.item.product.as_str()],
    signed_for: Option<ContainerId> = |me| Some(me.source),
    generation: Option<u32> = |me| Some(me.generation),
);

/// A transfer as one side of it tells the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The nonce that names it.
    pub nonce: Bytes,
    /// Which side tells.
    pub direction: Direction,
    /// The item.
    pub item_id: String,
    /// How much of it.
    pub count: Count,
    /// The other container.
    pub other: ContainerId,
    /// SHA-256 of the transfer's payload.
    pub transfer: Hash,
    /// How far it is.
    pub state: MoveState,
}

/// Which side of a transfer a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The item left.
    Out,
    /// The item came.
    In,
}

/// How far a transfer is, as one side knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveState {
    /// Out: on its way, as far as the source knows.
    Sent,
    /// Out: the target's receipt came.
    Received,
    /// Out: the target refused it and the source has the item back.
    Refunded,
    /// In: the target has it.
    Credited,
}

/// The target has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferReceipt {
    /// The target.
    pub target: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// The nonce of the request.
    pub nonce: Bytes,
    /// SHA-256 of the transfer's payload.
    pub transfer: Hash,
    /// When it was made.
    pub at: Time,
}

payload!(
    TransferReceipt,
    "transfer-receipt",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.target),
    generation: Option<u32> = |me| Some(me.generation),
);

/// The target will never take it; the source may refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferRefusal {
    /// The target.
    pub target: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// The nonce of the request, never to be used again.
    pub nonce: Bytes,
    /// Why, as a code.
    pub reason: String,
    /// SHA-256 of the payload of the one transfer that is refused, because another one fulfilled
    /// the request; absent: whatever fulfils it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Hash>,
    /// When it was made.
    pub at: Time,
}

payload!(
    TransferRefusal,
    "transfer-refusal",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.target),
    generation: Option<u32> = |me| Some(me.generation),
);
