//! Requests without desired features: what the server decides to give.
//!
//! Invariants: what the matching rule states under `without requested features`, each feature by itself and as far as it
//! reaches; nothing where nothing is stated. Deliberately not here: granting (checkout, device_set).

use crate::dictionary::Dictionary;
use crate::draft::Draft;
use crate::model::{Amount, FeatureSpec, PoolRef, SliceSpec};
use crate::model_book::InForce;
use crate::pool::PoolNo;
use crate::request::{Checkout, FEATURES_MAX, FeatureRequest, SEATS_MAX};
use crate::state::Leasing;
use crate::stock::Bin;
use std::borrow::Cow;
use std::collections::BTreeMap;
use tenure_document::{Holder, Version};

/// A feature, its lowest version, and how many.
type Stated = ((String, Version), u64);

/// The request with the features that the server decides to give, where none are desired.
pub(crate) fn with_features<'c>(draft: &mut Draft<'_>, asked: &'c Checkout) -> Cow<'c, Checkout> {
    if !asked.features.is_empty() {
        return Cow::Borrowed(asked);
    }
    let features = stated(draft, asked);
    if features.is_empty() {
        Cow::Borrowed(asked)
    } else {
        Cow::Owned(Checkout { features, ..asked.clone() })
    }
}

/// What the matching rule states.
fn stated(draft: &mut Draft<'_>, asked: &Checkout) -> Vec<FeatureRequest> {
    let state = draft.state;
    let Some(current) = state.models.current() else { return Vec::new() };
    let spec =
        state.with_verdict(&asked.holder, &asked.dictionary, |verdict| verdict.spec.cloned());
    let stated: Vec<Stated> = match spec.flatten() {
        None => Vec::new(),
        Some(FeatureSpec::AllFrom(pools)) => {
            draft.allow(pools.iter().map(|pool| current.pool(*pool)));
            pools.iter().flat_map(|pool| all_from(draft, current, *pool)).collect()
        }
        Some(FeatureSpec::Slices(slices)) => {
            slices.iter().map(|slice| counted(slice, amount_of(draft, slice))).collect()
        }
    };
    let mut sums: BTreeMap<(String, Version), u64> = BTreeMap::new();
    for (wanted, count) in stated {
        let sum = sums.entry(wanted).or_default();
        *sum = sum.saturating_add(count);
    }
    let requests = sums.into_iter().filter(|(_, count)| *count > 0).take(FEATURES_MAX);
    let request = |((name, version), count): Stated| FeatureRequest {
        name,
        version,
        count: u32::try_from(count).unwrap_or(SEATS_MAX).min(SEATS_MAX),
        partial: true,
    };
    requests.map(request).collect()
}

impl Leasing {
    /// Pools that a rule gives to who asks for nothing in particular.
    pub(crate) fn unasked_pools(&self, holder: &Holder, dictionary: &Dictionary) -> Vec<PoolNo> {
        let spec = self.with_verdict(holder, dictionary, |verdict| verdict.spec.cloned());
        match (spec.flatten(), self.models.current()) {
            (Some(FeatureSpec::AllFrom(pools)), Some(current)) => {
                pools.iter().map(|pool| current.pool(*pool)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn counted(slice: &SliceSpec, count: u64) -> Stated {
    let most = slice.max.map_or(u64::MAX, u64::from);
    ((slice.feature.clone(), slice.version), count.min(most))
}

/// What the model states for a pool; one of what has no end.
fn all_from(draft: &Draft<'_>, current: &InForce, pool: PoolRef) -> Vec<Stated> {
    let PoolRef::Named(pool) = pool else { return Vec::new() };
    let (place, placement) = (usize::from(pool), draft.state.placement.as_ref());
    let spec = current.model.pools().get(place);
    let Some((spec, placement)) = spec.zip(placement) else { return Vec::new() };
    let placed = placement.slices.iter().filter(|placed| placed.pool == place);
    let stated = placed.filter_map(|placed| {
        Some(counted(spec.slices.get(placed.slice)?, placed.wanted.unwrap_or(1)))
    });
    stated.collect()
}

/// The amount of a slice as a number: shares are of what the pools have that the asker may use.
fn amount_of(draft: &Draft<'_>, slice: &SliceSpec) -> u64 {
    let percent = match slice.amount {
        Amount::Count(count) => return count,
        Amount::Percent(percent) => percent,
        Amount::Remainder => 100,
    };
    let state = draft.state;
    let feature = state.features.find(slice.feature.as_str());
    let shelves = feature.and_then(|no| state.features.get(no)).map_or(&[][..], |f| &f.shelves[..]);
    let now = draft.rights.items;
    let live = shelves.iter().filter(|no| {
        let shelf = state.shelves.get(**no).filter(|shelf| shelf.is_live(now));
        shelf.is_some_and(|shelf| {
            shelf.item.version >= slice.version && slice.filters.accepts(&shelf.item)
        })
    });
    let pools: &[PoolNo] = draft.access().pools();
    let bins = live.flat_map(|shelf| pools.iter().map(|pool| Bin { shelf: *shelf, pool: *pool }));
    let total = bins
        .map(|bin| state.target(bin))
        .try_fold(0_u64, |sum, target| Some(sum.saturating_add(target?)));
    // Of what has no end one is enough to begin with.
    total.map_or(1, |total| total.saturating_mul(u64::from(percent)) / 100)
}
