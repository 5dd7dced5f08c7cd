//! How one item is shared out among pools: what each has in use, what it should have, what of it is free.
//!
//! Invariants: what is in use stays with its pool; free seats go to pools that have less than they should, in the
//! model's order, then to the default pool; the default pool's use counts as overdraft first. Every seat is in exactly
//! one pool, and the sum is never more than the item has. In the usual case the cost does not depend on the number of
//! pools. Deliberately not here: how much a pool should have (placement), which pool a request may use (access).

use crate::excess::Excess;
use crate::ids::No;
use crate::pool::{Pool, PoolNo};

/// One item's named pools.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shares {
    /// Units are shared out, not seats.
    metered: bool,
    /// By the numbers of the pools.
    pools: Vec<Share>,
    /// Places in `pools`, in the model's order.
    order: Vec<usize>,
    /// In use in all of them.
    used: u64,
    /// What they have less than they should.
    wanted: u64,
    /// Who may renew in the default pool, while more of it is in use than it should have.
    pub(crate) default_excess: Option<Box<Excess>>,
}

/// One pool's part of one item.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) pool: No<Pool>,
    /// The pool's place in the model; those that the model no longer has come last.
    pub(crate) rank: u32,
    /// What it should have; none: as much as one likes.
    pub(crate) target: Option<u64>,
    /// Seats in use.
    pub(crate) held: u64,
    /// Units used up.
    pub(crate) spent: u64,
    /// Who may renew, while more is in use than it should have.
    pub(crate) excess: Option<Box<Excess>>,
}

/// A change of what is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// So many seats more, or less.
    Seats(i64),
    /// So many units more, or less.
    Units(i64),
}

impl Share {
    pub(crate) fn new(pool: No<Pool>, rank: u32, target: Option<u64>) -> Share {
        Share { pool, rank, target, held: 0, spent: 0, excess: None }
    }

    fn used(&self, metered: bool) -> u64 {
        if metered { self.spent } else { self.held }
    }

    fn is_needed(&self) -> bool {
        self.target != Some(0) || self.held > 0 || self.spent > 0
    }

    fn wanted(&self, used: u64) -> u64 {
        self.target.map_or(0, |target| target.saturating_sub(used))
    }
}

/// What can be taken: within the count, and in the overdraft; none: as much as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) regular: Option<u64>,
    pub(crate) overdraft: Option<u64>,
}

impl Room {
    pub(crate) const NONE: Room = Room { regular: Some(0), overdraft: Some(0) };
}

/// What an item has; none: as much as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supply {
    pub(crate) count: Option<u64>,
    pub(crate) overdraft: Option<u64>,
    /// In use in all pools.
    pub(crate) taken: u64,
}

/// The room in the default pool of an item without named pools.
pub(crate) fn room_of_all(supply: Supply) -> Room {
    room_of_default(supply, 0, 0)
}

fn room_of_default(Supply { count, overdraft, taken }: Supply, used: u64, wanted: u64) -> Room {
    let own = taken.saturating_sub(used);
    let Some(count) = count else { return Room { regular: None, overdraft: Some(0) } };
    let share = count.saturating_sub(used).saturating_sub(wanted);
    let regular = share.saturating_sub(own);
    let overdraft = overdraft.map(|overdraft| {
        let spare = spare(count, used, own, overdraft).saturating_sub(wanted);
        let free = spare.saturating_add(overdraft.saturating_sub(own));
        // Named pools may have more in use than the count that is left.
        let all = count.saturating_add(overdraft).saturating_sub(taken);
        free.min(all).saturating_sub(regular)
    });
    Room { regular: Some(regular), overdraft }
}

/// Seats of the count that nobody has in use, as long as the default pool's use counts as overdraft first.
fn spare(count: u64, used: u64, own: u64, overdraft: u64) -> u64 {
    count.saturating_sub(used).saturating_sub(own.saturating_sub(overdraft))
}

