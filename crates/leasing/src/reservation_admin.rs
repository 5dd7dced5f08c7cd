//! Deciding changes of reservations: posting, editing in place, importing, deleting.
//!
//! Invariants: a posting fits as a whole or is refused as a whole, with every entry that does not fit; what fitted
//! before is never taken away by another posting; names are unique, and a group keeps its number and its entries their
//! order through every edit. What is in use plays no part: seats that others hold come back.
//! What-ifs propose groups in the place of all that there are; those are taken as they are.
//! Deliberately not here: who may order this (server), placing (reservation), what happens to seats (reservation_fold).

use crate::checkout::bad;
use crate::event::Event;
use crate::ids::ReservationGroupId;
use crate::refusal::Refusal;
use crate::request::ReservationChange;
use crate::reservation::{
    Book, Given, Kind, ReservationEntry, ReservationGroup, ReservationPosting, Supply, Unfit,
    UnfitEntry, Want, check, keep, place, wants,
};
use crate::state::Leasing;
use crate::stock::Bin;
use crate::term::Now;
use std::collections::BTreeMap;
use tenure_document::{HostId, Time};

/// The most groups.
const GROUPS_MAX: usize = 10_000;
/// The most entries in all groups.
const ENTRIES_MAX: usize = 200_000;

/// Decides a change of reservations.
pub(crate) fn change_reservations(
    state: &Leasing,
    by: &str,
    change: &ReservationChange,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    match change {
        ReservationChange::Post { posting, keep_leases } => {
            post(state, by, &[posting], (false, *keep_leases), now)
        }
        ReservationChange::Import { postings, replace, keep_leases } => {
            let postings: Vec<&ReservationPosting> = postings.iter().collect();
            post(state, by, &postings, (*replace, *keep_leases), now)
        }
        ReservationChange::Replace { id, posting, expected, keep_leases } => {
            let before = find(state, *id, *expected)?;
            let mut draft = Drafted::new(state, now);
            draft.put(posting, Some(before), *keep_leases)?;
            draft.events(by)
        }
        ReservationChange::Delete { id, expected } => {
            let group = find(state, *id, *expected)?;
            let at = state.container.rights(now.reading).items;
            let groups = BTreeMap::from([(group.id, group.label())]);
            Ok(vec![Event::ReservationsDeleted { by: by.to_owned(), at, groups }])
        }
    }
}

impl Leasing {
    /// Whether these groups would fit if they were all that is reserved.
    ///
    /// # Errors
    /// What can't be reserved, now or ever, or every entry that does not fit.
    pub fn check_reservations(
        &self,
        postings: &[ReservationPosting],
        now: Now,
    ) -> Result<(), Refusal> {
        let none = Book::default();
        let draft = Drafted::alone(self, &none, postings, now)?;
        draft.events("").map(|_| ())
    }
}

/// Groups in the place of all that there are. What does not fit yet may fit later: there may be more to reserve then.
pub(crate) fn assume_reservations(
    state: &Leasing,
    by: &str,
    postings: &[ReservationPosting],
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let none = Book::default();
    let draft = Drafted::alone(state, &none, postings, now)?;
    draft.wanted()?;
    let at = draft.placed;
    let gone = state.book.groups().map(|group| (group.id, group.label())).collect();
    let mut events = vec![Event::ReservationsDeleted { by: by.to_owned(), at, groups: gone }];
    let groups: Vec<ReservationGroup> = draft.groups.into_values().collect();
    if !groups.is_empty() {
        events.push(Event::ReservationsSet { by: by.to_owned(), at, groups });
    }
    Ok(events)
}

fn post(
    state: &Leasing,
    by: &str,
    postings: &[&ReservationPosting],
    (replace, keep_leases): (bool, bool),
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let mut draft = Drafted::new(state, now);
    for posting in postings {
        let named = posting.name.as_deref().and_then(|name| state.book.named(name));
        match named {
            Some(group) if !replace => {
                return Err(Refusal::ReservationGroupExists { name: group.label(), id: group.id });
            }
            before => draft.put(posting, before, keep_leases)?,
        }
    }
    draft.events(by)
}

