//! What there is to reserve, and which seats in use count against which reservation: the part of `apply` that
//! concerns reservations.
//!
//! Invariants: everything here follows from groups, items, pools and leases in a fixed order, so that folding the same
//! events gives the same; nothing costs anything while there are no reservations.
//! Deliberately not here: deciding (reservation_admin), the arithmetic (reservation).

use crate::excess::Excess;
use crate::ids::{No, ReservationGroupId};
use crate::lease::{GroupKey, Lease, LeasePart, SeatKey};
use crate::refusal::LeaseRefusal;
use crate::reservation::{
    Book, BookRecord, Claimed, Given, GivenRecord, Kind, MemberNo, Members, ReservationGroup,
    Seated, Supply, place, wants,
};
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Holder, HostId, HostIdType, LeaseId, Time};

/// Seats that are kept for a named user, without a lease.
struct KeptSeats {
    place: GroupKey,
    /// The lease that opened them.
    first: LeaseId,
    size: u32,
    /// Against whose reservations they counted.
    claims: Vec<Claimed>,
}

impl Leasing {
    pub(crate) fn set_reservations(&mut self, groups: &[ReservationGroup], at: Time) {
        let kept = self.kept_in_turn();
        self.book.set(groups);
        self.place_reservations(at, kept);
    }

    pub(crate) fn delete_reservations(
        &mut self,
        groups: impl Iterator<Item = ReservationGroupId>,
        at: Time,
    ) {
        let kept = self.kept_in_turn();
        self.book.delete(groups);
        self.place_reservations(at, kept);
    }

    /// Items or pools have changed: entries are placed anew.
    pub(crate) fn settle_reservations(&mut self, at: Time) {
        if !self.book.is_empty() {
            let kept = self.kept_in_turn();
            self.place_reservations(at, kept);
        }
    }

    fn place_reservations(&mut self, at: Time, kept: Vec<KeptSeats>) {
        let given = place(wants(self.book.groups()), |kind| self.supplies(kind, at));
        let bounds = self.bounds_at(at);
        self.book.give(given, Some(at), bounds);
        self.count_seats(kept);
        self.count_spent();
        self.judge_reserved();
    }

    /// What there is to reserve of a feature in a pool.
    pub(crate) fn supplies(&self, (feature, pool): Kind<'_>, at: Time) -> Vec<Supply<Bin>> {
        let Some(pool) = self.find_pool(pool) else { return Vec::new() };
        let no = self.features.find(feature);
        let shelves = no.and_then(|no| self.features.get(no)).map_or(&[][..], |f| &f.shelves[..]);
        let mut shelves: Vec<(No<Shelf>, &Shelf)> = shelves
            .iter()
            .filter_map(|no| self.shelves.get(*no).map(|shelf| (*no, shelf)))
            .filter(|(_, shelf)| shelf.is_live(at))
            .collect();
        shelves.sort_by(|(_, a), (_, b)| a.item.id.cmp(&b.item.id));
        let supplies = shelves.into_iter().filter_map(|(no, shelf)| {
            let bin = Bin { shelf: no, pool };
            let seats = self.target(bin)?;
            // Units that others have used up are gone.
            let gone = match shelf.is_metered() {
                true => self.taken_from(bin).saturating_sub(self.spent_from(shelf, bin)),
                false => 0,
            };
            let (version, ends) = (shelf.item.version, shelf.item.ends());
            Some(Supply { bin, version, ends, seats: seats.saturating_sub(gone) })
        });
        supplies.collect()
    }

    /// Units of a metered item that members have used up against their reservations.
    fn spent_from(&self, shelf: &Shelf, bin: Bin) -> u64 {
        let pool = self.stored_pool(bin.pool);
        let spent = self.book.spent();
        let here =
            spent.filter(|(item, of, _, _)| *item == shelf.item.id && *of == pool.as_deref());
        here.map(|(_, _, _, units)| units).sum()
    }

