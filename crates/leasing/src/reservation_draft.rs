//! Reservations within a decision under way: what is idle after the steps taken so far.
//!
//! Invariants: mirrors what the fold will do, but for seats that pass from one of a member's leases to another: those
//! stay idle here, so that a decision gives others rather too little than too much; own seats are the same in sum.
//! Deliberately not here: the book (reservation), seats in use (draft).

use crate::lease::SeatKey;
use crate::reservation::{Book, MemberNo, Members, Seated, claimed_by, give_up};
use crate::reserved::Reserved;
use crate::stock::Bin;
use std::collections::BTreeMap;
use tenure_document::LeaseId;

/// Where shared seats are.
type Place = (Bin, SeatKey);

/// Changes of what counts against reservations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Covers {
    members: BTreeMap<(Bin, MemberNo), i64>,
    groups: BTreeMap<Place, Vec<(MemberNo, u32)>>,
}

impl Covers {
    /// What of a bin is idle, for who asks and for all.
    pub(crate) fn idle(&self, book: &Book, bin: Bin, asker: Members) -> Reserved {
        let idle = book.stakes.idle(bin, asker);
        if self.members.is_empty() {
            return idle;
        }
        let of = |member: Option<MemberNo>, idle: u64| {
            let change = member.and_then(|member| self.members.get(&(bin, member)));
            less(idle, change.copied().unwrap_or(0))
        };
        let all = self.members.range((bin, 0)..=(bin, MemberNo::MAX)).map(|(_, change)| change);
        Reserved {
            device: of(asker.device, idle.device),
            user: of(asker.user, idle.user),
            all: less(idle.all, all.sum()),
        }
    }

    /// Seats or units are taken: they count against what is idle for their holder.
    pub(crate) fn take(
        &mut self,
        book: &Book,
        bin: Bin,
        asker: Members,
        fresh: u64,
    ) -> Vec<(MemberNo, u64)> {
        if asker.is_none() {
            return Vec::new();
        }
        let idle = self.idle(book, bin, asker);
        let mut left = fresh;
        let mut covered = Vec::new();
        for (member, idle) in asker
            .device
            .map(|m| (m, idle.device))
            .into_iter()
            .chain(asker.user.map(|m| (m, idle.user)))
        {
            let seats = left.min(idle);
            if seats > 0 {
                left -= seats;
                self.change(bin, member, seats, true);
                covered.push((member, seats));
            }
        }
        covered
    }

    /// A lease of `count` seats joins a group, which has `size` then: what counts for nobody yet counts against what is
    /// idle for the holder.
    pub(crate) fn join(
        &mut self,
        book: &Book,
        place: Place,
        asker: Members,
        (count, size): (u32, u32),
    ) {
        if asker.is_none() {
            return;
        }
        let claimed: u32 = self.claims(book, place).iter().map(|(_, seats)| seats).sum();
        let open = count.min(size - claimed.min(size));
        for (member, seats) in self.take(book, place.0, asker, u64::from(open)) {
            self.claims(book, place).push((member, u32::try_from(seats).unwrap_or(u32::MAX)));
        }
    }

    /// Seats of a group that count against reservations, and of these such as count against the asker's.
    pub(crate) fn claimed(&self, book: &Book, (bin, key): Place, asker: Members) -> (u32, u32) {
        let changed = self.groups.get(&(bin, key)).map(Vec::as_slice);
        let claims = changed.unwrap_or_else(|| book.stakes.claims(&Seated::Group(bin, key)));
        (claims.iter().map(|(_, seats)| seats).sum(), claimed_by(claims, asker))
    }

    /// The own seats of a lease are free.
    pub(crate) fn end(&mut self, book: &Book, bin: Bin, lease: LeaseId) {
        for (member, seats) in book.stakes.claims(&Seated::Lease(bin, lease)) {
            self.change(bin, *member, u64::from(*seats), false);
        }
    }

    /// A group has only so many seats left.
    pub(crate) fn shrink(&mut self, book: &Book, place: Place, size: u32) {
        if book.is_empty() {
            return;
        }
        for (member, seats) in give_up(self.claims(book, place), size) {
            self.change(place.0, member, u64::from(seats), false);
        }
    }

    fn claims(&mut self, book: &Book, (bin, key): Place) -> &mut Vec<(MemberNo, u32)> {
        let known = || book.stakes.claims(&Seated::Group(bin, key)).to_vec();
        self.groups.entry((bin, key)).or_insert_with(known)
    }

    fn change(&mut self, bin: Bin, member: MemberNo, seats: u64, more: bool) {
        let seats = i64::try_from(seats).unwrap_or(i64::MAX);
        *self.members.entry((bin, member)).or_default() += if more { seats } else { -seats };
    }
}

fn less(idle: u64, covered: i64) -> u64 {
    idle.saturating_add_signed(covered.saturating_neg())
}
