//! One container as the office keeps it: who it is, what was issued to it, what it was seen to be.
//!
//! Invariants: a stored format, small, because there may be a hundred thousand; what it holds is said by its activations
//! (only a license server's items are kept whole, for its pool documents); a state that is not `known` stays until a
//! person or a policy decides, whatever is seen later.
//! Deliberately not here: the decisions (exchange, receipt, rulings), activations.

use super::history::History;
use crate::contact::{Finding, Known};
use crate::office::numbers::CustomerId;
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{
    BindingLevel, ContainerId, ContainerKind, Hash, Item, KeyId, PublicKey, Time, Tolerance,
};

/// The most lineages of a cloned container that are told apart.
pub(crate) const LINEAGES_MAX: usize = 8;
/// How many contexts that were taken in before the last one are still known when they come again.
const EARLIER_MAX: usize = 4;

/// A container that the office has met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeContainer {
    /// Its identity.
    pub id: ContainerId,
    /// The generation that updates are made for.
    pub generation: u32,
    /// What its owner calls it.
    pub name: Box<str>,
    /// What it is stored on.
    pub kind: ContainerKind,
    /// The key of its present generation.
    pub key: PublicKey,
    /// What is thought of it.
    pub state: ContainerState,
    /// Whose it is, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// A key of its machine vouches, the staff says, that it was not restored: what it says it removed is gone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anchored: bool,
    /// Something was activated in it once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub claimed: bool,
    /// How much of its machine may change; absent: as the policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// What was issued to it in its present generation.
    pub history: History,
    /// The ratchet commitment seen at the acknowledged operation; none where only a receipt told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratchet: Option<Hash>,
    /// The key list it last said it has.
    pub keyset_version: u64,
    /// The revocation list it last said it has.
    pub revocation_sequence: u64,
    /// How many certificates were made for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub certificates: u64,
    /// The publisher key that signed the last of them for the present generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_by: Option<KeyId>,
    /// When that certificate ends; none where it has no end, or was made before ends were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_until: Option<Time>,
    /// Whose the last certificate says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<CustomerId>,
    /// SHA-256 of the last context taken in.
    pub last_context: Hash,
    /// The beginnings of those of a few before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_contexts: Vec<u64>,
    /// When the newest context or receipt says it was made, by the container's clock.
    pub last_context_at: Time,
    /// How well it fitted its machine then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingLevel>,
    /// Transfers without the office that it ever took part in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub moved: u64,
    /// When it was first seen, by the office's clock.
    pub met: Time,
    /// When it was last seen: a context or a receipt.
    pub seen: Time,
    /// The copies of it that were seen to go on apart; empty where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lineages: Vec<Lineage>,
    /// What is expected or proposed to follow the present generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succession: Option<Box<Succession>>,
    /// A license server's items once everything issued is applied.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub items: BTreeMap<String, Item>,
}

/// What the office thinks of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerState {
    /// Its history fits what was issued.
    Known,
    /// It showed an older state than it had acknowledged: restored from a copy.
    Rollback {
        /// The operation it showed.
        seen: u64,
        /// The history hash there.
        hash: Hash,
        /// It forgot transfers too: what went to another container by them, it has again.
        #[serde(default, skip_serializing_if = "is_default")]
        moves: bool,
    },
    /// It showed a history that was never issued.
    Fork {
        /// The operation it showed.
        seen: u64,
    },
    /// Copies with the same history went on apart.
    Clone {
        /// The operation at which they differ.
        seen: u64,
    },
    /// Its owner lost it.
    Lost,
    /// Its machine is broken.
    Broken,
    /// The publisher revoked it.
    Revoked,
}

impl ContainerState {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            ContainerState::Known => "known",
            ContainerState::Rollback { .. } => "rollback",
            ContainerState::Fork { .. } => "fork",
            ContainerState::Clone { .. } => "clone",
            ContainerState::Lost => "lost",
            ContainerState::Broken => "broken",
            ContainerState::Revoked => "revoked",
        }
    }

    /// Whether it has been given up: it gets withdrawals and the revocation list, and nothing else ever.
    pub fn is_gone(self) -> bool {
        matches!(self, ContainerState::Lost | ContainerState::Broken | ContainerState::Revoked)
    }

    /// Whether it is gone for good by somebody's word: what it had counts no more, and saying so again changes nothing.
    pub fn is_written_off(self) -> bool {
        matches!(self, ContainerState::Lost | ContainerState::Broken)
    }

    /// Whether a person or a policy must decide before anything is issued.
    pub fn is_out_of_step(self) -> bool {
        !self.is_gone() && self != ContainerState::Known
    }
}

/// One of several copies of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// The operation it showed last.
    pub sequence: u64,
    /// The history hash there.
    pub hash: Hash,
    /// Its ratchet commitment.
    pub ratchet: Hash,
    /// When it was first told apart.
    pub first_seen: Time,
    /// When it was last seen.
    pub last_seen: Time,
    /// SHA-256 of its last context.
    pub context: Hash,
    /// How well it fitted its machine then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingLevel>,
}