/// The group of this number, unchanged since the revision that is expected.
fn find(
    state: &Leasing,
    id: ReservationGroupId,
    expected: Option<u64>,
) -> Result<&ReservationGroup, Refusal> {
    let group = state.book.group(id).ok_or(Refusal::ReservationGroupUnknown { id })?;
    match expected.filter(|expected| *expected != group.revision) {
        Some(expected) => {
            Err(Refusal::ReservationGroupChanged { id, expected, found: group.revision })
        }
        None => Ok(group),
    }
}

/// Groups as they would be.
struct Drafted<'a> {
    state: &'a Leasing,
    /// The groups that there are.
    book: &'a Book,
    at: Time,
    /// The time that is certain: what is live then can be reserved.
    placed: Time,
    groups: BTreeMap<ReservationGroupId, ReservationGroup>,
    next_group: u64,
    next_entry: u64,
}

impl<'a> Drafted<'a> {
    fn new(state: &'a Leasing, now: Now) -> Drafted<'a> {
        let (next_group, next_entry) = state.book.next();
        let placed = state.container.rights(now.reading).items;
        let (book, groups) = (&state.book, BTreeMap::new());
        Drafted { state, book, at: now.at, placed, groups, next_group, next_entry }
    }

    /// These groups, where there are no others.
    fn alone(
        state: &'a Leasing,
        none: &'a Book,
        postings: &[ReservationPosting],
        now: Now,
    ) -> Result<Drafted<'a>, Refusal> {
        let mut draft = Drafted { book: none, ..Drafted::new(state, now) };
        postings.iter().try_for_each(|posting| draft.put(posting, None, true))?;
        Ok(draft)
    }

    /// Puts a posting in the place of a group, or beside the others.
    fn put(
        &mut self,
        posting: &ReservationPosting,
        before: Option<&ReservationGroup>,
        keep_leases: bool,
    ) -> Result<(), Refusal> {
        check(posting).map_err(Refusal::BadRequest)?;
        let name = posting.name.clone().or_else(|| before.and_then(|group| group.name.clone()));
        if let Some(name) = &name {
            self.check_name(name, before)?;
        }
        let id = before.map_or(ReservationGroupId(self.next_group), |group| group.id);
        self.next_group += u64::from(before.is_none());
        let group = ReservationGroup {
            id,
            name,
            revision: before.map_or(1, |group| group.revision + 1),
            created: before.map_or(self.at, |group| group.created),
            changed: self.at,
            keep_leases,
            reservations: keep(posting, before, &mut self.next_entry),
        };
        let is_changed = before.is_none_or(|before| {
            (&before.name, before.keep_leases, &before.reservations)
                != (&group.name, group.keep_leases, &group.reservations)
        });
        if is_changed {
            self.groups.insert(id, group);
        }
        Ok(())
    }

    fn check_name(&self, name: &str, before: Option<&ReservationGroup>) -> Result<(), Refusal> {
        let id = before.map(|group| group.id);
        let there = self.book.named(name).filter(|group| Some(group.id) != id);
        let here = self.groups.values().find(|group| group.label() == name);
        match there.or(here) {
            Some(group) => {
                Err(Refusal::ReservationGroupExists { name: name.to_owned(), id: group.id })
            }
            None if name.parse::<ReservationGroupId>().is_ok() => {
                bad(format!("{name:?} is the number of a group; choose another name"))
            }
            None => Ok(()),
        }
    }

    /// The event, where everything fits.
    fn events(self, by: &str) -> Result<Vec<Event>, Refusal> {
        if self.groups.is_empty() {
            return Ok(Vec::new());
        }
        let given = place(self.wanted()?, |kind| self.supplies(kind));
        let entries = self.unfit(&given);
        if !entries.is_empty() {
            return Err(Refusal::ReservationsUnfit { entries });
        }
        let groups = self.groups.into_values().collect();
        Ok(vec![Event::ReservationsSet { by: by.to_owned(), at: self.placed, groups }])
    }

