//! Where the items that may move came from: the documents that a further transfer must show.
//!
//! Invariants: units of one item fall into lots, one that the publisher's update brought (own) and one per transfer
//! (came); what came is never more than what is held; a document is kept as long as a lot or a transfer needs it.
//! Deliberately not here: how much is held (state), checking the documents (provenance).

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::Hash;

/// The most transfers that one item's units may come from at a time.
pub(crate) const LOTS_MAX: usize = 64;

/// Units that came in one transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lot {
    /// How many; 0 when the item is uncounted.
    pub(crate) count: u64,
    /// The update that brought the item to the first container.
    pub(crate) origin: Hash,
    /// Each step since, as envelope text.
    pub(crate) steps: Vec<String>,
}

/// The documents, and which item needs which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stock {
    origins: BTreeMap<Hash, String>,
    own: BTreeMap<String, Hash>,
    came: BTreeMap<String, Vec<Lot>>,
    /// The document whose operations are applied next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Hash>,
}

impl Stock {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Stock::default()
    }

    pub(crate) fn keep(&mut self, document: &str) -> Hash {
        let hash = Hash::of(document.as_bytes());
        self.origins.entry(hash).or_insert_with(|| document.to_owned());
        hash
    }

    /// The operations that follow are those of this document.
    pub(crate) fn begin(&mut self, document: &str) {
        self.next = Some(self.keep(document));
    }

    /// They are applied.
    pub(crate) fn end(&mut self) {
        self.next = None;
    }

    /// The update at hand made the item what it is.
    pub(crate) fn set_own(&mut self, item: &str, movable: bool) {
        self.remove(item);
        if let (true, Some(origin)) = (movable, self.next) {
            self.own.insert(item.to_owned(), origin);
        }
    }

    pub(crate) fn remove(&mut self, item: &str) {
        self.own.remove(item);
        self.came.remove(item);
    }

    pub(crate) fn clear(&mut self) {
        *self = Stock::default();
    }

    /// The item's units fell to `held`: what the publisher gave goes first.
    pub(crate) fn trim(&mut self, item: &str, held: u64) {
        let Some(lots) = self.came.get_mut(item) else { return };
        let mut left = held;
        for lot in lots.iter_mut() {
            lot.count = lot.count.min(left);
            left -= lot.count;
        }
        lots.retain(|lot| lot.count > 0);
    }

    /// The lots that came, oldest first.
    pub(crate) fn came(&self, item: &str) -> &[Lot] {
        self.came.get(item).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn own(&self, item: &str) -> Option<Hash> {
        self.own.get(item).copied()
    }

    pub(crate) fn document(&self, origin: &Hash) -> Option<&str> {
        self.origins.get(origin).map(String::as_str)
    }

    /// Units leave a lot (none: the own one), 0 of an uncounted item; gives what shows where they came from.
    pub(crate) fn take(&mut self, item: &str, lot: Option<usize>, count: u64) -> Option<Lot> {
        let taken = match lot {
            None => Lot { count, origin: self.own(item)?, steps: Vec::new() },
            Some(place) => Lot { count, ..self.came(item).get(place)?.clone() },
        };
        match (count, lot) {
            // An uncounted item leaves as a whole. A part that stayed would hide the steps it took when it comes back.
            (0, _) => self.remove(item),
            (_, Some(place)) => self.shrink(item, place, count),
            // How many of the own units are left follows from what is held.
            (_, None) => {}
        }
        Some(taken)
    }

    fn shrink(&mut self, item: &str, place: usize, count: u64) {
        let Some(lots) = self.came.get_mut(item) else { return };
        let Some(lot) = lots.get_mut(place) else { return };
        lot.count = lot.count.saturating_sub(count);
        if lot.count == 0 {
            lots.remove(place);
        }
    }

    /// Units come, or come back.
    pub(crate) fn put(&mut self, item: &str, lot: Lot) {
        if lot.steps.is_empty() {
            self.own.entry(item.to_owned()).or_insert(lot.origin);
            return;
        }
        let lots = self.came.entry(item.to_owned()).or_default();
        match lots.iter_mut().find(|held| held.steps == lot.steps) {
            Some(held) => held.count += lot.count,
            None => lots.push(lot),
        }
    }

    /// Drops the documents that nothing needs; `others` are needed besides.
    pub(crate) fn sweep(&mut self, others: impl Iterator<Item = Hash>) {
        self.came.retain(|_, lots| !lots.is_empty());
        let lots = self.came.values().flatten().map(|lot| lot.origin);
        let used: BTreeSet<Hash> =
            self.own.values().copied().chain(lots).chain(self.next).chain(others).collect();
        self.origins.retain(|origin, _| used.contains(origin));
    }
}
