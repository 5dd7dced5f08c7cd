//! Which lease of the replay stands for which recorded one, and when leases end that only the replay granted.
//!
//! Invariants: bounded by the leases that live in the record and in the replay; a lease of the replay ends when the
//! recorded one ended, and one without a recorded counterpart after the median time of its feature. A holder that asks
//! again within its retry window for what the replay gave it already is not given it twice.
//! Deliberately not here: the states themselves (replay).

use super::request::Request;
use super::tally::{PoolRowNo, RowNo, Seats};
use crate::ids::UsageId;
use crate::table::keyed_hash;
use crate::term::{later, millis};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{LeaseId, Time};

/// A recorded lease that lives.
#[derive(Debug, Clone)]
pub(super) struct Tie {
    /// The lease of the replay in its place; none: denied there.
    pub(super) stands: Option<LeaseId>,
    pub(super) since: Time,
    pub(super) held: Held,
}

/// What a lease holds, for the figures.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) row: RowNo,
    pub(super) count: u32,
    /// Seats by pool.
    pub(super) pools: Vec<(PoolRowNo, u32)>,
}

impl Held {
    pub(super) fn seats(&self) -> Seats<'_> {
        Seats { row: self.row, count: self.count, pools: &self.pools }
    }
}

/// A lease that only the replay granted.
#[derive(Debug, Clone, Copy)]
struct Extra {
    lease: LeaseId,
    count: u64,
    asked: Time,
    ends: Time,
}

/// Leases and uses on both sides.
#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) ties: BTreeMap<LeaseId, Tie>,
    pub(super) held: BTreeMap<LeaseId, Held>,
    extras: BTreeMap<u64, Extra>,
    planned: BTreeSet<(Time, LeaseId, u64)>,
    uses: BTreeMap<UsageId, UsageId>,
}

/// What tells a holder's wish for a feature from others.
pub(super) fn wish_of(seed: u64, request: &Request) -> u64 {
    let holder = &request.checkout.holder;
    let names = (&holder.user, &holder.session, &holder.process);
    keyed_hash(seed, &(&holder.host, names, &request.feature.name))
}

impl Lives {
    /// The lease that the replay gave this holder already, when it asks again in time.
    pub(super) fn again(
        &mut self,
        wish: u64,
        count: u64,
        at: Time,
        retry_seconds: u64,
    ) -> Option<LeaseId> {
        let extra = self.extras.get_mut(&wish)?;
        let in_time = later(extra.asked, millis(retry_seconds)) >= at;
        (in_time && extra.count == count).then(|| {
            extra.asked = at;
            extra.lease
        })
    }

    /// A lease that only the replay granted, to end then.
    pub(super) fn plan(&mut self, wish: u64, lease: LeaseId, (at, ends): (Time, Time), count: u64) {
        // A second one of the same holder takes the place in the book; the first still ends as planned.
        self.extras.insert(wish, Extra { lease, count, asked: at, ends });
        self.planned.insert((ends, lease, wish));
    }

    /// The recorded lease has come: from now on it ends when that does.
    pub(super) fn adopt(&mut self, wish: u64) {
        if let Some(extra) = self.extras.remove(&wish) {
            self.planned.remove(&(extra.ends, extra.lease, wish));
        }
    }

    /// The next lease whose planned end has come.
    pub(super) fn next_end(&mut self, now: Time) -> Option<(Time, LeaseId)> {
        let (ends, lease, wish) = self.planned.first().copied().filter(|first| first.0 <= now)?;
        self.planned.remove(&(ends, lease, wish));
        if self.extras.get(&wish).is_some_and(|extra| extra.lease == lease) {
            self.extras.remove(&wish);
        }
        Some((ends, lease))
    }

    /// The use of the replay that stands for a recorded one.
    pub(super) fn tie_use(&mut self, recorded: UsageId, stands: UsageId) {
        self.uses.insert(recorded, stands);
    }

    /// The use of the replay for one that was taken back.
    pub(super) fn undo(&mut self, recorded: UsageId) -> Option<UsageId> {
        self.uses.remove(&recorded)
    }

    /// Lets go of uses that can't be taken back any more, when there are many.
    pub(super) fn forget_uses(&mut self, open: usize, is_open: impl Fn(UsageId) -> bool) {
        if self.uses.len() > 2 * open + 1_024 {
            self.uses.retain(|_, stands| is_open(*stands));
        }
    }
}