    /// Seats that are kept for named users, and what they count against: to be asked before members are numbered anew.
    fn kept_in_turn(&self) -> Vec<KeptSeats> {
        let kept = self.kept_seats.iter().filter_map(|(_, place)| {
            let group = self.groups.get(place)?;
            let claims = self.claims_of(&place.seated());
            Some(KeptSeats { place: *place, first: group.first, size: group.size, claims })
        });
        kept.collect()
    }

    /// Finds out anew which seats in use count against which reservation: leases in order of their numbers, seats that
    /// are kept for a named user where the lease stood that opened them.
    fn count_seats(&mut self, kept: Vec<KeptSeats>) {
        let bins: BTreeSet<Bin> = self.book.stakes.bins().collect();
        let features: BTreeSet<No<Feature>> =
            bins.iter().filter_map(|bin| Some(self.shelves.get(bin.shelf)?.feature)).collect();
        let mut turns: Vec<(LeaseId, Option<KeptSeats>)> = Vec::new();
        for feature in features.iter().filter_map(|no| self.features.get(*no)) {
            turns.extend(feature.ends.iter().map(|(_, lease)| (*lease, None)));
        }
        let kept = kept.into_iter().filter(|kept| bins.contains(&kept.place.bin()));
        turns.extend(kept.map(|kept| (kept.first, Some(kept))));
        turns.sort_by_key(|(lease, _)| *lease);
        for (lease, kept) in turns {
            match kept {
                Some(kept) => self.count_kept(kept),
                None => self.count_lease(lease, &bins),
            }
        }
    }

    /// Seats of a lease count against the reservations of its holder.
    fn count_lease(&mut self, id: LeaseId, bins: &BTreeSet<Bin>) {
        let Some(lease) = self.leases.get(&id) else { return };
        let members = self.members_of_lease(lease);
        if members.is_none() {
            return;
        }
        let parts = lease.parts.as_slice().iter().filter(|part| bins.contains(&part.bin()));
        let parts: Vec<_> =
            parts.map(|part| (self.seated(lease, part), self.uncovered(lease, part))).collect();
        for (seated, seats) in parts {
            self.book.stakes.cover(seated, members, seats);
        }
    }

    /// Kept seats go on counting against the reservations that they counted against, then against their user's.
    fn count_kept(&mut self, kept: KeptSeats) {
        let owner = self.owner_of(kept.place.key);
        let claims = kept.claims.into_iter().chain(owner.map(|owner| (owner, kept.size)));
        let mut left = kept.size;
        for (host, seats) in claims {
            let holder = Members { device: self.book.member(&host), user: None };
            let seated = kept.place.seated();
            let before = self.book.stakes.claimed(&seated);
            self.book.stakes.cover(seated, holder, seats.min(left));
            left -= self.book.stakes.claimed(&seated) - before;
        }
    }

    /// Whose shared seats these are, as reservations name them.
    fn owner_of(&self, key: SeatKey) -> Option<HostId> {
        match key {
            SeatKey::User(user) => {
                let value = self.names.get(user)?.0.to_string();
                Some(HostId { kind: HostIdType::User, value })
            }
            SeatKey::Device(device) | SeatKey::Session(device, _) => {
                self.devices.get(device).map(|device| device.host())
            }
        }
    }

    /// Seats of a part of a lease that count against nothing.
    pub(crate) fn uncovered(&self, lease: &Lease, part: &LeasePart) -> u32 {
        let seated = self.seated(lease, part);
        let group = lease.group_of(part).and_then(|place| self.groups.get(&place));
        let size = group.map_or(part.count, |group| group.size);
        part.count.min(size - self.book.stakes.claimed(&seated).min(size))
    }

    pub(crate) fn seated(&self, lease: &Lease, part: &LeasePart) -> Seated<Bin, SeatKey> {
        let own = Seated::Lease(part.bin(), lease.id);
        lease.group_of(part).map_or(own, |place| place.seated())
    }

