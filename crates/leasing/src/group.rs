//! Shared seats: the leases of one item with the same seat key hold the same seats.
//!
//! Invariants: a group is as large as its largest lease; every lease of it has the group's first seats, so that seats
//! are freed from the back; a group without leases exists only while its seats are kept for a named user.
//! Deliberately not here: who has which key (holder), when kept seats become free (due).

use crate::seats::Seats;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{HostId, LeaseId, SeatRange, Time};

/// The most leases of one device, and of one shared seat.
pub(crate) const LEASES_MAX: u32 = 10_000;

/// Leases that share seats.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Seats in use.
    pub(crate) size: u32,
    /// Their numbers, in the order in which they were taken; fewer than `size` where some are uncounted.
    pub(crate) seats: Seats,
    /// How many leases have which count.
    counts: Counts,
    /// The lease that opened it.
    pub(crate) first: LeaseId,
    /// When that was.
    pub(crate) opened: Time,
    /// Without leases: kept until then.
    pub(crate) kept_until: Option<Time>,
}

/// How many leases there are of each count: nearly always all of one.
#[derive(Debug, Clone)]
enum Counts {
    Same { count: u32, leases: u32 },
    Mixed(Box<Mixture>),
}

/// Leases by count.
#[derive(Debug, Clone)]
struct Mixture(BTreeMap<u32, u32>);

impl Counts {
    fn add(&mut self, added: u32) {
        match self {
            Counts::Same { leases: 0, .. } => *self = Counts::Same { count: added, leases: 1 },
            Counts::Same { count, leases } if *count == added => *leases += 1,
            Counts::Same { count, leases } => {
                *self = Counts::Mixed(Box::new(Mixture(BTreeMap::from([
                    (*count, *leases),
                    (added, 1),
                ]))));
            }
            Counts::Mixed(counts) => *counts.0.entry(added).or_default() += 1,
        }
    }

    fn remove(&mut self, removed: u32) {
        match self {
            Counts::Same { leases, .. } => *leases = leases.saturating_sub(1),
            Counts::Mixed(counts) => {
                if let Some(leases) = counts.0.get_mut(&removed) {
                    *leases -= 1;
                    if *leases == 0 {
                        counts.0.remove(&removed);
                    }
                }
            }
        }
    }

    fn leases(&self) -> u32 {
        match self {
            Counts::Same { leases, .. } => *leases,
            Counts::Mixed(counts) => counts.0.values().sum(),
        }
    }

    fn largest(&self) -> u32 {
        match self {
            Counts::Same { leases: 0, .. } => 0,
            Counts::Same { count, .. } => *count,
            Counts::Mixed(counts) => counts.0.keys().next_back().copied().unwrap_or(0),
        }
    }
}

/// A seat kept for a named user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedSeat {
    /// The item it is of.
    pub item: String,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The device, where no user was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The named pool that it is in; none: the default pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

impl Group {
    pub(crate) fn new(first: LeaseId, opened: Time) -> Group {
        let counts = Counts::Same { count: 0, leases: 0 };
        Group { size: 0, seats: Seats::None, counts, first, opened, kept_until: None }
    }

    /// A group as it was stored, before its leases come back.
    pub(crate) fn restored(
        (first, opened): (LeaseId, Time),
        (size, seats): (u32, Seats),
        kept_until: Option<Time>,
    ) -> Group {
        Group { size, seats, kept_until, ..Group::new(first, opened) }
    }

    /// A lease of a stored group comes back.
    pub(crate) fn rejoin(&mut self, count: u32) {
        self.counts.add(count);
    }

    /// True when no lease is in it: its seats are kept for a named user.
    pub(crate) fn is_idle(&self) -> bool {
        self.counts.largest() == 0
    }

    /// As many leases share its seats as may.
    pub(crate) fn is_full(&self) -> bool {
        self.counts.leases() >= LEASES_MAX
    }

    /// A lease of `count` seats joins and brings these, which the group did not have.
    pub(crate) fn join(&mut self, count: u32, fresh: &[SeatRange]) {
        self.counts.add(count);
        self.seats.append(fresh);
        self.size = self.size.max(count);
        self.kept_until = None;
    }

    /// A lease of `count` seats leaves.
    pub(crate) fn leave(&mut self, count: u32) {
        self.counts.remove(count);
    }

    /// Gives up the seats that no lease of it needs: how many, and which.
    pub(crate) fn shrink(&mut self) -> (u32, Vec<SeatRange>) {
        let size = self.counts.largest();
        let (kept, freed) = self.seats.split(size);
        let given_up = self.size - size.min(self.size);
        self.seats = Seats::of(kept);
        self.size = size;
        (given_up, freed)
    }
}
