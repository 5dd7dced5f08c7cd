//! Healing: a machine that changed a little, and stayed so, is bound to anew.
//!
//! Invariants: only after three days of the same traits, by the container's clock; never further than half of the
//! weight away from the machine that the publisher last answered, so that a container can't wander from machine to
//! machine part by part.
//! Deliberately not here: splitting the key (split), the clock.

use super::{report::BindingReport, split::Binding};
use crate::machine::{Machine, TraitKind};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tenure_document::{Bytes, Hash, Hasher, Time};

/// For how long a changed machine must stay the same.
pub(crate) const STABLE_FOR: Duration = Duration::from_secs(3 * 86_400);

/// What is remembered of the machine's changes; part of what is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Healing {
    /// The traits that the publisher last answered, by their marks.
    signed: Vec<Marked>,
    /// The traits that the last context told the publisher of, and since when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reported: Option<Seen>,
    /// The traits of the changed machine, and since when they are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed: Option<Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    kind: TraitKind,
    weight: u32,
    mark: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    traits: Hash,
    since: Time,
}

/// How far the machine is from the one that the publisher last answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The weight of traits that are gone since.
    pub gone: u32,
    /// The weight there was.
    pub total: u32,
    /// When the container heals, if nothing else changes; none where nothing has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heals_at: Option<Time>,
}

impl Drift {
    /// True when only an answer of the publisher helps.
    pub fn is_too_far(&self) -> bool {
        self.gone * 2 > self.total
    }
}

impl Healing {
    /// Begins with the machine that was bound to.
    pub(crate) fn new(binding: &Binding, machine: &Machine) -> Healing {
        Healing { signed: marks(binding, machine), reported: None, changed: None }
    }

    /// How far the machine is from the one that the publisher last answered.
    pub(crate) fn drift(&self, binding: &Binding, machine: &Machine) -> Drift {
        let present = marks(binding, machine);
        let weight = |marks: &mut dyn Iterator<Item = &Marked>| marks.map(|one| one.weight).sum();
        let gone = weight(&mut self.signed.iter().filter(|one| !present.contains(one)));
        let heals_at = self.changed.as_ref().map(|seen| seen.since.plus(STABLE_FOR));
        Drift { gone, total: weight(&mut self.signed.iter()), heals_at }
    }

    /// Takes note of how the machine is now. True when it is time to bind anew.
    pub(crate) fn observe(
        &mut self,
        binding: &Binding,
        machine: &Machine,
        report: &BindingReport,
        now: Time,
    ) -> bool {
        if report.is_full() {
            self.changed = None;
            return false;
        }
        let traits = fingerprint(&marks(binding, machine));
        let since = match &self.changed {
            Some(seen) if seen.traits == traits => seen.since.min(now),
            _ => now,
        };
        self.changed = Some(Seen { traits, since });
        now.since(since) >= STABLE_FOR && !self.drift(binding, machine).is_too_far()
    }

    /// The container was bound anew.
    pub(crate) fn healed(&mut self) {
        self.changed = None;
    }

    /// A context tells the publisher of this machine.
    pub(crate) fn reported(&mut self, binding: &Binding, machine: &Machine, now: Time) {
        let traits = fingerprint(&marks(binding, machine));
        if self.reported.as_ref().is_none_or(|seen| seen.traits != traits) {
            self.reported = Some(Seen { traits, since: now });
        }
    }

    /// An update that the publisher signed at `issued` was applied: where it knew this machine, drift begins anew.
    pub(crate) fn answered(&mut self, binding: &Binding, machine: &Machine, issued: Time) {
        let present = marks(binding, machine);
        let told = self.reported.as_ref().filter(|seen| seen.since <= issued);
        if told.is_some_and(|seen| seen.traits == fingerprint(&present)) {
            self.signed = present;
        }
    }
}

fn marks(binding: &Binding, machine: &Machine) -> Vec<Marked> {
    let traits = machine.traits().iter();
    let marked = traits.map(|one| Marked {
        kind: one.kind(),
        weight: u32::from(one.kind().weight()),
        mark: binding.mark(one),
    });
    marked.collect()
}

fn fingerprint(marks: &[Marked]) -> Hash {
    let mut marks: Vec<(&str, &[u8])> =
        marks.iter().map(|one| (one.kind.name(), one.mark.as_slice())).collect();
    marks.sort_unstable();
    let hasher = marks.into_iter().fold(Hasher::new(), |hasher, (kind, mark)| {
        hasher.with(kind.as_bytes()).with(&[0]).with(mark)
    });
    hasher.finish()
}