    /// Who of those with reservations the holder of a lease is.
    pub(crate) fn members_of_lease(&self, lease: &Lease) -> Members {
        let Some(device) = self.devices.get(lease.holder.device) else { return Members::default() };
        let user = lease.holder.user.and_then(|user| self.names.get(user));
        self.book.members(&device.host(), user.map(|user| &*user.0))
    }

    /// Counts the metered units that members have used up, as far as they are still reserved.
    fn count_spent(&mut self) {
        let spent: Vec<(Bin, MemberNo, u64, String, Option<String>)> = self
            .book
            .spent()
            .filter_map(|(item, pool, host, units)| {
                let shelf = self.shelves.find(item)?;
                let bin = Bin { shelf, pool: self.find_pool(pool)? };
                let member = self.book.member(host)?;
                Some((bin, member, units, item.to_owned(), pool.map(str::to_owned)))
            })
            .collect();
        let mut kept: BTreeSet<(String, Option<String>, HostId)> = BTreeSet::new();
        for (bin, member, units, item, pool) in spent {
            let holder = Members { device: Some(member), user: None };
            let is_kept = self.book.stakes.of_member(bin, member).0 > 0;
            self.book.stakes.spend(bin, holder, units);
            if let (true, Some(host)) = (is_kept, self.book.host(member)) {
                kept.insert((item, pool, host.clone()));
            }
        }
        self.book.forget_spent(|item, pool, host| {
            kept.contains(&(item.to_owned(), pool.map(str::to_owned), host.clone()))
        });
    }

    /// Seats are taken. Says how many of them count against reservations.
    pub(crate) fn cover(
        &mut self,
        seated: Seated<Bin, SeatKey>,
        holder: &Holder,
        fresh: u32,
    ) -> u32 {
        let members = self.book.members_of(holder);
        if members.is_none() || fresh == 0 {
            return 0;
        }
        let before = self.book.stakes.claimed(&seated);
        self.book.stakes.cover(seated, members, fresh);
        self.book.stakes.claimed(&seated) - before
    }

    /// Of a lease's own seats, or of those that a group shares, only so many are left. Says how many of the others
    /// counted against reservations; seats of other leases may do so now in their place.
    pub(crate) fn uncover(&mut self, seated: Seated<Bin, SeatKey>, size: u32) -> u32 {
        if self.book.is_empty() {
            return 0;
        }
        let before = self.book.stakes.claimed(&seated);
        let covered = match seated {
            Seated::Lease(bin, lease) => self.book.stakes.end(bin, lease),
            Seated::Group(bin, key) => self.book.stakes.shrink(bin, key, size),
        };
        self.note_covered(seated.bin(), covered);
        before - self.book.stakes.claimed(&seated)
    }

    /// Metered units are used up. Says what of them counts against whose reservations.
    pub(crate) fn spend_reserved(
        &mut self,
        bin: Bin,
        holder: &Holder,
        units: u64,
    ) -> Vec<(HostId, u64)> {
        let members = self.book.members_of(holder);
        if members.is_none() {
            return Vec::new();
        }
        let Some(item) = self.shelves.get(bin.shelf).map(|shelf| shelf.item.id.clone()) else {
            return Vec::new();
        };
        let pool = self.stored_pool(bin.pool);
        let mut spent = Vec::new();
        for (member, units) in self.book.stakes.spend(bin, members, units) {
            if let Some(host) = self.book.host(member).cloned() {
                self.book.note_spent(&item, pool.as_deref(), &host, units);
                spent.push((host, units));
            }
        }
        spent
    }

    /// Metered units that counted against a reservation were taken back.
    pub(crate) fn unspend_reserved(
        &mut self,
        item: &str,
        pool: Option<&str>,
        host: &HostId,
        units: u64,
    ) {
        self.book.note_unspent(item, pool, host, units);
        let bin = self.shelves.find(item).zip(self.find_pool(pool));
        if let (Some((shelf, pool)), Some(member)) = (bin, self.book.member(host)) {
            self.book.stakes.unspend(Bin { shelf, pool }, member, units);
        }
    }

