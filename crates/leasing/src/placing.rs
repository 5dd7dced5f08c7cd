//! Filling the pools of the state: when it has to be done, and what it changes.
//!
//! Invariants: the result follows from the model, the items and the time of placing only; seats and units in use stay
//! with their pool; a pool that the model no longer has keeps what is in use until that is back. Without a model
//! nothing is placed. Deliberately not here: the order of filling (placement), who gets free seats (shares).

use crate::ids::No;
use crate::model::{Model, SliceSpec};
use crate::model_book::{InForce, ModelRecord};
use crate::placement::{Limited, Placement, SlicePlaced, place};
use crate::pool::Pool;
use crate::shares::{Share, Shares, Use};
use crate::state::Leasing;
use crate::stock::{Bin, Shelf};
use crate::term::small;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenure_document::Time;

impl Leasing {
    /// True when what there is is shared out by name.
    pub(crate) fn may_need_placing(&self) -> bool {
        self.models.current().is_some() || !self.book.is_empty()
    }

    /// True when items have begun or ended since the pools were filled.
    pub(crate) fn must_place(&self, at: Time) -> bool {
        match &self.placement {
            Some(placement) => placement.is_stale(at),
            None => self.models.current().is_some() || self.are_reservations_stale(at),
        }
    }

    /// Items have changed: fills the pools anew.
    pub(crate) fn place_anew(&mut self) {
        if let Some(at) = self.placement.as_ref().map(|placement| placement.at) {
            self.place(at);
        }
    }

    /// Fills the pools with the items that are live at this time.
    pub(crate) fn place(&mut self, at: Time) {
        let mut targets: BTreeMap<No<Shelf>, Vec<Share>> = BTreeMap::new();
        self.placement = None;
        if let Some(current) = self.models.current() {
            let live = self.shelves.iter().filter(|(_, shelf)| shelf.is_live(at));
            let placed = place(current.model.pools(), live.map(|(no, shelf)| (no, &*shelf.item)));
            for ((pool, shelf), target) in placed.targets {
                let share = share_of(current, pool, target);
                targets.entry(shelf).or_default().extend(share);
            }
            self.placement = Some(Box::new(self.placement_at(at, current, placed.slices)));
        }
        let ranks: BTreeMap<No<Pool>, u32> = self
            .models
            .current()
            .map_or(BTreeMap::new(), |c| c.pools.iter().copied().zip(0..).collect());
        let shelves: Vec<No<Shelf>> = self.shelves.iter().map(|(no, _)| no).collect();
        for no in shelves {
            let shares = targets.remove(&no).unwrap_or_default();
            let Some(shelf) = self.shelves.get_mut(no) else { continue };
            if shares.is_empty() && shelf.shares.is_none() {
                continue;
            }
            share_out(shelf, shares, &ranks);
            self.judge_excess(no);
        }
        self.settle_reservations(at);
    }

    fn placement_at(&self, at: Time, current: &InForce, slices: Vec<SlicePlaced>) -> Placement {
        let present = self.shelves.iter().filter(|(_, shelf)| shelf.present);
        let bounds =
            present.flat_map(|(_, shelf)| [shelf.item.live_from(), shelf.item.grace_end()]);
        let bounds: BTreeSet<Time> = bounds.flatten().collect();
        let limits = self.limits_of(current, &slices);
        Placement {
            at,
            from: bounds.range(..=at).next_back().copied(),
            until: bounds.range(at..).find(|bound| **bound > at).copied(),
            slices,
            limits,
        }
    }

    /// Slices with a maximum add up; one without has what it got.
    fn limits_of(&self, current: &InForce, slices: &[SlicePlaced]) -> BTreeMap<Limited, u64> {
        let spec = |placed: &SlicePlaced| -> Option<&SliceSpec> {
            current.model.pools().get(placed.pool)?.slices.get(placed.slice)
        };
        // The sum, and whether any slice has a maximum.
        let mut sums: BTreeMap<Limited, (Option<u64>, bool)> = BTreeMap::new();
        for placed in slices {
            let Some(spec) = spec(placed) else { continue };
            let feature = self.features.find(spec.feature.as_str());
            let Some(place) = current.pools.get(placed.pool).copied().zip(feature) else {
                continue;
            };
            let most = spec.max.map(u64::from).or(placed.given);
            let (sum, is_limited) = sums.entry(place).or_insert((Some(0), false));
            *sum = sum.zip(most).map(|(sum, most)| sum.saturating_add(most));
            *is_limited |= spec.max.is_some();
        }
        let limited = sums.into_iter().filter(|(_, (_, is_limited))| *is_limited);
        limited.filter_map(|(place, (sum, _))| Some((place, sum?))).collect()
    }

