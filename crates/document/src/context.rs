//! What a container says about itself: context and receipt.
//!
//! Invariants: both are signed by the container's identity key; a context carries that key, so
//! that a first contact can be checked against itself. Not here: the state machine (container).

use serde::{Deserialize, Serialize};

use crate::{
    certificate::ContainerKind,
    hash::{Bytes, Hash, Hasher},
    holder::MachineKind,
    ids::ContainerId,
    keys::{KeyId, PublicKey},
    payload::payload,
    terms::Count,
    time::Time,
    transfer::Move,
    version::Version,
};

/// A container's state as the office needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The container.
    pub id: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// Operations applied so far.
    pub sequence: u64,
    /// The hash over all of them.
    pub history_hash: Hash,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: ContainerKind,
    /// Its identity key, with which the context is signed.
    pub key: PublicKey,
    /// What it holds.
    pub items: Vec<HeldItem>,
    /// The commitment to the next reveal of the clone ratchet.
    pub ratchet: Hash,
    /// Results the office has not acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<OpResult>,
    /// Transfers that it asked for and has not got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<OpenTransfer>,
    /// Transfers that the office has not booked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Transfers it ever took part in; never falls within a generation.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moved: u64,
    /// How well the machine fits; absent where nothing is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingLevel>,
    /// What it runs on, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineKind>,
    /// In a new generation: the word of the key before that this one follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouch: Option<Bytes>,
    /// The latest time the container has seen.
    pub time_high_water: Time,
    /// The key set it holds; 0 is none.
    pub keyset_version: u64,
    /// The revocation list it holds; 0 is none.
    pub revocation_sequence: u64,
    /// Fresh for each context.
    pub nonce: Bytes,
    /// When it was made, by the container's clock.
    pub at: Time,
}

payload!(
    Context,
    "context",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.id),
    generation: Option<u32> = |me| Some(me.generation),
);

impl Context {
    /// Whether the key of the generation before says that this key follows it.
    pub fn is_vouched_by(&self, before: &PublicKey) -> bool {
        let message = vouch_message(self.id, self.generation, self.key.id());
        self.vouch.as_ref().is_some_and(|vouch| before.verifies(&message, &vouch.0))
    }
}

/// What the key of a generation signs when another key follows it.
pub fn vouch_message(container: ContainerId, generation: u32, next: KeyId) -> Vec<u8> {
    let hash = Hasher::new()
        .with(b"TENURE-NEXT-KEY-V1")
        .with(container.as_bytes())
        .with_u64(u64::from(generation))
        .with(&next.0.0)
        .finish();
    [b"TENURE-NEXT-KEY-V1 ".as_slice(), hash.as_bytes()].concat()
}

/// One item a container holds, and how much of it was consumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldItem {
    /// The item's id.
    pub id: String,
    /// The feature.
    pub feature: String,
    /// The version.
    pub version: Version,
    /// How many seats.
    pub count: Count,
    /// Metered units consumed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub consumed: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(value: &bool) -> bool {
    !value
}

/// How well the machine fits the binding of the container, in weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingLevel {
    /// Weight of the traits that match.
    pub matched: u32,
    /// Weight of all traits bound.
    pub total: u32,
    /// Weight needed.
    pub threshold: u32,
    /// A counter in hardware goes along: an older copy of the container does not open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anchored: bool,
}

/// A transfer that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenTransfer {
    /// The nonce that names it.
    pub nonce: Bytes,
    /// The item moved.
    pub item_id: String,
    /// How much of it; 0: all there is.
    pub count: u64,
}

/// The container's proof that it applied an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The container.
    pub id: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// Operations applied so far.
    pub sequence: u64,
    /// The hash over all of them.
    pub history_hash: Hash,
    /// What became of each operation.
    pub results: Vec<OpResult>,
    /// The nonce of the container's last context.
    pub nonce: Bytes,
    /// When it was made, by the container's clock.
    pub at: Time,
}

payload!(
    Receipt,
    "receipt",
    signed_at: Option<Time> = |me| Some(me.at),
    signed_for: Option<ContainerId> = |me| Some(me.id),
    generation: Option<u32> = |me| Some(me.generation),
);

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpResult {
    /// Its place in the container's history.
    pub sequence: u64,
    /// The office's name for it.
    pub op_id: String,
    /// What became of it.
    pub result: OpOutcome,
    /// How much was withdrawn, where it was less than ordered: the rest had moved away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<u64>,
}

/// What became of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpOutcome {
    /// Done.
    Applied,
    /// There was nothing to do, such as withdrawing an item that is not there.
    NoEffect,
}
