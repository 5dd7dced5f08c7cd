//! All containers the office has met, and the indices to find them by.
//!
//! Invariants: indices are rebuilt when the state is read; a container is never forgotten, because its generation and
//! its revocation must never be.
//! Deliberately not here: what one container is (container), the decisions.

use super::container::OfficeContainer;
use super::moves::MoveBook;
use crate::office::numbers::CustomerId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tenure_document::{ContainerId, Time};

/// Every container, and what goes on between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    all: BTreeMap<ContainerId, OfficeContainer>,
    /// From serial to identity.
    serials: HashMap<Box<str>, ContainerId>,
    /// Containers in each state but `known`: those that somebody looks for.
    odd: BTreeSet<ContainerId>,
    /// How many there are in which nothing was ever activated.
    unclaimed: u32,
    /// Containers of a new generation whose activations are to be issued anew.
    pub(crate) reissue: BTreeSet<ContainerId>,
    /// Transfers that went without the office.
    pub(crate) moves: MoveBook,
    /// When each customer had containers replaced, newest last.
    pub(crate) replaced: BTreeMap<CustomerId, Vec<Time>>,
}

impl Fleet {
    /// One of them.
    pub fn get(&self, id: ContainerId) -> Option<&OfficeContainer> {
        self.all.get(&id)
    }

    /// The one with this serial, in its written form.
    pub fn by_serial(&self, serial: &str) -> Option<&OfficeContainer> {
        self.serials.get(serial).and_then(|id| self.get(*id))
    }

    /// All of them, by identity.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &OfficeContainer> {
        self.all.values()
    }

    /// Those whose state is not `known`, by identity.
    pub fn odd(&self) -> impl Iterator<Item = &OfficeContainer> {
        self.odd.iter().filter_map(|id| self.get(*id))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many there are in which nothing was ever activated.
    pub fn unclaimed(&self) -> u32 {
        self.unclaimed
    }

    /// Transfers that went without the office.
    pub fn moves(&self) -> &MoveBook {
        &self.moves
    }

    pub(crate) fn insert(&mut self, container: OfficeContainer) {
        self.serials.insert(container.id.serial().into(), container.id);
        let id = container.id;
        self.unclaimed += u32::from(!container.claimed);
        self.all.insert(id, container);
        self.list(id);
    }

    /// Something is activated in a container.
    pub(crate) fn claim(&mut self, id: ContainerId) {
        if let Some(container) = self.all.get_mut(&id).filter(|one| !one.claimed) {
            container.claimed = true;
            self.unclaimed = self.unclaimed.saturating_sub(1);
        }
    }

    /// Changes one and lists it where it belongs.
    pub(crate) fn change(&mut self, id: ContainerId, change: impl FnOnce(&mut OfficeContainer)) {
        if let Some(container) = self.all.get_mut(&id) {
            change(container);
            self.list(id);
        }
    }

    fn list(&mut self, id: ContainerId) {
        let known = self.get(id).is_none_or(|one| one.state.code() == "known");
        if known {
            self.odd.remove(&id)
        } else {
            self.odd.insert(id)
        };
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<C> {
    containers: C,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    reissue: BTreeSet<ContainerId>,
    #[serde(default, skip_serializing_if = "MoveBook::is_empty")]
    moves: MoveBook,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaced: Vec<(CustomerId, Vec<Time>)>,
}

struct Containers<'a>(&'a Fleet);

impl Serialize for Containers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.all())
    }
}

impl Serialize for Fleet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            containers: Containers(self),
            reissue: self.reissue.clone(),
            moves: self.moves.clone(),
            replaced: self.replaced.iter().map(|(id, times)| (*id, times.clone())).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fleet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fleet, D::Error> {
        let stored = Stored::<Vec<OfficeContainer>>::deserialize(deserializer)?;
        let mut fleet = Fleet {
            reissue: stored.reissue,
            moves: stored.moves,
            replaced: stored.replaced.into_iter().collect(),
            ..Fleet::default()
        };
        fleet.moves.restore();
        stored.containers.into_iter().for_each(|container| fleet.insert(container));
        Ok(fleet)
    }
}
