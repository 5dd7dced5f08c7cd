//! The book of reservations: all groups, who is a member of which, and what each entry was given.
//!
//! Invariants: groups stand in the order of their creation; numbers of members, of what is given and of what is in use
//! are derived and made anew after every change of the groups or of what there is to reserve.
//! Deliberately not here: what there is to reserve (reservation_fold), whether a change is allowed (reservation_admin).

use super::placing::{Given, Want};
use super::stakes::{MemberNo, Members, Stakes};
use super::terms::{ReservationEntry, ReservationGroup};
use crate::excess::Excess;
use crate::ids::ReservationGroupId;
use crate::lease::SeatKey;
use crate::stock::Bin;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Holder, HostId, HostIdType, Time};

/// A feature in a pool; none: the default pool.
pub(crate) type Kind<'a> = (&'a str, Option<&'a str>);

/// All reservations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    next_group: u64,
    next_entry: u64,
    groups: BTreeMap<ReservationGroupId, ReservationGroup>,
    /// Metered units used up against reservations, by item, pool and member.
    spent: BTreeMap<(String, Option<String>, HostId), u64>,
    devices: BTreeMap<HostId, MemberNo>,
    users: BTreeMap<String, MemberNo>,
    who: Vec<Member>,
    given: Given<Bin>,
    /// When entries were placed.
    at: Option<Time>,
    /// The same items are live from then on, until then.
    bounds: (Option<Time>, Option<Time>),
    pub(crate) stakes: Stakes<Bin, SeatKey>,
    /// Who may renew, where seats are in use that are reserved for others now.
    pub(crate) excess: BTreeMap<Bin, Excess>,
}

/// A device or user with a reservation.
#[derive(Debug, Clone)]
struct Member {
    host: HostId,
    /// Its place in each of its groups.
    places: Vec<(ReservationGroupId, usize)>,
}

/// The book as it is stored.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BookRecord {
    #[serde(default)]
    next_group: u64,
    #[serde(default)]
    next_entry: u64,
    #[serde(default)]
    groups: Vec<ReservationGroup>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) given: Vec<GivenRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spent: Vec<SpentRecord>,
}

/// What an entry was given of an item.
#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct GivenRecord {
    pub(crate) entry: u64,
    pub(crate) item: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pool: Option<String>,
    pub(crate) seats: u64,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct SpentRecord {
    item: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    host: HostId,
    units: u64,
}

/// Seats that count against the reservation of this device or user, as stored.
pub(crate) type Claimed = (HostId, u32);

impl BookRecord {
    /// When entries were placed.
    pub(crate) fn at(&self) -> Option<Time> {
        self.at
    }
}

