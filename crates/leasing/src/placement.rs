//! Filling the pools: which slice of the model gets how many seats of which item. One pure function, and its result
//! as the state keeps it.
//!
//! Invariants: slices in the order of the text; each takes its exact version first, then the next higher, of equal
//! versions the one that ends later first; never more than an item has, never from an item that does not match; a
//! shortage leaves later slices short and is told, it is no error.
//! Deliberately not here: what is in use (shares), when items are live (the caller hands in those that are).

use crate::ids::No;
use crate::model::{Amount, PoolSpec, SliceSpec};
use crate::pool::Pool;
use crate::stock::Feature;
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

/// A feature in a pool.
pub(crate) type Limited = (No<Pool>, No<Feature>);

/// How the pools were filled last.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    /// Items that were live then were placed.
    pub(crate) at: Time,
    /// The same items are live from then on …
    pub(crate) from: Option<Time>,
    /// … until then.
    pub(crate) until: Option<Time>,
    /// What each slice of the model got, in the order of the text.
    pub(crate) slices: Vec<SlicePlaced>,
    /// The most that one holder may have of a feature from a pool.
    pub(crate) limits: BTreeMap<Limited, u64>,
}

impl Placement {
    /// True when other items are live at this time.
    pub(crate) fn is_stale(&self, at: Time) -> bool {
        self.from.is_some_and(|from| at < from) || self.until.is_some_and(|until| until <= at)
    }

    /// The most that one holder may have of a feature from a pool; none: no limit.
    pub(crate) fn limit(&self, pool: No<Pool>, feature: No<Feature>) -> Option<u64> {
        self.limits.get(&(pool, feature)).copied()
    }

    /// True when nowhere is a limit per holder.
    pub(crate) fn has_no_limits(&self) -> bool {
        self.limits.is_empty()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Filters;
    use proptest::prelude::*;
    use tenure_document::{Count, Version};

    /// An item `cad`: version, count (0: uncounted).
    fn items(items: &[(u16, u32)]) -> Vec<Item> {
        let item = |(place, (version, count)): (usize, &(u16, u32))| {
            let count = if *count == 0 { Count::Uncounted } else { Count::Counted(*count) };
            Item::new(format!("i{place}"), "cad", Version::new(u32::from(*version), 0, 0), count)
        };
        items.iter().enumerate().map(item).collect()
    }

    /// A pool for each slice: version, kind and amount.
    fn pools(slices: &[(u16, u8, u64)]) -> Vec<PoolSpec> {
        let pool = |(order, (version, kind, amount)): (u32, &(u16, u8, u64))| PoolSpec {
            name: format!("p{order}"),
            line: 1,
            slices: vec![SliceSpec {
                feature: "cad".into(),
                version: Version::new(u32::from(*version), 0, 0),
                amount: match kind {
                    0 | 1 => Amount::Count(*amount),
                    2 => Amount::Percent(u8::try_from(*amount * 5 % 101).unwrap_or(0)),
                    _ => Amount::Remainder,
                },
                max: None,
                filters: Filters::default(),
                line: 1,
                order,
            }],
        };
        (0..).zip(slices).map(pool).collect()
    }

    fn placed(specs: &[PoolSpec], items: &[Item]) -> Placed<usize> {
        place(specs, items.iter().enumerate())
    }

    proptest! {
        #[test]
        fn pools_never_get_more_than_items_have(
            counts in prop::collection::vec((1..4_u16, 1..20_u32), 0..5),
            slices in prop::collection::vec((1..5_u16, 0..4_u8, 0..25_u64), 0..8),
        ) {
            let (items, specs) = (items(&counts), pools(&slices));
            let all = placed(&specs, &items);
            for (place, (version, count)) in counts.iter().enumerate() {
                let of = |((_, item), target): (&(usize, usize), &Option<u64>)| if *item == place { *target } else { Some(0) };
                let sum: u64 = all.targets.iter().filter_map(of).sum();
                prop_assert!(sum <= u64::from(*count));
                // A pool never gets a version below the one it asks for.
                let wrong = all.targets.keys().any(|(pool, item)| *item == place && slices[*pool].0 > *version);
                prop_assert!(!wrong);
            }
            for slice in &all.slices {
                let of = |((pool, _), target): (&(usize, usize), &Option<u64>)| if *pool == slice.pool { *target } else { Some(0) };
                let sum: u64 = all.targets.iter().filter_map(of).sum();
                prop_assert_eq!(slice.given, Some(sum));
                prop_assert!(slice.given <= slice.wanted);
                // A slice is short only when nothing that it could take is left.
                if slice.short() > 0 || slices[slice.pool].1 == 3 {
                    let version = slices[slice.pool].0;
                    let had: u64 = counts.iter().filter(|(v, _)| *v >= version).map(|(_, c)| u64::from(*c)).sum();
                    let taken = |((pool, item), target): (&(usize, usize), &Option<u64>)| {
                        if *pool <= slice.pool && counts[*item].0 >= version { *target } else { Some(0) }
                    };
                    prop_assert_eq!(all.targets.iter().filter_map(taken).sum::<u64>(), had);
                }
            }
            // What stands further down changes nothing above.
            for end in 0..specs.len() {
                let first = placed(&specs[..end], &items);
                prop_assert_eq!(&first.slices[..], &all.slices[..end]);
            }
        }
    }

    #[test]
    fn what_has_no_count_is_capped_by_numbers_only() {
        let items = items(&[(1, 0), (2, 4)]);
        let placed = placed(&pools(&[(1, 0, 3), (1, 2, 10), (2, 3, 0), (1, 3, 0)]), &items);
        let told: Vec<_> = placed.slices.iter().map(|slice| (slice.wanted, slice.given)).collect();
        assert_eq!(told, [(Some(3), Some(3)), (None, None), (Some(2), Some(2)), (None, None)]);
    }
}
