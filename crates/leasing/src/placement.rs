//! Filling the pools: which slice of the model gets how many seats of which item. One pure function.
//!
//! Invariants: slices in the order of the text; each takes its exact version first, then the next higher, of equal
//! versions the one that ends later first; never more than an item has, never from an item that does not match; a
//! shortage leaves later slices short and is told, it is no error.
//! Deliberately not here: what is in use (shares), when items are live (the caller hands in those that are).

use crate::model::{Amount, PoolSpec, SliceSpec};
use std::collections::BTreeMap;
use tenure_document::{Capacity, Item, Time};

/// What a placement leads to. `K` names an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed<K> {
    /// What each pool should have of each item; none: as much as one likes.
    pub(crate) targets: BTreeMap<(usize, K), Option<u64>>,
    /// What each slice got, in the order of the text.
    pub(crate) slices: Vec<SlicePlaced>,
}

/// What a slice got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlicePlaced {
    /// The place of its pool in the model.
    pub(crate) pool: usize,
    /// Its place in the pool.
    pub(crate) slice: usize,
    /// What it states, as a number; none: as much as one likes.
    pub(crate) wanted: Option<u64>,
    /// What it got; none: as much as one likes.
    pub(crate) given: Option<u64>,
}

impl SlicePlaced {
    /// What it got less than it states.
    pub(crate) fn short(&self) -> u64 {
        match (self.wanted, self.given) {
            (Some(wanted), Some(given)) => wanted.saturating_sub(given),
            _ => 0,
        }
    }
}

/// An item and what of it is in no slice yet; none: as much as one likes.
struct Source<'a, K> {
    key: K,
    item: &'a Item,
    left: Option<u64>,
}

/// Fills the pools of a model from these items.
pub(crate) fn place<'a, K: Copy + Ord>(
    pools: &[PoolSpec],
    items: impl IntoIterator<Item = (K, &'a Item)>,
) -> Placed<K> {
    let mut sources: BTreeMap<&str, Vec<Source<'a, K>>> = BTreeMap::new();
    for (key, item) in items {
        let left = match item.capacity() {
            Capacity::Limited(count) => Some(count),
            Capacity::Unlimited => None,
        };
        sources.entry(&item.feature).or_default().push(Source { key, item, left });
    }
    for sources in sources.values_mut() {
        let order = |source: &Source<'_, K>| {
            let ends = std::cmp::Reverse(source.item.ends().unwrap_or(Time::LATEST));
            (source.item.version, ends, source.item.id.clone())
        };
        sources.sort_by_cached_key(order);
    }
    let mut order: Vec<(usize, usize, &SliceSpec)> = Vec::new();
    for (pool, spec) in pools.iter().enumerate() {
        order.extend(spec.slices.iter().enumerate().map(|(slice, spec)| (pool, slice, spec)));
    }
    order.sort_by_key(|(_, _, spec)| spec.order);
    let mut placed = Placed { targets: BTreeMap::new(), slices: Vec::with_capacity(order.len()) };
    for (pool, slice, spec) in order {
        let sources = sources.get_mut(spec.feature.as_str()).map_or(&mut [][..], |s| &mut s[..]);
        let (wanted, given) = fill(spec, sources, |key, count| {
            let target = placed.targets.entry((pool, key)).or_insert(Some(0));
            *target = target.zip(count).map(|(sum, count)| sum.saturating_add(count));
        });
        placed.slices.push(SlicePlaced { pool, slice, wanted, given });
    }
    placed
}

/// Fills one slice: says what it states and what it got, and hands out each taking.
fn fill<K: Copy>(
    spec: &SliceSpec,
    sources: &mut [Source<'_, K>],
    mut take: impl FnMut(K, Option<u64>),
) -> (Option<u64>, Option<u64>) {
    let matches = |source: &&mut Source<'_, K>| {
        source.item.version >= spec.version && spec.filters.accepts(source.item)
    };
    let wanted = match spec.amount {
        Amount::Count(count) => Some(count),
        Amount::Percent(percent) => {
            let total = total_of(spec, sources);
            Some(u64::try_from(u128::from(total) * u128::from(percent) / 100).unwrap_or(u64::MAX))
        }
        Amount::Remainder => None,
    };
    let is_share = !matches!(spec.amount, Amount::Count(_));
    let (mut missing, mut given, mut endless) = (wanted.unwrap_or(u64::MAX), 0_u64, false);
    for source in sources.iter_mut().filter(matches) {
        let taken = match source.left {
            // A share of what has no end has none either; a number is a cap.
            None if is_share => {
                endless |= spec.amount != Amount::Percent(0);
                take(source.key, if endless { None } else { Some(0) });
                continue;
            }
            None => missing,
            Some(left) => missing.min(left),
        };
        if taken > 0 {
            source.left = source.left.map(|left| left - taken);
            take(source.key, Some(taken));
            missing -= taken;
            given = given.saturating_add(taken);
        }
        if missing == 0 && !is_share {
            break;
        }
    }
    if endless {
        return (None, None);
    }
    (Some(wanted.unwrap_or(given)), Some(given))
}

/// All counted seats that match a slice, taken or not.
fn total_of<K>(spec: &SliceSpec, sources: &[Source<'_, K>]) -> u64 {
    let matching = sources
        .iter()
        .filter(|source| source.item.version >= spec.version && spec.filters.accepts(source.item));
    matching
        .map(|source| match source.item.capacity() {
            Capacity::Limited(count) => count,
            Capacity::Unlimited => 0,
        })
        .fold(0, u64::saturating_add)
}
