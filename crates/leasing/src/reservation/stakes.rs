//! Which reservation each seat in use counts against, and what of the reservations is idle.
//!
//! Invariants: a seat counts against one reservation at most, the device's before the user's, so that what is in use
//! and what is idle together never grow by an ending; a member that has seats beyond its reservation has no idle ones.
//! A shared seat counts as it was taken until it is free. Plain arithmetic over numbers of members: deliberately not
//! here are who they are (book) and when seats begin and end (fold_lease).

use crate::reserved::Reserved;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::LeaseId;

/// A device or user with a reservation.
pub(crate) type MemberNo = u32;

/// Who of those with reservations a holder is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Members {
    pub(crate) device: Option<MemberNo>,
    pub(crate) user: Option<MemberNo>,
}

impl Members {
    /// True for a holder without any reservation.
    pub(crate) fn is_none(self) -> bool {
        self == Members::default()
    }

    /// The device first.
    pub(crate) fn in_order(self) -> impl Iterator<Item = MemberNo> {
        self.device.into_iter().chain(self.user)
    }
}

/// Seats in use: a lease's own of one bin, or those of a group that shares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seated<B, G> {
    Lease(B, LeaseId),
    Group(B, G),
}

impl<B: Copy, G> Seated<B, G> {
    pub(crate) fn bin(&self) -> B {
        match self {
            Seated::Lease(bin, _) | Seated::Group(bin, _) => *bin,
        }
    }
}

/// What is reserved in the bins, and what of it is in use.
#[derive(Debug, Clone)]
pub(crate) struct Stakes<B, G> {
    bins: BTreeMap<B, Kept>,
    claims: BTreeMap<Seated<B, G>, Vec<(MemberNo, u32)>>,
    /// Own seats of members' leases that count against nothing.
    open: BTreeMap<(B, LeaseId), (Members, u32)>,
}

/// What is reserved in one bin.
#[derive(Debug, Clone, Default)]
struct Kept {
    reserved: u64,
    /// Of this, what others must make room for.
    firm: u64,
    covered: u64,
    members: BTreeMap<MemberNo, Stake>,
}

/// What is reserved in one bin for one member.
#[derive(Debug, Clone, Default)]
struct Stake {
    reserved: u64,
    /// Of this, in use.
    covered: u64,
    /// The member's leases with seats that count against nothing.
    open: BTreeSet<LeaseId>,
}

impl Stake {
    fn idle(&self) -> u64 {
        self.reserved.saturating_sub(self.covered)
    }
}

impl<B: Copy + Ord, G: Copy + Ord> Default for Stakes<B, G> {
    fn default() -> Stakes<B, G> {
        Stakes { bins: BTreeMap::new(), claims: BTreeMap::new(), open: BTreeMap::new() }
    }
}

impl<B: Copy + Ord, G: Copy + Ord> Stakes<B, G> {
    /// Reserves seats of a bin; `firm`: others must make room.
    pub(crate) fn reserve(&mut self, bin: B, member: MemberNo, seats: u64, firm: bool) {
        let kept = self.bins.entry(bin).or_default();
        kept.reserved += seats;
        kept.firm += if firm { seats } else { 0 };
        kept.members.entry(member).or_default().reserved += seats;
    }

    /// What of a bin is reserved: all of it, and what others must make room for.
    pub(crate) fn reserved(&self, bin: B) -> (u64, u64) {
        self.bins.get(&bin).map_or((0, 0), |kept| (kept.reserved, kept.firm))
    }

    /// Seats of a bin that are in use and count against reservations.
    pub(crate) fn covered(&self, bin: B) -> u64 {
        self.bins.get(&bin).map_or(0, |kept| kept.covered)
    }

    /// What of a bin is reserved for a member, and what of that is in use.
    pub(crate) fn of_member(&self, bin: B, member: MemberNo) -> (u64, u64) {
        let stake = self.bins.get(&bin).and_then(|kept| kept.members.get(&member));
        stake.map_or((0, 0), |stake| (stake.reserved, stake.covered))
    }