/// The generation that follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Succession {
    /// Whether it was ruled that the next generation is taken when it comes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ruled: bool,
    /// Only with this key then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// A context of the next generation that came without a ruling, or without the old key's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
}

/// A key that says it is the container's next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The key.
    pub key: KeyId,
    /// Whether the key of the present generation vouches for it.
    pub vouched: bool,
    /// When it came.
    pub at: Time,
}

/// What a context showed of a container, in the form that an event stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// SHA-256 of the context.
    pub context: Hash,
    /// When it says it was made.
    pub at: Time,
    /// The operation it showed.
    pub sequence: u64,
    /// The history hash there.
    pub hash: Hash,
    /// Its ratchet commitment.
    pub ratchet: Hash,
    /// What its owner calls it, where that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The key list it has.
    pub keyset_version: u64,
    /// The revocation list it has.
    pub revocation_sequence: u64,
    /// How well it fits its machine, without its own word that it is anchored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingLevel>,
    /// Transfers without the office that it ever took part in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub moved: u64,
}

impl OfficeContainer {
    /// The operation up to which everything is known to be applied.
    pub fn acknowledged(&self) -> u64 {
        self.history.acknowledged()
    }

    /// Folds what a context showed; what was acknowledged by it is an event of its own.
    pub(crate) fn take(&mut self, sight: &Sight, finding: Finding, at: Time) {
        if self.last_context != Hash::ZERO {
            self.earlier_contexts.insert(0, prefix(self.last_context));
            self.earlier_contexts.truncate(EARLIER_MAX);
        }
        let before = (self.ratchet, self.last_context, self.seen, self.binding);
        self.last_context = sight.context;
        self.last_context_at = self.last_context_at.max(sight.at);
        self.seen = at;
        self.binding = sight.binding;
        if let Some(name) = &sight.name {
            self.name.clone_from(name);
        }
        match finding {
            Finding::Retry => {}
            Finding::Acknowledges { .. } => {
                self.keyset_version = self.keyset_version.max(sight.keyset_version);
                self.revocation_sequence = self.revocation_sequence.max(sight.revocation_sequence);
                if !self.state.is_out_of_step() {
                    self.ratchet = Some(sight.ratchet);
                    self.moved = self.moved.max(sight.moved);
                    // Ledgers of before have sights whose word for it was believed.
                    self.anchored |= sight.binding.is_some_and(|binding| binding.anchored);
                }
            }
            Finding::Rollback { seen } => {
                let (hash, moves) = (sight.hash, false);
                self.turn(ContainerState::Rollback { seen, hash, moves });
            }
            Finding::Fork { seen } => self.turn(ContainerState::Fork { seen }),
            Finding::Clone { seen, .. } => {
                if self.lineages.is_empty() {
                    self.lineages.extend(self.first_lineage(before));
                }
                self.turn(ContainerState::Clone { seen });
            }
        }
        if let ContainerState::Rollback { moves, .. } = &mut self.state {
            *moves |= sight.moved < self.moved;
        }
        if self.state.is_out_of_step() {
            self.note_lineage(sight, at);
        }
    }

    /// Once out of step, or gone, it stays so: a later sight does not make it better.
    fn turn(&mut self, state: ContainerState) {
        if self.state == ContainerState::Known {
            self.state = state;
        }
    }

    /// The copy that was met before another one turned up.
    fn first_lineage(
        &self,
        (ratchet, context, seen, binding): (Option<Hash>, Hash, Time, Option<BindingLevel>),
    ) -> Option<Lineage> {
        Some(Lineage {
            sequence: self.history.acknowledged(),
            hash: self.history.hash_at(self.history.acknowledged())?,
            ratchet: ratchet?,
            first_seen: self.met,
            last_seen: seen,
            context,
            binding,
        })
    }

    fn note_lineage(&mut self, sight: &Sight, at: Time) {
        let known = self.lineages.iter_mut().find(|one| one.ratchet == sight.ratchet);
        if let Some(lineage) = known {
            lineage.last_seen = at;
            lineage.context = sight.context;
            lineage.binding = sight.binding;
            return;
        }
        if self.lineages.len() < LINEAGES_MAX {
            self.lineages.push(Lineage {
                sequence: sight.sequence,
                hash: sight.hash,
                ratchet: sight.ratchet,
                first_seen: at,
                last_seen: at,
                context: sight.context,
                binding: sight.binding,
            });
        }
    }
}

impl Known for OfficeContainer {
    fn identity(&self) -> (ContainerId, u32, &PublicKey) {
        (self.id, self.generation, &self.key)
    }

    fn has_taken(&self, context: Hash) -> bool {
        context == self.last_context
            || self.earlier_contexts.contains(&prefix(context))
            || self.lineages.iter().any(|one| one.context == context)
    }

    fn acknowledged(&self) -> u64 {
        self.history.acknowledged()
    }

    fn fits(&self, sequence: u64, hash: Hash) -> bool {
        self.history.fits(sequence, hash)
    }

    fn ratchet_at(&self, sequence: u64) -> Option<Hash> {
        self.ratchet.filter(|_| sequence == self.history.acknowledged())
    }
}

/// Enough of a hash to know a context again.
fn prefix(hash: Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_be_bytes(first)
}
