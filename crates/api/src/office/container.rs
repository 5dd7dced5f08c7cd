//! Containers as the office knows them: contact, standing, generation, what they hold and what is on its way.
//!
//! Deliberately not here: updates (exchange).

use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerId, ContainerKind, Count, Hash, Time};
use utoipa::ToSchema;

use super::activation::ActivationRow;
use super::schema::{ContainerKindSchema, CountSchema};
use super::terms::Tolerance;

/// Whether the office trusts what it sees of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerState {
    /// In step.
    Known,
    /// It showed an older state than before.
    Rollback,
    /// It showed a history that was never issued.
    Fork,
    /// Two containers show the same state.
    Clone,
    /// Reported lost; its generation is revoked.
    Lost,
    /// Reported broken; its generation is revoked.
    Broken,
    /// Revoked by the publisher.
    Revoked,
}

impl ContainerState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Known,
        Self::Rollback,
        Self::Fork,
        Self::Clone,
        Self::Lost,
        Self::Broken,
        Self::Revoked,
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Rollback => "rollback",
            Self::Fork => "fork",
            Self::Clone => "clone",
            Self::Lost => "lost",
            Self::Broken => "broken",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for ContainerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A container in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContainerRow {
    /// Serial for people.
    #[schema(example = "T-XXXX-XXXX-XXXX")]
    pub serial: String,
    /// Container ID.
    #[schema(value_type = String)]
    pub id: ContainerId,
    /// Its name, as it calls itself.
    pub name: String,
    /// What kind it is.
    #[schema(value_type = ContainerKindSchema)]
    pub kind: ContainerKind,
    /// Generation.
    pub generation: u32,
    /// Whether the office trusts it.
    pub state: ContainerState,
    /// Customer's running number, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Its keys are in a security chip: what it returns is back at once.
    #[serde(default)]
    pub anchored: bool,
    /// Operations it has acknowledged.
    pub acknowledged: u64,
    /// Operations issued.
    pub issued: u64,
    /// Live activations in it.
    #[serde(default)]
    pub activations: u64,
    /// When its last context was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_contact: Option<Time>,
    /// When it was first met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_contact: Option<Time>,
}

/// An operation that was issued and not acknowledged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PendingOp {
    /// Its number.
    pub sequence: u64,
    /// `add`, `replace`, `withdraw`, `certify` or `refund`.
    pub op: String,
    /// What it does, for people.
    pub summary: String,
}

/// One side of a move between containers without the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoveRow {
    /// The nonce that names it.
    pub nonce: String,
    /// The item moved.
    pub item: String,
    /// How much of it.
    #[schema(value_type = CountSchema)]
    pub count: Count,
    /// It comes from here, by serial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// It goes there, by serial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the office has seen of it.
    pub state: MoveState,
    /// When it was first reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Time>,
}

/// What the office has seen of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MoveState {
    /// Only its target has told of it: nothing follows until its source does, or a person accepts it.
    Claimed,
    /// It left; nobody has said that it arrived.
    InTransit,
    /// It arrived.
    Arrived,
    /// It was refused, and the source has it back.
    Refunded,
    /// The office ruled that the source gets it back; the source has not said that it has.
    RefundOrdered,
    /// It arrived, and the source took it back too.
    Contradiction,
}

/// One container with everything about it: `GET /api/v1/containers/{serial}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContainerDetail {
    /// The container.
    pub container: ContainerRow,
    /// Why it is not `known`, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// The history hash it acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acknowledged_hash: Option<Hash>,
    /// Its live activations, and those on their way back.
    pub activations: Vec<ActivationRow>,
    /// What was issued and not acknowledged.
    pub pending: Vec<PendingOp>,
    /// Moves it took part in.
    #[serde(default)]
    pub moves: Vec<MoveRow>,
    /// How much of its machine may change; absent: as the policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// How well its machine fitted at the last contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Copies of it that went on apart.
    #[serde(default)]
    pub lineages: Vec<LineageRow>,
    /// A key that says it is the container's next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Successor>,
}

/// How well a machine fits a container, in weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Binding {
    /// Weight of the traits that match.
    pub matched: u32,
    /// Weight of all traits bound.
    pub total: u32,
    /// Weight needed.
    pub threshold: u32,
}

/// One of several copies of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineageRow {
    /// The operation it showed last.
    pub sequence: u64,
    /// When it was first told apart.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Time,
    /// When it was last seen.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Time,
    /// How well its machine fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
}

/// A key that says it is a container's next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Successor {
    /// A new generation was ruled, and is taken when it comes.
    pub ruled: bool,
    /// The key that came without a ruling, or without the present key's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The present key vouches for it.
    #[serde(default)]
    pub vouched: bool,
    /// When it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Time>,
}

/// `PATCH /api/v1/containers/{serial}`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainerChange {
    /// Belongs to this customer; empty: to nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// How much of its machine may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// A key of its machine vouches that it was not restored: what it says it removed is free at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchored: Option<bool>,
}

/// What a person decides about a container that is out of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// It was restored from a backup: what it misses is issued again. For `rollback` only.
    AcceptRestored,
    /// It begins a new generation; the old one is revoked, its licenses are issued anew.
    NewGeneration,
    /// It is revoked; what it holds is not free again.
    Revoke,
}

impl Ruling {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::AcceptRestored => "accept-restored",
            Self::NewGeneration => "new-generation",
            Self::Revoke => "revoke",
        }
    }
}

/// `POST /api/v1/containers/{serial}/rule`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleRequest {
    /// What is decided.
    pub ruling: Ruling,
    /// For `new-generation`: only this key is taken, even without the present key's word (a forced rebind).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}

/// Why a container is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossWhy {
    /// It is gone.
    Lost,
    /// It can't be opened any more.
    Broken,
}

impl LossWhy {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Broken => "broken",
        }
    }
}

/// `POST /api/v1/containers/{serial}/lost` and `…/broken`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LossRequest {
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}
