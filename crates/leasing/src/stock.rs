//! What there is to lease: one shelf per item, one feature per name, with what of each is in use.
//!
//! Invariants: `used` counts seats in use (kept ones of named users included), once per shared seat; a shelf that the
//! container no longer has stays until nothing of it is in use. Deliberately not here: which seats a request may have
//! (candidates, allocation).

use crate::excess::Excess;
use crate::ids::No;
use crate::pool::{Pool, PoolNo};
use crate::seats::FreeSeats;
use crate::series::Series;
use crate::shares::{Room, Shares, Supply, Use, room_of_all};
use crate::table::Keyed;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash};
use std::sync::Arc;
use tenure_document::{Capacity, Enforcement, Item, Kind, LeaseId, Time};

/// What of one item is in one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bin {
    pub(crate) shelf: No<Shelf>,
    pub(crate) pool: PoolNo,
}

/// One item and what of it is in use.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    pub(crate) item: Arc<Item>,
    pub(crate) feature: No<Feature>,
    /// The container has it.
    pub(crate) present: bool,
    /// Seats in use.
    pub(crate) used: u64,
    /// Seats of borrowed leases.
    pub(crate) borrowed: u64,
    /// Metered: units used up.
    pub(crate) consumed: u64,
    /// Who may renew, while more is in use than there is.
    pub(crate) excess: Option<Box<Excess>>,
    /// What of it is in named pools; none: all of it is in the default pool.
    pub(crate) shares: Option<Box<Shares>>,
}

impl Keyed for Shelf {
    type Key = str;

    fn has(&self, key: &str) -> bool {
        *self.item.id == *key
    }

    fn hash_key(key: &str, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.item.id.hash(hasher);
    }
}

impl Shelf {
    pub(crate) fn new(item: Arc<Item>, feature: No<Feature>) -> Shelf {
        Shelf {
            item,
            feature,
            present: true,
            used: 0,
            borrowed: 0,
            consumed: 0,
            excess: None,
            shares: None,
        }
    }

    pub(crate) fn is_metered(&self) -> bool {
        matches!(self.item.kind, Kind::Metered { .. })
    }

    /// Seats in use, or units used up.
    pub(crate) fn taken(&self) -> u64 {
        if self.is_metered() { self.consumed } else { self.used }
    }

    /// Everything that may be in use at once, overdraft included; none: no limit.
    pub(crate) fn limit(&self) -> Option<u64> {
        limited(self.item.capacity().plus(self.item.overdraft_seats()))
    }

    pub(crate) fn is_uncounted(&self) -> bool {
        self.item.capacity() == Capacity::Unlimited
    }

    /// True when the container has it and it has begun and not ended, grace included.
    pub(crate) fn is_live(&self, at: Time) -> bool {
        self.present
            && self.item.live_from().is_none_or(|start| start <= at)
            && self.item.grace_end().is_none_or(|end| at < end)
    }

    /// What there is of it, while `taken` of it is in use.
    fn supply(&self, taken: u64) -> Supply {
        let count = limited(self.item.capacity());
        let overdraft = limited(self.item.overdraft_seats());
        Supply { count, overdraft, taken }
    }

    /// Seats in use in a pool, or units used up.
    pub(crate) fn taken_in(&self, pool: PoolNo) -> u64 {
        let named = self.shares.as_ref();
        match pool {
            None => self.taken().saturating_sub(named.map_or(0, |shares| shares.used())),
            Some(pool) => named.map_or(0, |shares| shares.used_in(pool)),
        }
    }

    /// So much more, or less, of it is in use in a pool.
    pub(crate) fn change_in_pool(&mut self, pool: PoolNo, by: Use) {
        let Some(pool) = pool else { return };
        let metered = self.is_metered();
        let shares = self.shares.get_or_insert_with(|| Box::new(Shares::new(metered)));
        shares.change(pool, by);
        if shares.is_empty() {
            // The default pool is the whole item again, and so is what exceeds it.
            let excess = self.shares.take().and_then(|shares| shares.default_excess);
            self.excess = self.excess.take().or(excess);
        }
    }

    /// Seats in use in a pool.
    pub(crate) fn held_in(&self, pool: PoolNo) -> u64 {
        let named = self.shares.as_ref();
        match pool {
            None => self.used.saturating_sub(named.map_or(0, |shares| shares.held())),
            Some(pool) => named.and_then(|shares| shares.get(pool)).map_or(0, |share| share.held),
        }
    }

    /// Everything that may be in use at once in the default pool; none: no limit.
    pub(crate) fn default_limit(&self) -> Option<u64> {
        let overdraft = limited(self.item.overdraft_seats())?;
        self.target(None).map(|target| target.saturating_add(overdraft))
    }

    /// What can be taken of it in a pool, while a decision has changed its use by `by`, in named pools by `changes`.
    pub(crate) fn room(&self, pool: PoolNo, by: i64, changes: &[(No<Pool>, i64)]) -> Room {
        let supply = self.supply(self.taken().saturating_add_signed(by));
        match (&self.shares, pool) {
            (Some(shares), _) => shares.room(pool, supply, changes),
            (None, None) => room_of_all(supply),
            (None, Some(_)) => Room::NONE,
        }
    }

    /// Seats or units of the count that a pool should have; none: as many as one likes.
    pub(crate) fn target(&self, pool: PoolNo) -> Option<u64> {
        match (&self.shares, pool) {
            (None, Some(_)) => Some(0),
            (None, None) => limited(self.item.capacity()),
            (Some(shares), Some(pool)) => shares.get(pool).map_or(Some(0), |share| share.target),
            (Some(shares), None) => {
                let count = limited(self.item.capacity())?;
                Some(count.saturating_sub(shares.targets().unwrap_or(0)))
            }
        }
    }

    /// The limit that renewals keep to: none where the license lets use exceed it.
    pub(crate) fn renewal_limit(&self) -> Option<u64> {
        match (self.present, self.item.enforcement) {
            (true, Enforcement::Block) => self.limit(),
            _ => None,
        }
    }
}

/// The number of a limited capacity.
pub(crate) fn limited(capacity: Capacity) -> Option<u64> {
    match capacity {
        Capacity::Limited(seats) => Some(seats),
        Capacity::Unlimited => None,
    }
}

/// A feature: the items that have its name, its seat numbers, its leases by their end.
#[derive(Debug, Clone)]
pub(crate) struct Feature {
    pub(crate) name: Box<str>,
    pub(crate) shelves: Vec<No<Shelf>>,
    pub(crate) seats: FreeSeats,
    pub(crate) ends: BTreeSet<(Time, LeaseId)>,
    /// Its use over time; none before the first.
    pub(crate) series: Option<No<Series>>,
}

impl Keyed for Feature {
    type Key = str;

    fn has(&self, key: &str) -> bool {
        *self.name == *key
    }

    fn hash_key(key: &str, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.name.hash(hasher);
    }
}

impl Feature {
    pub(crate) fn new(name: &str) -> Feature {
        Feature {
            name: name.into(),
            shelves: Vec::new(),
            seats: FreeSeats::default(),
            ends: BTreeSet::new(),
            series: None,
        }
    }
}
