//! What can be said about a binding: which traits match, which changed, how far it is from the threshold.
//!
//! Invariants: kinds, weights and salted marks, never values; the sums are those that decide about opening.
//! Deliberately not here: sentences for people.

use crate::machine::TraitKind;
use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, MachineKind};

/// How a machine fits the binding of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingReport {
    /// Hardware, guest, container, or no telling.
    pub machine: MachineKind,
    /// Why that is thought.
    pub evidence: Vec<String>,
    /// One line for each trait, bound ones first.
    pub traits: Vec<TraitReport>,
    /// The weight of the bound traits that were found again.
    pub matched: u32,
    /// The weight of all bound traits.
    pub total: u32,
    /// The weight that opens the container.
    pub threshold: u32,
}

impl BindingReport {
    /// True where the container opens.
    pub fn opens(&self) -> bool {
        self.matched >= self.threshold
    }

    /// True when every bound trait was found again.
    pub fn is_full(&self) -> bool {
        self.matched == self.total
    }

    /// How much more may change before the container stays closed; none when it is closed already.
    pub fn margin(&self) -> Option<u32> {
        self.matched.checked_sub(self.threshold)
    }
}

/// One trait of a binding, or of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraitReport {
    /// What kind of trait.
    pub kind: TraitKind,
    /// How much it counts.
    pub weight: u32,
    /// What became of it.
    pub status: TraitStatus,
    /// A salted hash of the machine's present value, comparable within this container only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Bytes>,
}

/// What became of a trait since the container was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TraitStatus {
    /// Bound and found again.
    Matched,
    /// Bound; the machine has another value now.
    Changed,
    /// Bound; the machine has none now.
    Absent,
    /// Bound; this user may not read it. It counts as absent.
    Unreadable,
    /// Not bound; it will be when the container next heals.
    New,
}

impl TraitStatus {
    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            TraitStatus::Matched => "matched",
            TraitStatus::Changed => "changed",
            TraitStatus::Absent => "absent",
            TraitStatus::Unreadable => "unreadable",
            TraitStatus::New => "new",
        }
    }
}
