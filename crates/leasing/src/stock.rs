//! What there is to lease: one shelf per item, one feature per name, with what of each is in use.
//!
//! Invariants: `used` counts seats in use (kept ones of named users included), once per shared seat; a shelf that the
//! container no longer has stays until nothing of it is in use. Deliberately not here: which seats a request may have
//! (candidates, allocation).

use crate::excess::Excess;
use crate::ids::No;
use crate::pool::PoolNo;
use crate::seats::FreeSeats;
use crate::series::Series;
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
        Shelf { item, feature, present: true, used: 0, borrowed: 0, consumed: 0, excess: None }
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