impl Shares {
    /// No pool has anything yet.
    pub(crate) fn new(metered: bool) -> Shares {
        Shares { metered, ..Shares::default() }
    }

    /// The pools that should have something, or have something in use; none where there are none.
    pub(crate) fn of(mut pools: Vec<Share>, metered: bool) -> Option<Shares> {
        pools.retain(Share::is_needed);
        if pools.is_empty() {
            return None;
        }
        pools.sort_by_key(|share| share.pool);
        let sum =
            |part: &dyn Fn(&Share) -> u64| pools.iter().map(part).fold(0, u64::saturating_add);
        let used = sum(&|share| share.used(metered));
        let wanted = sum(&|share| share.wanted(share.used(metered)));
        let mut shares =
            Shares { metered, pools, order: Vec::new(), used, wanted, default_excess: None };
        shares.put_in_order();
        Some(shares)
    }

    /// The pools, without their order.
    pub(crate) fn into_pools(self) -> Vec<Share> {
        self.pools
    }

    /// In the model's order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Share> {
        self.order.iter().filter_map(|place| self.pools.get(*place))
    }

    pub(crate) fn get(&self, pool: No<Pool>) -> Option<&Share> {
        self.place(pool).ok().and_then(|place| self.pools.get(place))
    }

    pub(crate) fn get_mut(&mut self, pool: No<Pool>) -> Option<&mut Share> {
        self.place(pool).ok().and_then(|place| self.pools.get_mut(place))
    }

    fn place(&self, pool: No<Pool>) -> Result<usize, usize> {
        self.pools.binary_search_by_key(&pool, |share| share.pool)
    }

    /// What named pools have in use.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// What a named pool has in use.
    pub(crate) fn used_in(&self, pool: No<Pool>) -> u64 {
        self.get(pool).map_or(0, |share| share.used(self.metered))
    }

    /// Seats in use in named pools.
    pub(crate) fn held(&self) -> u64 {
        self.pools.iter().map(|share| share.held).fold(0, u64::saturating_add)
    }

    /// Units used up in named pools.
    pub(crate) fn spent(&self) -> impl Iterator<Item = (No<Pool>, u64)> {
        self.pools.iter().filter(|share| share.spent > 0).map(|share| (share.pool, share.spent))
    }

    /// What named pools should have, together; none: as much as one likes.
    pub(crate) fn targets(&self) -> Option<u64> {
        self.pools.iter().try_fold(0_u64, |sum, share| Some(sum.saturating_add(share.target?)))
    }

    /// So much more, or less, is in use in a pool; one that is not known yet should have nothing.
    pub(crate) fn change(&mut self, pool: No<Pool>, by: Use) {
        let place = match self.place(pool) {
            Ok(place) => place,
            Err(place) => {
                self.pools.insert(place, Share::new(pool, u32::MAX, Some(0)));
                self.put_in_order();
                place
            }
        };
        let metered = self.metered;
        let share = &mut self.pools[place];
        let before = share.used(metered);
        let (part, by) = match by {
            Use::Seats(by) => (&mut share.held, by),
            Use::Units(by) => (&mut share.spent, by),
        };
        debug_assert!(by >= 0 || *part >= by.unsigned_abs(), "more given back than in use");
        *part = part.saturating_add_signed(by);
        let after = share.used(metered);
        self.used = self.used - before + after;
        self.wanted = self.wanted - share.wanted(before) + share.wanted(after);
        if share.target.is_none_or(|target| share.held <= target) {
            share.excess = None;
        }
        if !share.is_needed() {
            self.pools.remove(place);
            self.put_in_order();
        }
    }

    /// Nobody is known to exceed anything.
    pub(crate) fn forget_excess(&mut self) {
        self.default_excess = None;
        self.pools.iter_mut().for_each(|share| share.excess = None);
    }

    fn put_in_order(&mut self) {
        let Shares { pools, order, .. } = self;
        *order = (0..pools.len()).collect();
        order.sort_by_key(|place| (pools[*place].rank, *place));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// What can be taken from a pool, while a decision has changed the use of pools by this.
    pub(crate) fn room(&self, pool: PoolNo, supply: Supply, changes: &[(No<Pool>, i64)]) -> Room {
        let (mut used, mut wanted) = (self.used, self.wanted);
        for (changed, by) in changes {
            let Some(share) = self.get(*changed) else { continue };
            let before = share.used(self.metered);
            let now = before.saturating_add_signed(*by);
            used = used - before + now;
            wanted = wanted - share.wanted(before) + share.wanted(now);
        }
        let Some(pool) = pool else { return room_of_default(supply, used, wanted) };
        let Some(share) = self.get(pool) else { return Room::NONE };
        let by = changes.iter().filter(|(changed, _)| *changed == pool).map(|(_, by)| by).sum();
        let own = share.used(self.metered).saturating_add_signed(by);
        let Some(count) = supply.count else {
            return Room {
                regular: share.target.map(|target| target.saturating_sub(own)),
                overdraft: Some(0),
            };
        };
        let default = supply.taken.saturating_sub(used);
        let overdraft = supply.overdraft.unwrap_or(u64::MAX);
        let spare = spare(count, used, default, overdraft);
        let mine = share.wanted(own);
        let regular = if spare >= wanted {
            mine
        } else {
            mine.min(spare.saturating_sub(self.wanted_before(share, changes)))
        };
        Room { regular: Some(regular), overdraft: Some(0) }
    }

    /// What pools before this one in the model's order have less than they should.
    fn wanted_before(&self, own: &Share, changes: &[(No<Pool>, i64)]) -> u64 {
        let before = self.iter().take_while(|share| share.pool != own.pool);
        let wanted = before.map(|share| {
            let by: i64 = changes.iter().filter(|(p, _)| *p == share.pool).map(|(_, by)| by).sum();
            share.wanted(share.used(self.metered).saturating_add_signed(by))
        });
        wanted.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn no(place: u32) -> No<Pool> {
        No::new(place)
    }

    fn shares(pools: &[(u64, u64)]) -> Shares {
        let share = |(place, (target, used)): (u32, &(u64, u64))| Share {
            held: *used,
            ..Share::new(no(place), place, Some(*target))
        };
        Shares::of((0..).zip(pools).map(share).collect(), false).unwrap_or_default()
    }

    /// `count+overdraft: target/used …, default used` - what is free where.
    fn check(text: &str, expected: Expect) {
        let (supply, pools) = text.split_once(':').expect("count+overdraft: pools");
        let (count, overdraft) = supply.split_once('+').expect("count+overdraft");
        let pair = |text: &str| -> Option<(u64, u64)> {
            let (target, used) = text.split_once('/')?;
            Some((target.parse().ok()?, used.parse().ok()?))
        };
        let (pools, default) = pools.split_once(',').expect("pools, default");
        let pools: Vec<(u64, u64)> = pools.split_whitespace().filter_map(pair).collect();
        let default: u64 = default.trim().parse().expect("a number");
        let shares = shares(&pools);
        let taken = default + shares.used();
        let supply = Supply { count: count.parse().ok(), overdraft: overdraft.parse().ok(), taken };
        let told = (0..).zip(&pools).map(|(place, _)| {
            let room = shares.room(Some(no(place)), supply, &[]);
            room.regular.map_or("-".to_owned(), |free| free.to_string())
        });
        let told: Vec<String> = told.collect();
        let room = shares.room(None, supply, &[]);
        let free = |free: Option<u64>| free.map_or("-".to_owned(), |free| free.to_string());
        expected.assert_eq(&format!(
            "{} default {}+{}",
            told.join(" "),
            free(room.regular),
            free(room.overdraft)
        ));
    }

    #[test]
    fn seats_in_use_stay_with_their_pool() {
        check("8+0: 5/0 3/0 0/0, 0", expect!["5 3 0 default 0+0"]);
        check("8+0: 5/2 3/3, 0", expect!["3 0 default 0+0"]);
        check("10+2: 5/2 3/3, 1", expect!["3 0 default 1+2"]);
    }

    #[test]
    fn what_comes_back_goes_to_pools_in_deficit_then_to_the_overdraft_then_to_the_default_pool() {
        // Everything was in use in the default pool when the model came.
        check("8+0: 5/0 3/0, 8", expect!["0 0 default 0+0"]);
        check("8+0: 5/0 3/0, 6", expect!["2 0 default 0+0"]);
        check("8+0: 5/2 3/0, 2", expect!["3 1 default 0+0"]);
        // With overdraft: a pool gets the first seat back, although the default pool is beyond its count.
        check("4+2: 2/0, 6", expect!["0 default 0+0"]);
        check("4+2: 2/0, 5", expect!["1 default 0+0"]);
        check("4+2: 2/0, 4", expect!["2 default 0+0"]);
        check("4+2: 2/0, 3", expect!["2 default 0+1"]);
        check("4+2: 2/0, 1", expect!["2 default 1+2"]);
        // A pool that has more than it should keeps the others waiting, in order.
        check("8+0: 2/5 3/0 3/0, 0", expect!["0 3 0 default 0+0"]);
    }

    #[test]
    fn without_a_count_a_number_is_a_cap() {
        check("-+0: 5/2, 9", expect!["3 default -+0"]);
        check("4+-: 2/0, 9", expect!["2 default 0+-"]);
    }

    proptest! {
        #[test]
        fn every_seat_is_in_exactly_one_share(
            count in 0..40_u64, overdraft in 0..6_u64, default in 0..30_u64,
            pools in prop::collection::vec((0..12_u64, 0..12_u64), 0..6),
        ) {
            // What pools should have never exceeds the count; use never exceeds count and overdraft.
            let mut left = count;
            let pools: Vec<(u64, u64)> = pools
                .into_iter()
                .map(|(target, used)| { let target = target.min(left); left -= target; (target, used) })
                .collect();
            let shares = shares(&pools);
            let taken = shares.used() + default;
            prop_assume!(taken <= count + overdraft && shares.used() <= count);
            let supply = Supply { count: Some(count), overdraft: Some(overdraft), taken };
            let free = |pool| {
                let room = shares.room(pool, supply, &[]);
                room.regular.unwrap_or(0) + room.overdraft.unwrap_or(0)
            };
            let named: u64 = (0..).zip(&pools).map(|(place, _)| free(Some(no(place)))).sum();
            prop_assert_eq!(shares.used() + default + named + free(None), count + overdraft);
            for (place, (target, used)) in (0..).zip(&pools) {
                prop_assert!(free(Some(no(place))) <= target.saturating_sub(*used));
            }
        }

        #[test]
        fn a_decision_under_way_sees_what_it_has_changed(
            count in 0..40_u64, default in 0..10_u64,
            pools in prop::collection::vec((0..8_u64, 0..8_u64), 1..6),
            changes in prop::collection::vec((0..6_u32, -3..4_i64), 0..4),
        ) {
            let before = shares(&pools);
            let mut after = before.clone();
            let mut applied: Vec<(No<Pool>, i64)> = Vec::new();
            for (pool, by) in changes {
                let used = after.used_in(no(pool));
                let again = applied.iter().any(|(p, _)| *p == no(pool));
                if again || after.get(no(pool)).is_none() || (by < 0 && by.unsigned_abs() > used) { continue }
                after.change(no(pool), Use::Seats(by));
                applied.push((no(pool), by));
            }
            let supply = |shares: &Shares| Supply { count: Some(count), overdraft: Some(2), taken: shares.used() + default };
            for pool in std::iter::once(None).chain((0..6).map(|place| Some(no(place)))) {
                prop_assert_eq!(before.room(pool, supply(&after), &applied), after.room(pool, supply(&after), &[]));
            }
        }
    }
}
