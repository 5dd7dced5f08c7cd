//! What of an item is in use, by pool, and who exceeds it: counted as leases begin and end.
//!
//! Invariants: what is counted in use here is what leases, groups and metered uses hold; the claims of an excess follow
//! every change of use. Deliberately not here: leases and seat numbers (fold_lease).

use crate::excess::Excess;
use crate::group::Group;
use crate::ids::No;
use crate::lease::{GroupKey, SeatKey};
use crate::pool::PoolNo;
use crate::refusal::LeaseRefusal;
use crate::shares::Use;
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use crate::term::small;
use std::collections::BTreeMap;
use tenure_document::LeaseId;

impl Leasing {
    /// Seats of an item in a pool come into use.
    pub(crate) fn use_seats(&mut self, bin: Bin, count: u32) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.used += u64::from(count);
        shelf.change_in_pool(bin.pool, Use::Seats(i64::from(count)));
    }

    /// Seats of an item in a pool are no longer in use.
    pub(crate) fn unuse(&mut self, bin: Bin, count: u32) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        debug_assert!(shelf.used >= u64::from(count), "more given back than in use");
        shelf.used = shelf.used.saturating_sub(u64::from(count));
        if shelf.renewal_limit().is_none_or(|limit| shelf.used <= limit) {
            shelf.excess = None;
        }
        shelf.change_in_pool(bin.pool, Use::Seats(-i64::from(count)));
        forget_default_excess(shelf);
        self.note_used(bin, -i64::from(count));
    }

    /// Units of a metered item are used up.
    pub(crate) fn use_up(&mut self, bin: Bin, count: u64) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.consumed = shelf.consumed.saturating_add(count);
        shelf.change_in_pool(bin.pool, Use::Units(small(count)));
        self.note_units(bin, |hour| hour.consumed = hour.consumed.saturating_add(count));
    }

    /// Units of a metered item are taken back.
    pub(crate) fn take_back(&mut self, bin: Bin, count: u64) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        shelf.consumed = shelf.consumed.saturating_sub(count);
        shelf.change_in_pool(bin.pool, Use::Units(-small(count)));
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

    /// Finds out anew which claims on an item, and on its pools, exceed them.
    pub(crate) fn judge_excess(&mut self, no: No<Shelf>) {
        let Some(shelf) = self.shelves.get(no) else { return };
        let whole = shelf.renewal_limit().filter(|limit| shelf.used > *limit);
        // Within pools that all have what they should nobody exceeds the item, unless leases are kept by order.
        let whole = whole.filter(|_| shelf.shares.is_none() || self.models.keeps_leases());
        let pools = exceeded(shelf);
        let is_over = whole.is_some() || !pools.is_empty();
        let claims = if is_over { self.claims_on(no) } else { BTreeMap::new() };
        let Some(shelf) = self.shelves.get_mut(no) else { return };
        shelf.excess = whole.map(|limit| {
            let mut all: BTreeMap<LeaseId, u64> = BTreeMap::new();
            claims.iter().for_each(|((_, lease), count)| *all.entry(*lease).or_default() += count);
            Box::new(Excess::new(limit, all))
        });
        shelf.shares.iter_mut().for_each(|shares| shares.forget_excess());
        for (pool, limit) in pools {
            let within = claims.iter().filter(|((of, _), _)| *of == pool);
            let within = within.map(|((_, lease), count)| (*lease, *count)).collect();
            let excess = Some(Box::new(Excess::new(limit, within)));
            let Some(shares) = shelf.shares.as_mut() else { continue };
            match pool {
                None => shares.default_excess = excess,
                Some(pool) => {
                    shares.get_mut(pool).into_iter().for_each(|s| s.excess.clone_from(&excess));
                }
            }
        }
    }

    /// The claims on an item by pool and by the first lease of each.
    fn claims_on(&self, no: No<Shelf>) -> BTreeMap<(PoolNo, LeaseId), u64> {
        let mut claims: BTreeMap<(PoolNo, LeaseId), u64> = BTreeMap::new();
        for (place, group) in self.groups_of(no) {
            *claims.entry((place.pool, group.first)).or_default() += u64::from(group.size);
        }
        let feature = self.shelves.get(no).and_then(|shelf| self.features.get(shelf.feature));
        let leases = feature.into_iter().flat_map(|feature| &feature.ends);
        for lease in leases.filter_map(|(_, lease)| self.leases.get(lease)) {
            let own = lease.parts.as_slice().iter();
            for part in own.filter(|part| part.shelf == no && part.shared.is_none()) {
                *claims.entry((part.pool, lease.id)).or_default() += u64::from(part.count);
            }
        }
        claims
    }

    /// A claim on an item in a pool has grown, or shrunk, by so much.
    pub(crate) fn note_claim(&mut self, bin: Bin, first: LeaseId, by: i64) {
        let Some(shelf) = self.shelves.get_mut(bin.shelf) else { return };
        if let Some(excess) = shelf.excess.as_mut() {
            excess.change(first, by);
        }
        let Some(shares) = shelf.shares.as_mut() else { return };
        let excess = match bin.pool {
            None => shares.default_excess.as_mut(),
            Some(pool) => shares.get_mut(pool).and_then(|share| share.excess.as_mut()),
        };
        if let Some(excess) = excess {
            excess.change(first, by);
        }
    }

    /// Whether the claim on an item in a pool whose first lease this is may go on.
    pub(crate) fn may_go_on(
        &self,
        shelf: &Shelf,
        pool: PoolNo,
        first: LeaseId,
    ) -> Result<(), LeaseRefusal> {
        if shelf.excess.as_ref().is_some_and(|excess| !excess.allows(first)) {
            return Err(LeaseRefusal::SeatsShrunk);
        }
        let Some(shares) = &shelf.shares else { return Ok(()) };
        let excess = match pool {
            None => shares.default_excess.as_ref(),
            Some(pool) => shares.get(pool).and_then(|share| share.excess.as_ref()),
        };
        if excess.is_none_or(|excess| excess.allows(first)) || self.models.is_kept(first) {
            return Ok(());
        }
        match shelf.limit() {
            Some(limit) if shelf.used > limit => Err(LeaseRefusal::SeatsShrunk),
            _ => Err(LeaseRefusal::PoolShrunk { pool: self.pool_name(pool).to_owned() }),
        }
    }
}

/// The default pool has no excess any more when it has what it should.
fn forget_default_excess(shelf: &mut Shelf) {
    if shelf.shares.as_ref().is_none_or(|shares| shares.default_excess.is_none()) {
        return;
    }
    let fits = shelf.default_limit().is_none_or(|limit| shelf.held_in(None) <= limit);
    if let Some(shares) = shelf.shares.as_mut().filter(|_| fits) {
        shares.default_excess = None;
    }
}

/// The pools of an item that have more in use than they should, each with what it should have.
fn exceeded(shelf: &Shelf) -> Vec<(PoolNo, u64)> {
    let Some(shares) = shelf.shares.as_ref().filter(|_| shelf.renewal_limit().is_some()) else {
        return Vec::new();
    };
    let named = shares.iter().filter_map(|share| {
        let target = share.target.filter(|target| share.held > *target)?;
        Some((Some(share.pool), target))
    });
    let default = shelf.default_limit().filter(|limit| shelf.held_in(None) > *limit);
    named.chain(default.map(|limit| (None, limit))).collect()
}