    /// What of a bin is idle, for who asks and for all.
    pub(crate) fn idle(&self, bin: B, asker: Members) -> Reserved {
        let Some(kept) = self.bins.get(&bin) else { return Reserved::default() };
        let of = |member: Option<MemberNo>| {
            member.and_then(|member| kept.members.get(&member)).map_or(0, Stake::idle)
        };
        Reserved {
            device: of(asker.device),
            user: of(asker.user),
            all: kept.reserved.saturating_sub(kept.covered),
        }
    }

    /// How many of these seats count against reservations.
    pub(crate) fn claimed(&self, seated: &Seated<B, G>) -> u32 {
        self.claims.get(seated).map_or(0, |claims| claims.iter().map(|(_, seats)| seats).sum())
    }

    /// Against whose reservations these seats count.
    pub(crate) fn claims(&self, seated: &Seated<B, G>) -> &[(MemberNo, u32)] {
        self.claims.get(seated).map_or(&[], Vec::as_slice)
    }

    /// Seats are taken: they count against what is idle for their holder.
    pub(crate) fn cover(&mut self, seated: Seated<B, G>, holder: Members, fresh: u32) {
        let mut left = fresh;
        for member in holder.in_order() {
            left -= self.claim(seated, member, left);
        }
        if let (Seated::Lease(bin, lease), 1..) = (seated, left)
            && !holder.is_none()
        {
            self.reopen(bin, lease, holder, left);
        }
    }

    /// Puts a stored claim back.
    pub(crate) fn restore(&mut self, seated: Seated<B, G>, member: MemberNo, seats: u32) {
        let idle = self.claim(seated, member, seats);
        debug_assert_eq!(idle, seats, "a stored claim exceeds its reservation");
    }

    /// As many of the seats as are idle for the member count against its reservation from now on.
    fn claim(&mut self, seated: Seated<B, G>, member: MemberNo, most: u32) -> u32 {
        let Some(kept) = self.bins.get_mut(&seated.bin()) else { return 0 };
        let Some(stake) = kept.members.get_mut(&member) else { return 0 };
        let seats = u32::try_from(stake.idle()).unwrap_or(u32::MAX).min(most);
        if seats > 0 {
            stake.covered += u64::from(seats);
            kept.covered += u64::from(seats);
            let claims = self.claims.entry(seated).or_default();
            match claims.iter_mut().find(|(of, _)| *of == member) {
                Some((_, claimed)) => *claimed += seats,
                None => claims.push((member, seats)),
            }
        }
        seats
    }

    /// Own seats of a stored lease that count against nothing.
    pub(crate) fn reopen(&mut self, bin: B, lease: LeaseId, holder: Members, seats: u32) {
        if seats > 0 {
            self.open.insert((bin, lease), (holder, seats));
            self.list_open(bin, lease, holder);
        }
    }

    /// The own seats of a lease are free. Says which other leases' seats count against a reservation in their place.
    pub(crate) fn end(&mut self, bin: B, lease: LeaseId) -> Vec<(LeaseId, u32)> {
        if let Some((holder, _)) = self.open.remove(&(bin, lease)) {
            self.unlist_open(bin, lease, holder);
        }
        self.free(Seated::Lease(bin, lease), 0)
    }

    /// A group has only so many seats left. Says which leases' seats count against a reservation in their place.
    pub(crate) fn shrink(&mut self, bin: B, group: G, size: u32) -> Vec<(LeaseId, u32)> {
        self.free(Seated::Group(bin, group), size)
    }

    /// No more than `most` of these seats count against reservations any longer.
    fn free(&mut self, seated: Seated<B, G>, most: u32) -> Vec<(LeaseId, u32)> {
        let Some(claims) = self.claims.get_mut(&seated) else { return Vec::new() };
        let freed = give_up(claims, most);
        if claims.is_empty() {
            self.claims.remove(&seated);
        }
        let bin = seated.bin();
        let mut changed = Vec::new();
        for (member, seats) in freed {
            if let Some(kept) = self.bins.get_mut(&bin) {
                kept.covered = kept.covered.saturating_sub(u64::from(seats));
                if let Some(stake) = kept.members.get_mut(&member) {
                    stake.covered = stake.covered.saturating_sub(u64::from(seats));
                }
            }
            changed.extend(self.refill(bin, member));
        }
        changed
    }

