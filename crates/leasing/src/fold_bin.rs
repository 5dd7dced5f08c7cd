//! What of an item is in use, by pool, and who exceeds it: counted as leases begin and end.
//!
//! Invariants: what is counted in use here is what leases, groups and metered uses hold; the claims of an excess follow
//! every change of use. Deliberately not here: leases and seat numbers (fold_lease).

use crate::excess::Excess;
use crate::group::Group;
use crate::ids::No;
use crate::lease::{GroupKey, SeatKey};
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use std::collections::BTreeMap;
use tenure_document::LeaseId;

impl Leasing {
    /// Seats of an item in a pool come into use.
    pub(crate) fn use_seats(&mut self, bin: Bin, count: u32) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.used += u64::from(count);
    }

    /// Seats of an item in a pool are no longer in use.
    pub(crate) fn unuse(&mut self, bin: Bin, count: u32) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        debug_assert!(shelf.used >= u64::from(count), "more given back than in use");
        shelf.used = shelf.used.saturating_sub(u64::from(count));
        if shelf.renewal_limit().is_none_or(|limit| shelf.used <= limit) {
            shelf.excess = None;
        }
        self.note_used(bin, -i64::from(count));
    }

    /// Units of a metered item are used up.
    pub(crate) fn use_up(&mut self, bin: Bin, count: u64) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.consumed = shelf.consumed.saturating_add(count);
        self.note_units(bin, |hour| hour.consumed = hour.consumed.saturating_add(count));
    }

    /// Units of a metered item are taken back.
    pub(crate) fn take_back(&mut self, bin: Bin, count: u64) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.consumed = shelf.consumed.saturating_sub(count);
        self.note_units(bin, |hour| hour.undone = hour.undone.saturating_add(count));
    }

    /// The groups of an item.
    pub(crate) fn groups_of(&self, no: No<Shelf>) -> impl Iterator<Item = (GroupKey, &Group)> {
        let lowest = GroupKey { shelf: no, key: SeatKey::Session(No::new(0), None), pool: None };
        self.groups
            .range(lowest..)
            .take_while(move |(place, _)| place.shelf == no)
            .map(|(place, group)| (*place, group))
    }

    /// Finds out anew which claims on an item exceed it.
    pub(crate) fn judge_excess(&mut self, no: No<Shelf>) {
        let Some(shelf) = self.shelves.get(no) else { return };
        let excess = shelf
            .renewal_limit()
            .filter(|limit| shelf.used > *limit)
            .map(|limit| Box::new(Excess::new(limit, self.claims_on(no))));
        if let Some(shelf) = self.shelves.get_mut(no) {
            shelf.excess = excess;
        }
    }

    /// The claims on an item by the first lease of each.
    fn claims_on(&self, no: No<Shelf>) -> BTreeMap<LeaseId, u64> {
        let mut claims: BTreeMap<LeaseId, u64> = BTreeMap::new();
        for (_, group) in self.groups_of(no) {
            *claims.entry(group.first).or_default() += u64::from(group.size);
        }
        for lease in self.leases.values() {
            let own = lease.parts.as_slice().iter();
            for part in own.filter(|part| part.shelf == no && part.shared.is_none()) {
                *claims.entry(lease.id).or_default() += u64::from(part.count);
            }
        }
        claims
    }

    /// A claim on an item in a pool has grown, or shrunk, by so much.
    pub(crate) fn note_claim(&mut self, bin: Bin, first: LeaseId, by: i64) {
        let shelf = self.shelves.get_mut(bin.shelf);
        if let Some(excess) = shelf.and_then(|shelf| shelf.excess.as_mut()) {
            excess.change(first, by);
        }
    }
}
