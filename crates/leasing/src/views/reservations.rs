//! Reservations: the groups, and how each entry stands.
//!
//! Invariants: reserved is used plus idle; what is waiting is idle and held by others for the time being; what a member
//! uses is put down to its oldest entries first. Deliberately not here: deciding anything.

use crate::ids::ReservationGroupId;
use crate::reservation::{MemberNo, ReservationEntry, ReservationGroup};
use crate::shares::Room;
use crate::state::Leasing;
use crate::stock::Bin;
use std::collections::BTreeMap;

/// A group, and how its entries stand, in the order of its reservations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationStanding<'a> {
    /// The group.
    pub group: &'a ReservationGroup,
    /// For each reservation, for each entry.
    pub entries: Vec<Vec<EntryStanding>>,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryStanding {
    /// It gets all it wants.
    pub satisfiable: bool,
    /// Kept for it.
    pub reserved: u64,
    /// Of these, in use by its device or user.
    pub used: u64,
    /// Of these, not in use by its device or user.
    pub idle: u64,
    /// Of the idle ones, still in use by others.
    pub waiting: u64,
}

impl ReservationStanding<'_> {
    /// True when an entry wants this feature.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.group.entries().any(|(_, entry)| entry.feature == feature)
    }
}

/// What is not yet put down to an entry.
#[derive(Default)]
struct Left {
    used: BTreeMap<(Bin, MemberNo), u64>,
    waiting: BTreeMap<Bin, u64>,
    /// By the number of the entry.
    idle: BTreeMap<(u64, Bin), u64>,
}

impl Leasing {
    /// All groups of reservations, oldest first, and how they stand.
    pub fn reservation_groups(&self) -> impl Iterator<Item = ReservationStanding<'_>> {
        let standings = self.entry_standings();
        self.book.groups().map(move |group| standing(group, &standings))
    }

    /// One group of reservations.
    pub fn reservation_group(&self, id: ReservationGroupId) -> Option<ReservationStanding<'_>> {
        let group = self.book.group(id)?;
        Some(standing(group, &self.entry_standings()))
    }

    /// The group of this number or name.
    pub fn find_reservation_group(&self, text: &str) -> Option<ReservationGroupId> {
        let numbered = text.parse().ok().filter(|id| self.book.group(*id).is_some());
        numbered.or_else(|| self.book.named(text).map(|group| group.id))
    }

    /// What can be taken of an item in a pool now, by whomever.
    fn free_now(&self, bin: Bin) -> u64 {
        let room = self.shelves.get(bin.shelf).map_or(Room::NONE, |s| s.room(bin.pool, 0, &[]));
        let free = room.regular.zip(room.overdraft).map(|(a, b)| a.saturating_add(b));
        free.unwrap_or(u64::MAX)
    }

    /// How every entry stands, by its number.
    fn entry_standings(&self) -> BTreeMap<u64, EntryStanding> {
        let mut left = Left::default();
        for bin in self.book.stakes.bins() {
            let (reserved, _) = self.book.stakes.reserved(bin);
            let idle = reserved.saturating_sub(self.book.stakes.covered(bin));
            left.waiting.insert(bin, idle.saturating_sub(self.free_now(bin)));
        }
        let entries = self.book.groups().flat_map(ReservationGroup::entries);
        let mut entries: Vec<(MemberNo, &ReservationEntry)> =
            entries.filter_map(|(host, entry)| Some((self.book.member(host)?, entry))).collect();
        entries.sort_by_key(|(_, entry)| entry.id);
        let mut standings = BTreeMap::new();
        for (member, entry) in &entries {
            let mut standing = EntryStanding::default();
            for (bin, seats) in self.book.given(entry.id) {
                let used = left.used.entry((*bin, *member)).or_insert_with(|| {
                    let (_, used) = self.book.stakes.of_member(*bin, *member);
                    used
                });
                let here = (*used).min(*seats);
                *used -= here;
                standing.reserved += seats;
                standing.used += here;
                standing.idle += seats - here;
                left.idle.insert((entry.id, *bin), seats - here);
            }
            standing.satisfiable = standing.reserved >= entry.count;
            standings.insert(entry.id, standing);
        }
        // Whoever came last waits.
        for (_, entry) in entries.iter().rev() {
            let Some(standing) = standings.get_mut(&entry.id) else { continue };
            for (bin, _) in self.book.given(entry.id) {
                let Some(waiting) = left.waiting.get_mut(bin) else { continue };
                let idle = left.idle.get(&(entry.id, *bin)).copied().unwrap_or(0);
                let here = (*waiting).min(idle);
                *waiting -= here;
                standing.waiting += here;
            }
        }
        standings
    }
}

fn standing<'a>(
    group: &'a ReservationGroup,
    standings: &BTreeMap<u64, EntryStanding>,
) -> ReservationStanding<'a> {
    let of = |entry: &ReservationEntry| standings.get(&entry.id).copied().unwrap_or_default();
    let entries = group.reservations.iter().map(|one| one.entries.iter().map(of).collect());
    ReservationStanding { group, entries: entries.collect() }
}
