//! How the latest leases ended that their holders may still ask about.
//!
//! Invariants: bounded, the oldest are forgotten first; what was given back by its holder is not remembered.
//! Deliberately not here: what a holder is told (renewal).

use crate::actor::Ending;
use std::collections::{BTreeMap, VecDeque};
use tenure_document::LeaseId;

/// The most that are remembered.
const KEPT: usize = 10_000;

/// Endings by lease.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endings {
    order: VecDeque<LeaseId>,
    how: BTreeMap<LeaseId, Ending>,
}

impl Endings {
    pub(crate) fn note(&mut self, lease: LeaseId, ending: Ending) {
        if ending == Ending::Released {
            return;
        }
        self.order.push_back(lease);
        self.how.insert(lease, ending);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.how.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, lease: LeaseId) -> Option<Ending> {
        self.how.get(&lease).copied()
    }

    /// All of them, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LeaseId, Ending)> {
        self.order.iter().filter_map(|lease| self.get(*lease).map(|how| (*lease, how)))
    }
}