    /// Seats that a member has beside its reservation count against it where it has become idle.
    fn refill(&mut self, bin: B, member: MemberNo) -> Vec<(LeaseId, u32)> {
        let mut changed = Vec::new();
        loop {
            let stake = self.bins.get(&bin).and_then(|kept| kept.members.get(&member));
            let lease = stake
                .filter(|stake| stake.idle() > 0)
                .and_then(|stake| stake.open.first().copied());
            let Some(lease) = lease else { return changed };
            let Some((holder, seats)) = self.open.get(&(bin, lease)).copied() else {
                return changed;
            };
            let covered = self.claim(Seated::Lease(bin, lease), member, seats);
            let left = seats - covered;
            changed.push((lease, covered));
            if left > 0 {
                self.open.insert((bin, lease), (holder, left));
            } else {
                self.open.remove(&(bin, lease));
                self.unlist_open(bin, lease, holder);
            }
        }
    }

    fn list_open(&mut self, bin: B, lease: LeaseId, holder: Members) {
        let Some(kept) = self.bins.get_mut(&bin) else { return };
        for member in holder.in_order() {
            if let Some(stake) = kept.members.get_mut(&member) {
                stake.open.insert(lease);
            }
        }
    }

    fn unlist_open(&mut self, bin: B, lease: LeaseId, holder: Members) {
        let Some(kept) = self.bins.get_mut(&bin) else { return };
        for member in holder.in_order() {
            if let Some(stake) = kept.members.get_mut(&member) {
                stake.open.remove(&lease);
            }
        }
    }

    /// Metered units are used up: as many as are idle for the user, the device's first, count against reservations.
    pub(crate) fn spend(&mut self, bin: B, holder: Members, units: u64) -> Vec<(MemberNo, u64)> {
        let Some(kept) = self.bins.get_mut(&bin) else { return Vec::new() };
        let mut left = units;
        let mut spent = Vec::new();
        for member in holder.in_order() {
            let Some(stake) = kept.members.get_mut(&member) else { continue };
            let used = left.min(stake.idle());
            if used > 0 {
                stake.covered += used;
                kept.covered += used;
                left -= used;
                spent.push((member, used));
            }
        }
        spent
    }

    /// Metered units that counted against a reservation were taken back.
    pub(crate) fn unspend(&mut self, bin: B, member: MemberNo, units: u64) {
        let Some(kept) = self.bins.get_mut(&bin) else { return };
        let Some(stake) = kept.members.get_mut(&member) else { return };
        let back = units.min(stake.covered);
        stake.covered -= back;
        kept.covered = kept.covered.saturating_sub(back);
    }

    /// The bins in which something is reserved.
    pub(crate) fn bins(&self) -> impl Iterator<Item = B> {
        self.bins.keys().copied()
    }

    /// The same, from this one on.
    pub(crate) fn bins_from(&self, first: B) -> impl Iterator<Item = B> {
        self.bins.range(first..).map(|(bin, _)| *bin)
    }
}

/// How many of these seats count against the reservations of these members.
pub(crate) fn claimed_by(claims: &[(MemberNo, u32)], asker: Members) -> u32 {
    let own = claims.iter().filter(|(member, _)| asker.in_order().any(|own| own == *member));
    own.map(|(_, seats)| seats).sum()
}

