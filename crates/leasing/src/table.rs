//! Tables of things that many leases share: each is stored once and referred to by number.
//!
//! Invariants: equal keys have one number; a thing leaves the table when nothing refers to it any more, its number is
//! used again; the order of numbers is never seen outside. The hash is keyed by the server's secret seed, so that
//! requesters can't aim at collisions. Deliberately not here: what is stored.

use crate::ids::No;
use crate::slots::Slots;
use hashbrown::HashTable;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a table finds a thing by.
pub(crate) trait Keyed {
    type Key: ?Sized;

    /// True for the key of this thing.
    fn has(&self, key: &Self::Key) -> bool;

    fn hash_key(key: &Self::Key, hasher: &mut DefaultHasher);

    /// The same hash as that of the thing's key.
    fn hash_self(&self, hasher: &mut DefaultHasher);
}

/// Things by number and by key.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    seed: u64,
    slots: Slots<Slot<T>>,
    free: Vec<u32>,
    places: HashTable<u32>,
}

#[derive(Debug, Clone)]
struct Slot<T> {
    value: Option<T>,
    holds: u32,
}

impl<T: Keyed> Table<T> {
    pub(crate) fn new(seed: u64) -> Table<T> {
        Table { seed, slots: Slots::new(), free: Vec::new(), places: HashTable::new() }
    }

    /// The number of the thing with this key.
    pub(crate) fn find(&self, key: &T::Key) -> Option<No<T>> {
        let hash = hash_of(self.seed, |hasher| T::hash_key(key, hasher));
        let found = self
            .places
            .find(hash, |place| self.slots.value(*place).is_some_and(|value| value.has(key)));
        found.map(|place| No::new(*place))
    }

    /// The thing of this number; none when nothing refers to it any more.
    pub(crate) fn get(&self, no: No<T>) -> Option<&T> {
        self.slots.value(no.place())
    }

    /// The same, to change. The key must stay as it is.
    pub(crate) fn get_mut(&mut self, no: No<T>) -> Option<&mut T> {
        self.slots.get_mut(no.place() as usize).and_then(|slot| slot.value.as_mut())
    }

    /// The number of the thing with this key, made where it is new, with one more reference to it.
    pub(crate) fn intern(&mut self, key: &T::Key, make: impl FnOnce() -> T) -> No<T> {
        if let Some(no) = self.find(key) {
            self.hold(no);
            return no;
        }
        let slot = Slot { value: Some(make()), holds: 1 };
        let place = self.put(slot);
        let Table { seed, slots, places, .. } = self;
        places.insert_unique(hash_of(*seed, |hasher| T::hash_key(key, hasher)), place, |place| {
            slots.value(*place).map_or(0, |value| hash_of(*seed, |hasher| value.hash_self(hasher)))
        });
        No::new(place)
    }

    /// Puts a slot where one is free. Says where.
    fn put(&mut self, slot: Slot<T>) -> u32 {
        if let Some(place) = self.free.pop()
            && let Some(free) = self.slots.get_mut(place as usize)
        {
            *free = slot;
            return place;
        }
        u32::try_from(self.slots.push(slot)).unwrap_or(u32::MAX)
    }

    /// One more reference.
    pub(crate) fn hold(&mut self, no: No<T>) {
        if let Some(slot) = self.slots.get_mut(no.place() as usize) {
            slot.holds += 1;
        }
    }

    /// One reference less; without any the thing is forgotten.
    pub(crate) fn let_go(&mut self, no: No<T>) {
        let Table { seed, slots, places, free } = self;
        let Some(slot) = slots.get_mut(no.place() as usize) else { return };
        slot.holds = slot.holds.saturating_sub(1);
        if slot.holds > 0 {
            return;
        }
        if let Some(value) = slot.value.take() {
            let hash = hash_of(*seed, |hasher| value.hash_self(hasher));
            if let Ok(entry) = places.find_entry(hash, |place| *place == no.place()) {
                entry.remove();
            }
            free.push(no.place());
        }
    }

    /// All things with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (No<T>, &T)> {
        self.slots
            .iter()
            .zip(0..)
            .filter_map(|(slot, place)| slot.value.as_ref().map(|value| (No::new(place), value)))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

impl<T> Slots<Slot<T>> {
    fn value(&self, place: u32) -> Option<&T> {
        self.get(place as usize).and_then(|slot| slot.value.as_ref())
    }
}

/// A hash that only this server can foresee.
pub(crate) fn keyed_hash<Q: Hash + ?Sized>(seed: u64, key: &Q) -> u64 {
    hash_of(seed, |hasher| key.hash(hasher))
}

fn hash_of(seed: u64, hash: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(seed);
    hash(&mut hasher);
    hasher.finish()
}