    /// Seats of these leases count against reservations that did not before: they are no excess any more.
    fn note_covered(&mut self, bin: Bin, leases: Vec<(LeaseId, u32)>) {
        for (lease, seats) in leases {
            self.note_open(bin, lease, -i64::from(seats));
        }
    }

    /// Whether a claim on an item may go on: all its seats count against reservations, or nothing stands against it.
    pub(crate) fn goes_on(
        &self,
        shelf: &Shelf,
        seated: &Seated<Bin, SeatKey>,
        (first, size): (LeaseId, u32),
    ) -> Result<(), LeaseRefusal> {
        if size > 0 && self.book.stakes.claimed(seated) >= size {
            return Ok(());
        }
        self.may_go_on(shelf, seated.bin().pool, first)?;
        match self.book.excess.get(&seated.bin()) {
            Some(excess) if !excess.allows(first) => Err(LeaseRefusal::ReservedForOthers),
            _ => Ok(()),
        }
    }

    /// Finds out anew which seats in use stand in the way of reservations.
    fn judge_reserved(&mut self) {
        let bins: Vec<Bin> = self.book.stakes.bins().collect();
        self.book.excess.clear();
        for bin in bins {
            if let Some(limit) = self.limit_beside_reservations(bin)
                && self.open_seats(bin) > limit
            {
                let excess = Excess::new(limit, self.open_claims(bin));
                self.book.excess.insert(bin, excess);
            }
        }
    }

    /// What of a bin may be in use beside what is reserved; none: no limit.
    fn limit_beside_reservations(&self, bin: Bin) -> Option<u64> {
        let shelf = self.shelves.get(bin.shelf)?;
        shelf.renewal_limit()?;
        let limit = if bin.pool.is_none() { shelf.default_limit() } else { shelf.target(bin.pool) };
        let (_, firm) = self.book.stakes.reserved(bin);
        Some(limit?.saturating_sub(firm))
    }

    /// Seats of a bin in use that count against no reservation.
    fn open_seats(&self, bin: Bin) -> u64 {
        let held = self.shelves.get(bin.shelf).map_or(0, |shelf| shelf.held_in(bin.pool));
        held.saturating_sub(self.book.stakes.covered(bin))
    }

    /// The same, by the first lease of each claim.
    fn open_claims(&self, bin: Bin) -> BTreeMap<LeaseId, u64> {
        let mut claims: BTreeMap<LeaseId, u64> = BTreeMap::new();
        for (place, group) in self.groups_of(bin.shelf).filter(|(place, _)| place.bin() == bin) {
            let covered = self.book.stakes.claimed(&place.seated());
            *claims.entry(group.first).or_default() +=
                u64::from(group.size.saturating_sub(covered));
        }
        let feature =
            self.shelves.get(bin.shelf).and_then(|shelf| self.features.get(shelf.feature));
        let leases = feature.into_iter().flat_map(|feature| &feature.ends);
        for lease in leases.filter_map(|(_, lease)| self.leases.get(lease)) {
            let own = lease.parts.as_slice().iter();
            for part in own.filter(|part| part.bin() == bin && part.shared.is_none()) {
                *claims.entry(lease.id).or_default() += u64::from(self.uncovered(lease, part));
            }
        }
        claims.retain(|_, count| *count > 0);
        claims
    }

    /// Seats that count against no reservation have become more, or fewer, by so many.
    pub(crate) fn note_open(&mut self, bin: Bin, first: LeaseId, by: i64) {
        if self.book.excess.is_empty() {
            return;
        }
        if self.limit_beside_reservations(bin).is_none_or(|limit| self.open_seats(bin) <= limit) {
            self.book.excess.remove(&bin);
        } else if let Some(excess) = self.book.excess.get_mut(&bin) {
            excess.change(first, by);
        }
    }

