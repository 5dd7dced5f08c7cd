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

    /// A claim has grown, or shrunk, by so much; one of nothing has ended.
    pub(crate) fn change(&mut self, first: LeaseId, by: i64) {
        let before = self.claims.get(&first).copied().unwrap_or(0);
        let count = before.saturating_add_signed(by);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The oldest claims that fit together, found by going through all of them.
    fn allowed(limit: u64, claims: &BTreeMap<LeaseId, u64>) -> Vec<LeaseId> {
        let mut kept = 0;
        let fits = |(_, count): &(&LeaseId, &u64)| {
            kept += **count;
            kept <= limit
        };
        claims.iter().take_while(fits).map(|(lease, _)| *lease).collect()
    }

    proptest! {
        #[test]
        fn the_oldest_that_fit_go_on(counts in prop::collection::vec(1..4_u64, 1..30), limit in 0..40_u64, changes in prop::collection::vec((0..30_u64, 0..3_u64), 0..30)) {
            let mut claims: BTreeMap<LeaseId, u64> = (1..).map(LeaseId).zip(counts).collect();
            let mut excess = Excess::new(limit, claims.clone());
            for (lease, count) in changes {
                // Claims only shrink or end while there is an excess.
                let Some(held) = claims.get_mut(&LeaseId(lease)).filter(|held| **held > count) else { continue };
                let by = i64::try_from(count).expect("small") - i64::try_from(*held).expect("small");
                *held = count;
                claims.retain(|_, count| *count > 0);
                excess.change(LeaseId(lease), by);
                let goes_on: Vec<LeaseId> = claims.keys().copied().filter(|lease| excess.allows(*lease)).collect();
                prop_assert_eq!(goes_on, allowed(limit, &claims));
            }
        }
    }
}
