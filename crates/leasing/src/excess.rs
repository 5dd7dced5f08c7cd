//! Which claims on an item may go on while more is in use than there is: the oldest that fit, newest go first.
//!
//! Invariants: claims before `cutoff` fit into the limit together, the one at `cutoff` does not; a claim that ends makes
//! room for the next newer one; each step costs the logarithm of the number of claims.
//! Deliberately not here: when an item has an excess (apply), what a refused renewal says (renewal).

use std::collections::BTreeMap;
use std::ops::Bound;
use tenure_document::LeaseId;

/// The claims on an item by the first lease of each.
#[derive(Debug, Clone)]
pub(crate) struct Excess {
    limit: u64,
    claims: BTreeMap<LeaseId, u64>,
    kept: u64,
    cutoff: Option<LeaseId>,
}

impl Excess {
    pub(crate) fn new(limit: u64, claims: BTreeMap<LeaseId, u64>) -> Excess {
        let cutoff = claims.keys().next().copied();
        let mut excess = Excess { limit, claims, kept: 0, cutoff };
        excess.advance();
        excess
    }

    /// True when the claim whose first lease this is may go on.
    pub(crate) fn allows(&self, first: LeaseId) -> bool {
        self.cutoff.is_none_or(|cutoff| first < cutoff)
    }

    /// A claim is now this large; 0: it ended.
    pub(crate) fn change(&mut self, first: LeaseId, count: u64) {
        let before = self.claims.get(&first).copied().unwrap_or(0);
        if self.allows(first) {
            self.kept = self.kept.saturating_sub(before).saturating_add(count);
        }
        if count > 0 {
            self.claims.insert(first, count);
        } else {
            self.claims.remove(&first);
            if self.cutoff == Some(first) {
                self.cutoff = self.claims.range(first..).next().map(|(next, _)| *next);
            }
        }
        self.advance();
    }

    fn advance(&mut self) {
        while let Some(cutoff) = self.cutoff {
            let count = self.claims.get(&cutoff).copied().unwrap_or(0);
            if self.kept.saturating_add(count) > self.limit {
                return;
            }
            self.kept += count;
            let newer = (Bound::Excluded(cutoff), Bound::Unbounded);
            self.cutoff = self.claims.range(newer).next().map(|(next, _)| *next);
        }
    }
}