    /// True when items that are reserved have begun or ended since entries were placed.
    pub(crate) fn are_reservations_stale(&self, at: Time) -> bool {
        let (from, until) = self.book.bounds();
        !self.book.is_empty()
            && (from.is_some_and(|from| at < from) || until.is_some_and(|until| until <= at))
    }

    /// From when and until when the items are live that are live now.
    fn bounds_at(&self, at: Time) -> (Option<Time>, Option<Time>) {
        let present = self.shelves.iter().filter(|(_, shelf)| shelf.present);
        let bounds =
            present.flat_map(|(_, shelf)| [shelf.item.live_from(), shelf.item.grace_end()]);
        let bounds: BTreeSet<Time> = bounds.flatten().collect();
        let until = bounds.range(at..).find(|bound| **bound > at).copied();
        (bounds.range(..=at).next_back().copied(), until)
    }

    /// True when something of the bin is reserved for the holder.
    pub(crate) fn is_reserved_for(&self, bin: Bin, holder: &Holder) -> bool {
        let members = self.book.members_of(holder);
        members.in_order().any(|member| self.book.stakes.of_member(bin, member).0 > 0)
    }

    /// The book as it is stored.
    pub(crate) fn book_record(&self) -> BookRecord {
        let given = self.book.all_given().filter_map(|(entry, bin, seats)| {
            let item = self.shelves.get(bin.shelf)?.item.id.clone();
            Some(GivenRecord { entry, item, pool: self.stored_pool(bin.pool), seats })
        });
        self.book.record(given.collect())
    }

    /// A stored book, with the claims of seats in use on it, when all leases are back.
    pub(crate) fn restore_book(
        &mut self,
        mut record: BookRecord,
        claims: Vec<(Seated<Bin, SeatKey>, Claimed)>,
    ) -> Result<(), String> {
        let mut given: Given<Bin> = Given::new();
        for GivenRecord { entry, item, pool, seats } in record.given.drain(..) {
            let bin = self.find_pool(pool.as_deref()).zip(self.shelves.find(item.as_str()));
            let (pool, shelf) = bin
                .ok_or_else(|| format!("seats of item {item:?} are reserved, but it is missing"))?;
            given.entry(entry).or_default().push((Bin { shelf, pool }, seats));
        }
        let at = record.at();
        self.book = Book::restored(record);
        self.book.give(given, at, at.map_or((None, None), |at| self.bounds_at(at)));
        for (seated, (host, seats)) in claims {
            if let Some(member) = self.book.member(&host) {
                self.book.stakes.restore(seated, member, seats);
            }
        }
        let leases: Vec<LeaseId> = self.leases.keys().copied().collect();
        for id in leases {
            let Some(lease) = self.leases.get(&id) else { continue };
            let members = self.members_of_lease(lease);
            if members.is_none() {
                continue;
            }
            let own = lease.parts.as_slice().iter().filter(|part| part.shared.is_none());
            let open: Vec<(Bin, u32)> =
                own.map(|part| (part.bin(), self.uncovered(lease, part))).collect();
            for (bin, seats) in open {
                self.book.stakes.reopen(bin, id, members, seats);
            }
        }
        self.count_spent();
        self.judge_reserved();
        Ok(())
    }

    /// Against whose reservations seats count, as stored.
    pub(crate) fn claims_of(&self, seated: &Seated<Bin, SeatKey>) -> Vec<Claimed> {
        let claims = self.book.stakes.claims(seated).iter();
        claims
            .filter_map(|(member, seats)| Some((self.book.host(*member)?.clone(), *seats)))
            .collect()
    }
}

impl Leasing {
    /// Seats in use, or units used up, of an item in a pool.
    pub(crate) fn taken_from(&self, bin: Bin) -> u64 {
        self.shelves.get(bin.shelf).map_or(0, |shelf| shelf.taken_in(bin.pool))
    }
}

impl GroupKey {
    /// The group's seats, as reservations count them.
    pub(crate) fn seated(&self) -> Seated<Bin, SeatKey> {
        Seated::Group(self.bin(), self.key)
    }
}