    /// Seats or units of the count of an item that a pool should have; none: as many as one likes.
    pub(crate) fn target(&self, bin: Bin) -> Option<u64> {
        self.shelves.get(bin.shelf).map_or(Some(0), |shelf| shelf.target(bin.pool))
    }

    /// The numbers of the pools of a model, each with one more reference.
    pub(crate) fn hold_pools_of(&mut self, model: &Model) -> Vec<No<Pool>> {
        let pools = model.pools().iter();
        pools.map(|spec| self.pools.intern(&spec.name, || Pool::new(&spec.name))).collect()
    }

    /// A model no longer holds these pools. What those that are gone have used up falls to the default pool.
    pub(crate) fn let_go_pools(&mut self, pools: Vec<No<Pool>>) {
        let current: BTreeSet<No<Pool>> =
            self.models.current().map_or(BTreeSet::new(), |c| c.pools.iter().copied().collect());
        let gone: BTreeSet<No<Pool>> =
            pools.iter().copied().filter(|pool| !current.contains(pool)).collect();
        if !gone.is_empty() {
            let names = gone.iter().map(|pool| self.pool_name(Some(*pool)).to_owned()).collect();
            self.usage.forget_pools(&names);
            let shelves: Vec<No<Shelf>> = self.shelves.iter().map(|(no, _)| no).collect();
            for no in shelves {
                let Some(shelf) = self.shelves.get_mut(no) else { continue };
                let Some(shares) = shelf.shares.as_mut() else { continue };
                let spent: Vec<(No<Pool>, u64)> =
                    shares.spent().filter(|(pool, _)| gone.contains(pool)).collect();
                for (pool, units) in spent {
                    shares.change(pool, Use::Units(-small(units)));
                }
            }
        }
        pools.into_iter().for_each(|pool| self.pools.let_go(pool));
    }

    /// Takes up the models of a stored state; the pools are filled when the leases are back.
    pub(crate) fn restore_models(&mut self, record: ModelRecord) -> Result<(), String> {
        let (models, text) = crate::model_book::ModelBook::restore(record);
        self.models = models;
        let Some(text) = text else { return Ok(()) };
        let model = Model::parse(&text).map_err(|_| "the stored model can't be read".to_owned())?;
        let pools = self.hold_pools_of(&model);
        self.models.resume(Arc::new(model), pools);
        Ok(())
    }
}

fn share_of(current: &InForce, pool: usize, target: Option<u64>) -> Option<Share> {
    let no = current.pools.get(pool).copied()?;
    Some(Share::new(no, u32::try_from(pool).unwrap_or(u32::MAX), target))
}

/// Gives an item's pools new targets; what is in use stays where it is.
fn share_out(shelf: &mut Shelf, mut shares: Vec<Share>, ranks: &BTreeMap<No<Pool>, u32>) {
    let before = shelf.shares.take().map_or(Vec::new(), |shares| shares.into_pools());
    let mut places: BTreeMap<No<Pool>, usize> = BTreeMap::new();
    places.extend(shares.iter().enumerate().map(|(place, share)| (share.pool, place)));
    for share in before {
        let (held, spent) = (share.held, share.spent);
        match places.get(&share.pool).and_then(|place| shares.get_mut(*place)) {
            Some(share) => (share.held, share.spent) = (held, spent),
            None => {
                let rank = ranks.get(&share.pool).copied().unwrap_or(u32::MAX);
                shares.push(Share { held, spent, ..Share::new(share.pool, rank, Some(0)) });
            }
        }
    }
    shelf.shares = Shares::of(shares, shelf.is_metered()).map(Box::new);
}