    /// What there is to reserve, without the units that members have used up and shall have no longer.
    fn supplies(&self, kind: Kind<'_>) -> Vec<Supply<Bin>> {
        let mut supplies = self.state.supplies(kind, self.placed);
        if self.book.spent().next().is_none() {
            return supplies;
        }
        let mut wanted: BTreeMap<&HostId, u64> = BTreeMap::new();
        for (host, entry) in self.all().flat_map(ReservationGroup::entries) {
            if (entry.feature.as_str(), entry.named_pool()) == kind {
                *wanted.entry(host).or_default() += entry.count;
            }
        }
        for supply in &mut supplies {
            let item = self.state.shelves.get(supply.bin.shelf).map(|shelf| &*shelf.item.id);
            let spent =
                self.book.spent().filter(|(of, pool, ..)| (Some(*of), *pool) == (item, kind.1));
            let beyond = spent.map(|(_, _, host, units)| {
                units.saturating_sub(wanted.get(host).copied().unwrap_or(0))
            });
            supply.seats = supply.seats.saturating_sub(beyond.sum());
        }
        supplies
    }

    /// What all groups want, within the limits.
    fn wanted(&self) -> Result<Vec<Want<Kind<'_>>>, Refusal> {
        if self.all().count() > GROUPS_MAX {
            return bad(format!("at most {GROUPS_MAX} groups of reservations"));
        }
        let wanted = wants(self.all());
        if wanted.len() > ENTRIES_MAX {
            return bad(format!("at most {ENTRIES_MAX} entries in all groups of reservations"));
        }
        Ok(wanted)
    }

    /// All groups as they would be, oldest first.
    fn all(&self) -> impl Iterator<Item = &ReservationGroup> {
        let others = self.book.groups().map(|group| (group.id, group));
        let others: BTreeMap<ReservationGroupId, &ReservationGroup> = others.collect();
        let drafted = self.groups.iter().map(|(id, group)| (*id, group));
        others.into_iter().chain(drafted).collect::<BTreeMap<_, _>>().into_values()
    }

    /// The entries that would miss more than they miss now.
    fn unfit(&self, given: &Given<Bin>) -> Vec<UnfitEntry> {
        let mut before: BTreeMap<u64, u64> = BTreeMap::new();
        for (_, entry) in self.book.groups().flat_map(ReservationGroup::entries) {
            before.insert(entry.id, entry.count - sum(self.book.given(entry.id)));
        }
        let mut unfit = Vec::new();
        for group in self.all() {
            let is_drafted = self.groups.contains_key(&group.id);
            for (host, entry) in group.entries() {
                let got = given.get(&entry.id).map_or(0, |given| sum(given));
                let missing =
                    (entry.count - got).saturating_sub(*before.get(&entry.id).unwrap_or(&0));
                if missing > 0 {
                    let why = match is_drafted {
                        true => self.why(entry, got),
                        false => Unfit::Displaces { seats: missing },
                    };
                    unfit.push(UnfitEntry {
                        group: group.label(),
                        host: host.clone(),
                        entry: entry.posting(),
                        why,
                    });
                }
            }
        }
        unfit
    }

    /// Why an entry of a posting gets only so many.
    fn why(&self, entry: &ReservationEntry, left: u64) -> Unfit {
        let (feature, version, pool) = (entry.feature.as_str(), entry.version, entry.named_pool());
        let state = self.state;
        let no = state.features.find(feature);
        let shelves = no.and_then(|no| state.features.get(no)).map_or(&[][..], |f| &f.shelves[..]);
        let shelves = shelves.iter().filter_map(|no| state.shelves.get(*no));
        let live: Vec<_> = shelves.filter(|shelf| shelf.is_live(self.placed)).collect();
        if live.is_empty() {
            return Unfit::UnknownFeature;
        }
        if pool.is_some_and(|pool| state.find_pool(Some(pool)).is_none()) {
            return Unfit::UnknownPool;
        }
        let fitting = || live.iter().filter(|shelf| shelf.item.version >= version);
        match () {
            () if fitting().next().is_none() => Unfit::VersionTooLow,
            () if fitting().any(|shelf| shelf.is_uncounted()) => Unfit::Uncounted,
            () => Unfit::TooMany { left },
        }
    }
}

fn sum(given: &[(Bin, u64)]) -> u64 {
    given.iter().map(|(_, seats)| seats).sum()
}
