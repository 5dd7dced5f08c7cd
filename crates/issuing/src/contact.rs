//! What a context tells its publisher: how far the container is, and whether it is still one and the same.
//!
//! Invariants (spec: the office on a context): sequence equal to the acknowledged one or between it and the issued one
//! with the right hash acknowledges; below it is a rollback; another hash or beyond the issued one is a fork; the same
//! state with another ratchet is a clone; the same bytes again are a retry and change nothing.
//! Deliberately not here: what a person decides about rollback, fork and clone; in which form a history is kept.

use crate::record::{ContainerRecord, Standing};
use serde::{Deserialize, Serialize};
use tenure_document::{ContainerId, Context, Hash, PublicKey, Time, Verified};

/// What a context says about its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Finding {
    /// The very bytes that were taken in last.
    Retry,
    /// The container has applied everything up to here, and is what the record says.
    Acknowledges {
        /// The container's sequence.
        sequence: u64,
    },
    /// An older state than the container had acknowledged.
    Rollback {
        /// The sequence it shows.
        seen: u64,
    },
    /// A history that was never issued.
    Fork {
        /// The sequence it shows.
        seen: u64,
    },
    /// The same state as before with another ratchet commitment.
    Clone {
        /// The sequence it shows.
        seen: u64,
        /// Its ratchet commitment.
        other: Hash,
    },
}

impl Finding {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::Retry => "retry",
            Finding::Acknowledges { .. } => "acknowledges",
            Finding::Rollback { .. } => "rollback",
            Finding::Fork { .. } => "fork",
            Finding::Clone { .. } => "clone",
        }
    }
}

/// What is known of a container and its history, in whatever form it is kept.
pub(crate) trait Known {
    /// Who it is: identity, generation, key.
    fn identity(&self) -> (ContainerId, u32, &PublicKey);
    /// Whether these are the very bytes of a context that was taken in.
    fn has_taken(&self, context: Hash) -> bool;
    /// The last operation that it is known to have applied.
    fn acknowledged(&self) -> u64;
    /// Whether the history that was issued has this hash after this operation.
    fn fits(&self, sequence: u64, hash: Hash) -> bool;
    /// The ratchet commitment that was seen at this operation.
    fn ratchet_at(&self, sequence: u64) -> Option<Hash>;
}

/// Compares a context with what is known.
pub(crate) fn judge(
    known: &impl Known,
    context: &Verified<Context>,
) -> Result<Finding, ContactRefusal> {
    let (id, generation, key) = known.identity();
    if context.id != id {
        return Err(ContactRefusal::WrongContainer { ours: id, theirs: context.id });
    }
    if context.key != *key {
        return Err(ContactRefusal::WrongKey { serial: id.serial() });
    }
    if context.generation != generation {
        let (ours, theirs) = (generation, context.generation);
        return Err(ContactRefusal::WrongGeneration { ours, theirs });
    }
    if known.has_taken(context.payload_hash()) {
        return Ok(Finding::Retry);
    }
    let seen = context.sequence;
    if !known.fits(seen, context.history_hash) {
        return Ok(Finding::Fork { seen });
    }
    if seen < known.acknowledged() {
        return Ok(Finding::Rollback { seen });
    }
    Ok(match known.ratchet_at(seen) {
        Some(ratchet) if ratchet != context.ratchet => {
            Finding::Clone { seen, other: context.ratchet }
        }
        _ => Finding::Acknowledges { sequence: seen },
    })
}

/// The context is not of the container on record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactRefusal {
    /// Of another container.
    #[error("the context is of container {}, the record is of {}", .theirs.serial(), .ours.serial())]
    WrongContainer {
        /// The container on record.
        ours: ContainerId,
        /// The container of the context.
        theirs: ContainerId,
    },
    /// Signed by another key than at first contact.
    #[error(
        "the context of {serial} is signed by another key than this container has: it is not the container that was met first"
    )]
    WrongKey {
        /// The container's serial.
        serial: String,
    },
    /// Of another generation.
    #[error("the context is of generation {theirs}, the record is of generation {ours}")]
    WrongGeneration {
        /// The generation on record.
        ours: u32,
        /// The generation of the context.
        theirs: u32,
    },
    /// An older context of a container that was heard from since.
    #[error(
        "this context of {serial} was made at {at}, one from {last} that says more is on record: make a new context there and take that"
    )]
    StaleContext {
        /// The container's serial.
        serial: String,
        /// When it was made.
        at: Time,
        /// When the last one was made.
        last: Time,
    },
}

impl ContactRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ContactRefusal::WrongContainer { .. } => "wrong-container",
            ContactRefusal::WrongKey { .. } => "wrong-key",
            ContactRefusal::WrongGeneration { .. } => "wrong-generation",
            ContactRefusal::StaleContext { .. } => "stale-context",
        }
    }
}

impl Known for ContainerRecord {
    fn identity(&self) -> (ContainerId, u32, &PublicKey) {
        (self.id, self.generation, &self.key)
    }

    fn has_taken(&self, context: Hash) -> bool {
        context == self.last_context
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    fn fits(&self, sequence: u64, hash: Hash) -> bool {
        self.hash_at(sequence) == Some(hash)
    }

    fn ratchet_at(&self, sequence: u64) -> Option<Hash> {
        self.ratchets.get(&sequence).copied()
    }
}

impl ContainerRecord {
    /// Compares a context with the record.
    ///
    /// # Errors
    /// [`ContactRefusal`] when it is not this container's at all, or an older one than the last.
    pub fn decide_context(&self, context: &Verified<Context>) -> Result<Finding, ContactRefusal> {
        let finding = judge(self, context)?;
        if matches!(finding, Finding::Rollback { .. }) && context.at < self.last_context_at {
            // A restored container makes new contexts; an old file that somebody found does not accuse it.
            let (serial, at, last) = (self.serial.clone(), context.at, self.last_context_at);
            return Err(ContactRefusal::StaleContext { serial, at, last });
        }
        Ok(finding)
    }

    /// The record after a context with this finding.
    #[must_use]
    pub fn after_context(&self, context: &Verified<Context>, finding: Finding) -> ContainerRecord {
        let mut next = self.clone();
        match finding {
            Finding::Retry => return next,
            Finding::Acknowledges { sequence } => {
                next.acknowledged = sequence;
                next.ops.retain(|numbered| numbered.sequence > sequence);
                next.ratchets.insert(sequence, context.ratchet);
                next.keyset_version = context.keyset_version;
                next.revocation_sequence = context.revocation_sequence;
                next.name.clone_from(&context.name);
            }
            // Once out of step it stays so until a person decides: a later context that fits proves nothing.
            Finding::Rollback { seen } => next.standing = Standing::Rollback { seen },
            Finding::Fork { seen } => next.standing = Standing::Fork { seen },
            Finding::Clone { seen, other } => next.standing = Standing::Clone { seen, other },
        }
        next.last_context = context.payload_hash();
        next.last_context_at = context.at;
        next
    }
}