/// Leaves claims for at most `most` seats, the last ones are given up first. Says whose and how many.
pub(crate) fn give_up(claims: &mut Vec<(MemberNo, u32)>, most: u32) -> Vec<(MemberNo, u32)> {
    let claimed: u32 = claims.iter().map(|(_, seats)| seats).sum();
    let mut excess = claimed.saturating_sub(most);
    let mut freed = Vec::new();
    while let (1.., Some((member, seats))) = (excess, claims.last_mut()) {
        let given = excess.min(*seats);
        freed.push((*member, given));
        *seats -= given;
        excess -= given;
        if *seats == 0 {
            claims.pop();
        }
    }
    freed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAPACITY: u64 = 6;

    /// One bin of six seats, of which the test reserves some.
    struct Bin {
        stakes: Stakes<u8, u8>,
        leases: BTreeMap<LeaseId, (Members, u32)>,
        next: u64,
    }

    impl Bin {
        fn used(&self) -> u64 {
            self.leases.values().map(|(_, count)| u64::from(*count)).sum()
        }

        fn begin(&mut self, holder: Members, count: u32) -> bool {
            let own = self.stakes.idle(0, holder);
            let others = own.all - own.device - own.user;
            let free =
                (CAPACITY - self.used()).checked_sub(others).expect("others' idle seats are free");
            // Whoever is below its reservation finds its seats.
            assert!(own.device + own.user <= free);
            if u64::from(count) > free {
                return false;
            }
            self.next += 1;
            self.stakes.cover(Seated::Lease(0, LeaseId(self.next)), holder, count);
            self.leases.insert(LeaseId(self.next), (holder, count));
            true
        }

        fn audit(&self) {
            let kept = &self.stakes.bins[&0];
            let claims: u64 =
                self.stakes.claims.values().flatten().map(|(_, seats)| u64::from(*seats)).sum();
            assert_eq!(kept.covered, claims);
            assert!(
                self.used() + kept.reserved - kept.covered <= CAPACITY,
                "a reserved seat is given away"
            );
            for (lease, (holder, count)) in &self.leases {
                let claimed = self.stakes.claimed(&Seated::Lease(0, *lease));
                assert!(claimed <= *count);
                let open = self.stakes.open.get(&(0, *lease)).map_or(0, |(_, open)| *open);
                assert!(holder.is_none() || claimed + open == *count);
            }
            for (member, stake) in &kept.members {
                let of = self.stakes.claims.values().flatten().filter(|(of, _)| of == member);
                assert_eq!(stake.covered, of.map(|(_, seats)| u64::from(*seats)).sum::<u64>());
                assert!(stake.covered <= stake.reserved);
                assert!(stake.idle() == 0 || stake.open.is_empty(), "idle, and more in use");
            }
        }
    }

    proptest! {
        #[test]
        fn seats_kept_for_members_stay_free_for_them(
            reserved in prop::collection::vec(0..3_u64, 4),
            steps in prop::collection::vec((0..2_u8, 0..3_u32, 0..3_u32, 1..4_u32), 1..60),
        ) {
            let mut bin = Bin { stakes: Stakes::default(), leases: BTreeMap::new(), next: 0 };
            let mut left = CAPACITY;
            for (member, seats) in (0..).zip(reserved) {
                bin.stakes.reserve(0, member, seats.min(left), true);
                left -= seats.min(left);
            }
            for (what, device, user, count) in steps {
                if what == 0 {
                    // Members 0 and 1 are devices, 2 and 3 users.
                    let holder = Members { device: (device < 2).then_some(device), user: (user < 2).then_some(user + 2) };
                    bin.begin(holder, count);
                } else if let Some(lease) = bin.leases.keys().copied().nth((device * 3 + user) as usize) {
                    bin.leases.remove(&lease);
                    bin.stakes.end(0, lease);
                }
                bin.audit();
            }
        }
    }

    #[test]
    fn a_seat_counts_against_one_reservation_and_passes_on() {
        let (device, user) = (Some(0), Some(1));
        let both = Members { device, user };
        let mut stakes: Stakes<u8, u8> = Stakes::default();
        stakes.reserve(0, 0, 1, true);
        stakes.reserve(0, 1, 1, true);
        let idle = |stakes: &Stakes<u8, u8>| {
            let Reserved { device, user, all } = stakes.idle(0, both);
            (device, user, all)
        };
        for lease in 1..4 {
            stakes.cover(Seated::Lease(0, LeaseId(lease)), both, 1);
        }
        assert_eq!(idle(&stakes), (0, 0, 0));
        // The third lease takes the place of the first, then of the second; then nothing is left to do so.
        assert_eq!(stakes.end(0, LeaseId(1)), [(LeaseId(3), 1)]);
        assert_eq!(idle(&stakes), (0, 0, 0));
        assert_eq!(stakes.end(0, LeaseId(2)), []);
        assert_eq!(idle(&stakes), (0, 1, 1));
        // A shared seat counts until it is free.
        stakes.cover(Seated::Group(0, 9), Members { device: None, user }, 3);
        assert_eq!((idle(&stakes), stakes.claimed(&Seated::Group(0, 9))), ((0, 0, 0), 1));
        stakes.shrink(0, 9, 1);
        assert_eq!(idle(&stakes), (0, 0, 0));
        stakes.shrink(0, 9, 0);
        assert_eq!(idle(&stakes), (0, 1, 1));
    }
}
