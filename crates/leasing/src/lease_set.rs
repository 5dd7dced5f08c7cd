//! The leases of one device: mostly one, sometimes many.
//!
//! Invariants: in the order of their numbers, none twice; one lease takes no allocation.
//! Deliberately not here: the leases themselves (state).

use std::collections::BTreeSet;
use tenure_document::LeaseId;

/// Numbers of leases.
#[derive(Debug, Clone, Default)]
pub(crate) enum LeaseSet {
    #[default]
    None,
    One(LeaseId),
    Many(Box<Leases>),
}

/// More than one.
#[derive(Debug, Clone)]
pub(crate) struct Leases(BTreeSet<LeaseId>);

impl LeaseSet {
    pub(crate) fn insert(&mut self, id: LeaseId) {
        match self {
            LeaseSet::None => *self = LeaseSet::One(id),
            LeaseSet::One(first) => {
                *self = LeaseSet::Many(Box::new(Leases(BTreeSet::from([*first, id]))));
            }
            LeaseSet::Many(leases) => {
                leases.0.insert(id);
            }
        }
    }

    pub(crate) fn remove(&mut self, id: LeaseId) {
        match self {
            LeaseSet::None => {}
            LeaseSet::One(only) if *only == id => *self = LeaseSet::None,
            LeaseSet::One(_) => {}
            LeaseSet::Many(leases) => {
                leases.0.remove(&id);
                match (leases.0.len(), leases.0.first()) {
                    (1, Some(last)) => *self = LeaseSet::One(*last),
                    (0, _) => *self = LeaseSet::None,
                    _ => {}
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, LeaseSet::None)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            LeaseSet::None => 0,
            LeaseSet::One(_) => 1,
            LeaseSet::Many(leases) => leases.0.len(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = LeaseId> {
        let (one, many) = match self {
            LeaseSet::None => (None, None),
            LeaseSet::One(only) => (Some(*only), None),
            LeaseSet::Many(leases) => (None, Some(leases.0.iter().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}