impl Book {
    /// True when nothing is reserved.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// All groups, oldest first.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &ReservationGroup> {
        self.groups.values()
    }

    pub(crate) fn group(&self, id: ReservationGroupId) -> Option<&ReservationGroup> {
        self.groups.get(&id)
    }

    /// The group that people call so.
    pub(crate) fn named(&self, name: &str) -> Option<&ReservationGroup> {
        self.groups.values().find(|group| group.label() == name)
    }

    /// The numbers of the next group and the next entry.
    pub(crate) fn next(&self) -> (u64, u64) {
        (self.next_group.max(1), self.next_entry.max(1))
    }

    /// Who of those with reservations this is.
    pub(crate) fn members(&self, host: &HostId, user: Option<&str>) -> Members {
        if self.groups.is_empty() {
            return Members::default();
        }
        let device = match host.kind {
            HostIdType::User => self.users.get(host.value.as_str()).copied(),
            _ => self.devices.get(host).copied(),
        };
        let user = user.and_then(|user| self.users.get(user).copied());
        Members { device, user: user.filter(|user| Some(*user) != device) }
    }

    /// Who of those with reservations a holder is.
    pub(crate) fn members_of(&self, holder: &Holder) -> Members {
        self.members(&holder.host, holder.user.as_deref())
    }

    /// True when the device, or the user, stands in the group of this name.
    pub(crate) fn is_member(&self, group: &str, host: &HostId, user: Option<&str>) -> bool {
        let places = self.members(host, user).in_order().filter_map(|no| self.who.get(no as usize));
        let mut groups = places.flat_map(|member| &member.places);
        groups.any(|(id, _)| self.groups.get(id).is_some_and(|found| found.label() == group))
    }

    /// What the groups are called that the device, or the user, stands in; oldest first.
    pub(crate) fn groups_of(&self, holder: &Holder) -> Vec<String> {
        let members = self.members_of(holder).in_order();
        let places = members.filter_map(|no| self.who.get(no as usize)).flat_map(|who| &who.places);
        let groups: BTreeSet<ReservationGroupId> = places.map(|(id, _)| *id).collect();
        groups.iter().filter_map(|id| self.groups.get(id)).map(ReservationGroup::label).collect()
    }

    /// The device or user of a number.
    pub(crate) fn host(&self, member: MemberNo) -> Option<&HostId> {
        self.who.get(member as usize).map(|member| &member.host)
    }

    /// The number of a device or user.
    pub(crate) fn member(&self, host: &HostId) -> Option<MemberNo> {
        match host.kind {
            HostIdType::User => self.users.get(host.value.as_str()).copied(),
            _ => self.devices.get(host).copied(),
        }
    }

    /// What is reserved for a member, oldest group first.
    pub(crate) fn entries_of(&self, member: MemberNo) -> impl Iterator<Item = &ReservationEntry> {
        let places = self.who.get(member as usize).into_iter().flat_map(|member| &member.places);
        let reservations =
            places.filter_map(|(id, place)| self.groups.get(id)?.reservations.get(*place));
        reservations.flat_map(|reservation| &reservation.entries)
    }

    /// When entries were placed; none: never.
    pub(crate) fn at(&self) -> Option<Time> {
        self.at
    }

    /// From when and until when the items are live that were live then.
    pub(crate) fn bounds(&self) -> (Option<Time>, Option<Time>) {
        self.bounds
    }

    /// What each entry was given.
    pub(crate) fn all_given(&self) -> impl Iterator<Item = (u64, Bin, u64)> {
        self.given
            .iter()
            .flat_map(|(entry, given)| given.iter().map(|(bin, seats)| (*entry, *bin, *seats)))
    }

    /// What an entry was given.
    pub(crate) fn given(&self, entry: u64) -> &[(Bin, u64)] {
        self.given.get(&entry).map_or(&[], Vec::as_slice)
    }

    /// Puts groups into the book, in the place of those with the same number. What they are given is not known then.
    pub(crate) fn set(&mut self, groups: &[ReservationGroup]) {
        for group in groups {
            self.next_group = self.next_group.max(group.id.0 + 1);
            let last = group.entries().map(|(_, entry)| entry.id).max().unwrap_or(0);
            self.next_entry = self.next_entry.max(last + 1);
            self.groups.insert(group.id, group.clone());
        }
        self.number_members();
    }

    /// Takes groups out of the book.
    pub(crate) fn delete(&mut self, groups: impl Iterator<Item = ReservationGroupId>) {
        groups.for_each(|id| {
            self.groups.remove(&id);
        });
        self.number_members();
    }

    fn number_members(&mut self) {
        let Book { groups, devices, users, who, stakes, given, .. } = self;
        devices.clear();
        users.clear();
        who.clear();
        given.clear();
        *stakes = Stakes::default();
        for group in groups.values() {
            for (place, reservation) in group.reservations.iter().enumerate() {
                let host = &reservation.host;
                let next = MemberNo::try_from(who.len()).unwrap_or(MemberNo::MAX);
                let member = match host.kind {
                    HostIdType::User => *users.entry(host.value.clone()).or_insert(next),
                    _ => *devices.entry(host.clone()).or_insert(next),
                };
                if member == next {
                    who.push(Member { host: host.clone(), places: Vec::new() });
                }
                if let Some(member) = who.get_mut(member as usize) {
                    member.places.push((group.id, place));
                }
            }
        }
    }

    /// Writes down what the entries were given. What of it is in use is not known then.
    pub(crate) fn give(
        &mut self,
        given: Given<Bin>,
        at: Option<Time>,
        bounds: (Option<Time>, Option<Time>),
    ) {
        self.stakes = Stakes::default();
        for group in self.groups.values() {
            for reservation in &group.reservations {
                let Some(member) = self.member(&reservation.host) else { continue };
                for entry in &reservation.entries {
                    for (bin, seats) in given.get(&entry.id).into_iter().flatten() {
                        self.stakes.reserve(*bin, member, *seats, !group.keep_leases);
                    }
                }
            }
        }
        (self.given, self.at, self.bounds) = (given, at, bounds);
    }

    /// Metered units that a member has used up against its reservation, by item and pool.
    pub(crate) fn spent(&self) -> impl Iterator<Item = (&str, Option<&str>, &HostId, u64)> {
        self.spent
            .iter()
            .map(|((item, pool, host), units)| (item.as_str(), pool.as_deref(), host, *units))
    }

    /// A member has used up so many units against its reservation.
    pub(crate) fn note_spent(&mut self, item: &str, pool: Option<&str>, host: &HostId, units: u64) {
        let place = (item.to_owned(), pool.map(str::to_owned), host.clone());
        *self.spent.entry(place).or_default() += units;
    }

    /// A member has taken so many units back.
    pub(crate) fn note_unspent(
        &mut self,
        item: &str,
        pool: Option<&str>,
        host: &HostId,
        units: u64,
    ) {
        let place = (item.to_owned(), pool.map(str::to_owned), host.clone());
        if let Some(spent) = self.spent.get_mut(&place) {
            *spent = spent.saturating_sub(units);
            if *spent == 0 {
                self.spent.remove(&place);
            }
        }
    }

    /// Forgets units used up by those for whom nothing is reserved there any more.
    pub(crate) fn forget_spent(&mut self, is_kept: impl Fn(&str, Option<&str>, &HostId) -> bool) {
        self.spent.retain(|(item, pool, host), _| is_kept(item, pool.as_deref(), host));
    }

    /// The book as it is stored.
    pub(crate) fn record(&self, given: Vec<GivenRecord>) -> BookRecord {
        let spent = self.spent().map(|(item, pool, host, units)| SpentRecord {
            item: item.to_owned(),
            pool: pool.map(str::to_owned),
            host: host.clone(),
            units,
        });
        BookRecord {
            next_group: self.next_group,
            next_entry: self.next_entry,
            groups: self.groups.values().cloned().collect(),
            at: self.at,
            given,
            spent: spent.collect(),
        }
    }

    /// A stored book, before the places of its entries are back.
    pub(crate) fn restored(record: BookRecord) -> Book {
        let spent = record.spent.into_iter().map(|s| ((s.item, s.pool, s.host), s.units));
        let mut book = Book {
            next_group: record.next_group,
            next_entry: record.next_entry,
            spent: spent.collect(),
            ..Book::default()
        };
        book.set(&record.groups);
        book
    }
}

/// What the entries of groups want.
pub(crate) fn wants<'a>(groups: impl Iterator<Item = &'a ReservationGroup>) -> Vec<Want<Kind<'a>>> {
    let entries = groups.flat_map(|group| group.entries().map(|(_, entry)| entry));
    entries
        .map(|entry| Want {
            entry: entry.id,
            kind: (entry.feature.as_str(), entry.named_pool()),
            version: entry.version,
            count: entry.count,
        })
        .collect()
}
