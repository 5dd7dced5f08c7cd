//! The order of a grant: from which sources wanted seats are taken. One pure function over plain values.
//!
//! Invariants: regular before overdraft before what the license merely records; within each, pools in the order given,
//! exact version before next higher, not in grace before in grace, earlier end first; never more than a source has.
//! Pools, reservations and the queue change only the list of sources that is handed in, not this function.
//! Deliberately not here: which items are sources at all (candidates), seat numbers (draft).

use tenure_document::{Time, Version};

/// Seats that a request may have, from one item in one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The place of the pool among those the requester may use, 0 first.
    pub(crate) pool: u16,
    /// The item's version, not below the wanted one.
    pub(crate) version: Version,
    /// The item has ended and is in its days of grace.
    pub(crate) in_grace: bool,
    /// The item's end; none: permanent.
    pub(crate) ends: Option<Time>,
    /// Free within the count; none: as many as one likes.
    pub(crate) regular: Option<u64>,
    /// Free in the overdraft; none: as many as one likes.
    pub(crate) overdraft: Option<u64>,
    /// The license lets use exceed both.
    pub(crate) beyond: bool,
}

impl Source {
    /// Sources are tried in this order.
    pub(crate) fn rank(&self) -> (u16, Version, bool, Time) {
        (self.pool, self.version, self.in_grace, self.ends.unwrap_or(Time::LATEST))
    }
}

/// On which terms seats are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Within the count.
    Regular,
    /// Within the overdraft.
    Overdraft,
    /// Beyond both.
    Beyond,
}

/// Seats taken from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    /// The place of the source in the list.
    pub(crate) source: usize,
    pub(crate) stage: Stage,
    pub(crate) count: u64,
}

/// What is taken, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) takes: Vec<Take>,
    pub(crate) short: u64,
}

/// Takes `wanted` seats, as far as the sources reach.
pub(crate) fn allocate(sources: &[Source], wanted: u64) -> Allocation {
    let mut order: Vec<(usize, &Source)> = sources.iter().enumerate().collect();
    order.sort_by_key(|(_, source)| source.rank());
    let mut takes = Vec::new();
    let mut short = wanted;
    for stage in [Stage::Regular, Stage::Overdraft, Stage::Beyond] {
        for &(source, from) in &order {
            let count = short.min(room(from, stage));
            if count > 0 {
                takes.push(Take { source, stage, count });
                short -= count;
            }
        }
    }
    Allocation { takes, short }
}

/// The most that could be taken; none: as many as one likes.
pub(crate) fn available(sources: &[Source]) -> Option<u64> {
    if sources.iter().any(|source| source.beyond) {
        return None;
    }
    sources.iter().try_fold(0_u64, |sum, source| {
        Some(sum.saturating_add(source.regular?).saturating_add(source.overdraft?))
    })
}

fn room(source: &Source, stage: Stage) -> u64 {
    match stage {
        Stage::Regular => source.regular.unwrap_or(u64::MAX),
        Stage::Overdraft => source.overdraft.unwrap_or(u64::MAX),
        Stage::Beyond if source.beyond => u64::MAX,
        Stage::Beyond => 0,
    }
}
