//! A decision under way: the state as it will be when the events found so far have been applied.
//!
//! Invariants: the state itself is only read; a draft is small (it holds differences) and cheap to copy, so that a step
//! which fails is undone by going back to a copy; seats freed here can be granted here.
//! Deliberately not here: what to grant or end (checkout, device_set, metering).

use crate::access::Access;
use crate::allocation::Source;
use crate::asked::Asked;
use crate::dictionary::Dictionary;
use crate::event::{Granted, Part};
use crate::group::Group;
use crate::ids::{DenialId, No, UsageId};
use crate::lease::{Device, GroupKey, HolderNo, Lease, SeatKey};
use crate::newcomers::Newcomers;
use crate::plan::{AskerKey, Candidate, Plan, PlannedPart};
use crate::pool::{Pool, PoolNo};
use crate::request::{Checkout, FeatureRequest};
use crate::reservation::{Members, Seated};
use crate::reservation_draft::Covers;
use crate::reserved::Reserved;
use crate::seats::SeatChanges;
use crate::shares::Room;
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use crate::term::{Now, renew_after};
use std::collections::{BTreeMap, BTreeSet};
use tenure_container::Rights;
use tenure_document::{Holder, HostId, LeaseId, SeatRange};

/// Where a group stands.
type GroupPlace = (Bin, SeatKey);

/// What a device is given: of a feature, from a named pool.
type Given = (No<Device>, No<Feature>, No<Pool>);

/// A decision under way.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'a> {
    pub(crate) state: &'a Leasing,
    pub(crate) now: Now,
    pub(crate) rights: Rights,
    access: Access,
    covers: Covers,
    /// Changes of what is in use, or used up.
    used: BTreeMap<Bin, i64>,
    seats: BTreeMap<No<Feature>, SeatChanges>,
    groups: BTreeMap<GroupPlace, Group>,
    ended: BTreeSet<LeaseId>,
    kept: BTreeSet<LeaseId>,
    pub(crate) newcomers: Newcomers,
    /// Items that this decision gives to a device and that it may hold once only.
    opened: BTreeSet<(No<Device>, No<Shelf>)>,
    /// Seats that this decision gives to a device from named pools.
    fresh: BTreeMap<Given, u64>,
    /// Seats that are kept for those who wait.
    kept_free: BTreeMap<Bin, u64>,
    /// Seats that groups have given up in this decision.
    shrunk: BTreeMap<GroupPlace, u32>,
    next_lease: LeaseId,
    next_denial: DenialId,
    next_usage: UsageId,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(state: &'a Leasing, now: Now) -> Draft<'a> {
        Draft {
            state,
            now,
            rights: state.container.rights(now.reading),
            access: Access::default(),
            covers: Covers::default(),
            used: BTreeMap::new(),
            seats: BTreeMap::new(),
            groups: BTreeMap::new(),
            ended: BTreeSet::new(),
            kept: BTreeSet::new(),
            newcomers: Newcomers::default(),
            opened: BTreeSet::new(),
            fresh: BTreeMap::new(),
            kept_free: BTreeMap::new(),
            shrunk: BTreeMap::new(),
            next_lease: state.next_lease,
            next_denial: state.denials.next(),
            next_usage: state.usage.next(),
        }
    }

    /// From now on this holder asks, and the rules say which pools it may use.
    pub(crate) fn admit(&mut self, holder: &Holder, dictionary: &Dictionary) {
        self.readmit(self.state.access_of(holder, dictionary));
    }

    /// Who asks may use these pools too, after all others.
    pub(crate) fn allow(&mut self, pools: impl IntoIterator<Item = PoolNo>) {
        self.access = std::mem::take(&mut self.access).and(pools);
    }

    /// From now on who has this access asks again.
    pub(crate) fn readmit(&mut self, access: Access) {
        self.access = access;
    }

    /// The pools that who asks may use.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// What of an item in a pool is in use or used up, and what more can be taken of it.
    pub(crate) fn room(&self, bin: Bin, shelf: &Shelf) -> (u64, Room) {
        let (mut all, mut own, mut named) = (0_i64, 0_i64, Vec::new());
        let first = Bin { shelf: bin.shelf, pool: None };
        let changes = self.used.range(first..).take_while(|(at, _)| at.shelf == bin.shelf);
        for (at, by) in changes {
            all += by;
            own += if at.pool == bin.pool { *by } else { 0 };
            named.extend(at.pool.map(|pool| (pool, *by)));
        }
        let taken = shelf.taken_in(bin.pool).saturating_add_signed(own);
        (taken, shelf.room(bin.pool, all, &named))
    }

    /// What of an item is in use in all pools together.
    pub(crate) fn taken_in_all(&self, no: No<Shelf>, shelf: &Shelf) -> u64 {
        let bins = self.used.iter().filter(|(bin, _)| bin.shelf == no);
        shelf.taken().saturating_add_signed(bins.map(|(_, used)| *used).sum())
    }

    /// What reservations keep of an item in a pool, as this asker sees it.
    pub(crate) fn reserved(&self, asker: &Holder, bin: Bin) -> Reserved {
        match self.state.book.is_empty() {
            true => Reserved::default(),
            false => self.covers.idle(&self.state.book, bin, self.state.book.members_of(asker)),
        }
    }

    /// Seats that are kept for the asker, without a lease, in pools that it may not use any more.
    pub(crate) fn stranded(&self, asker: &Holder, feature: No<Feature>) -> Vec<GroupKey> {
        let mut found = Vec::new();
        for no in self.state.features.get(feature).map_or(&[][..], |feature| &feature.shelves[..]) {
            let Some(shelf) = self.state.shelves.get(*no) else { continue };
            let AskerKey::Shared(Some(key)) = self.key_of(asker, shelf.item.seat_basis) else {
                continue;
            };
            let may_use = |pool: PoolNo| {
                self.access.pools().contains(&pool)
                    || self.opened_by_reservations(asker, *no).any(|opened| opened == pool)
            };
            let first = GroupKey { shelf: *no, key, pool: None };
            let groups = self.state.groups.range(first..);
            let groups = groups.take_while(|(at, _)| (at.shelf, at.key) == (*no, key));
            let groups = groups.filter(|(at, group)| group.is_idle() && !may_use(at.pool));
            let untouched = groups.filter(|(at, _)| !self.groups.contains_key(&(at.bin(), key)));
            found.extend(untouched.map(|(at, _)| *at));
        }
        found
    }

    /// Pools that the rules don't let the asker use, but in which something of the item is reserved for it.
    pub(crate) fn opened_by_reservations(
        &self,
        asker: &Holder,
        shelf: No<Shelf>,
    ) -> impl Iterator<Item = PoolNo> {
        let members = self.state.book.members_of(asker);
        let stakes = &self.state.book.stakes;
        let bins = (!members.is_none()).then(|| stakes.bins_from(Bin { shelf, pool: None }));
        let bins = bins.into_iter().flatten().take_while(move |bin| bin.shelf == shelf);
        let is_own =
            move |bin: &Bin| members.in_order().any(|member| stakes.of_member(*bin, member).0 > 0);
        bins.filter(is_own).map(|bin| bin.pool).filter(|pool| !self.access.pools().contains(pool))
    }

    /// How many seats of its group the asker may share, and how many of them will count against its reservation, of
    /// which `idle` seats are left. Of an item that has less than is in use only the oldest groups are shared on, of the
    /// others what is reserved for the asker itself: else they would stay in use for ever.
    pub(crate) fn shared_on(
        &self,
        shelf: &Shelf,
        (bin, key, group): (Bin, AskerKey, Option<&Group>),
        (asker, idle): (&Holder, u64),
    ) -> (u32, u32) {
        let (AskerKey::Shared(Some(seat_key)), Some(group)) = (key, group) else {
            return (0, 0);
        };
        let members = self.state.book.members_of(asker);
        let (claimed, own) = self.covers.claimed(&self.state.book, (bin, seat_key), members);
        let open = group.size - claimed.min(group.size);
        let counted = open.min(u32::try_from(idle).unwrap_or(u32::MAX));
        let seated = Seated::Group(bin, seat_key);
        match self.state.goes_on(shelf, &seated, (group.first, group.size)) {
            Ok(()) => (group.size, counted),
            Err(_) => (group.size.min(own.saturating_add(counted)), counted),
        }
    }

    /// True from the moment that this decision ends the lease.
    pub(crate) fn has_ended(&self, lease: LeaseId) -> bool {
        self.ended.contains(&lease)
    }

    /// This decision renews the lease: nothing in it takes the lease over.
    pub(crate) fn keep(&mut self, lease: LeaseId) {
        self.kept.insert(lease);
    }

    /// True when a new process of its owner may take the lease over.
    pub(crate) fn can_be_taken_over(&self, asker: &Holder, lease: &Lease) -> bool {
        let decided = self.ended.contains(&lease.id) || self.kept.contains(&lease.id);
        let is_here = !lease.dropped && lease.borrow_seconds.is_none();
        !decided && is_here && !self.is_same_process(asker, lease)
    }

    /// The group whose seats the asker may share.
    pub(crate) fn group(&self, bin: Bin, key: AskerKey) -> Option<&Group> {
        let AskerKey::Shared(Some(key)) = key else { return None };
        let changed = self.groups.get(&(bin, key));
        changed.or_else(|| self.known_group(bin, key))
    }

    fn known_group(&self, Bin { shelf, pool }: Bin, key: SeatKey) -> Option<&Group> {
        self.state.groups.get(&GroupKey { shelf, key, pool })
    }

    /// True when a lease shares a seat of this item under this key, in whatever pool.
    pub(crate) fn is_shared_by(&self, no: No<Shelf>, key: AskerKey) -> bool {
        matches!(key, AskerKey::Shared(Some(key)) if self.shares(no, key))
    }

    /// The same, or the seat is kept for a named user who has no lease.
    pub(crate) fn has_group(&self, no: No<Shelf>, key: AskerKey) -> bool {
        let AskerKey::Shared(Some(key)) = key else { return false };
        let first = GroupKey { shelf: no, key, pool: None };
        let mut known = self.state.groups.range(first..).map(|(place, _)| (place.shelf, place.key));
        self.shares(no, key) || known.next() == Some((no, key))
    }

    fn shares(&self, no: No<Shelf>, key: SeatKey) -> bool {
        let mut changed = self.groups.iter().filter(|((bin, k), _)| bin.shelf == no && *k == key);
        if changed.any(|(_, group)| !group.is_idle()) {
            return true;
        }
        let first = GroupKey { shelf: no, key, pool: None };
        let known = self.state.groups.range(first..);
        let known = known.take_while(|(place, _)| (place.shelf, place.key) == (no, key));
        let mut known = known.filter(|(place, _)| !self.groups.contains_key(&(place.bin(), key)));
        known.any(|(_, group)| !group.is_idle())
    }

    /// True when the asker holds, or is being granted, a lease of this item under the key that counts for it: the
    /// seat key, or the device where every checkout has its own seats.
    pub(crate) fn holds(&self, asker: &Holder, no: No<Shelf>, key: AskerKey) -> bool {
        let AskerKey::Own = key else { return self.is_shared_by(no, key) };
        let is_opened = |device| self.opened.contains(&(device, no));
        self.device_no(&asker.host).is_some_and(is_opened)
            || self.state.leases_of_host(&asker.host).any(|lease| {
                !self.has_ended(lease.id)
                    && lease.parts.as_slice().iter().any(|part| part.shelf == no)
            })
    }

    /// Seats of a feature that a device has from a named pool, with those that this decision gives it.
    pub(crate) fn held_from(&self, device: &HostId, feature: No<Feature>, pool: No<Pool>) -> u64 {
        let fresh = |device| self.fresh.get(&(device, feature, pool)).copied();
        let mut held = self.device_no(device).and_then(fresh).unwrap_or(0);
        let mut counted: BTreeSet<GroupKey> = BTreeSet::new();
        let leases = self.state.leases_of_host(device);
        for lease in leases.filter(|lease| lease.feature == feature && !self.has_ended(lease.id)) {
            for part in lease.parts.as_slice().iter().filter(|part| part.pool == Some(pool)) {
                held += match lease.group_of(part) {
                    None => u64::from(part.count),
                    Some(place) if counted.insert(place) => {
                        let size = self.state.groups.get(&place).map_or(0, |group| group.size);
                        let shrunk = self.shrunk.get(&(place.bin(), place.key)).unwrap_or(&0);
                        u64::from(size.saturating_sub(*shrunk))
                    }
                    Some(_) => 0,
                };
            }
        }
        held
    }

    /// So many seats that are free of an item in a pool are kept for somebody who waits.
    pub(crate) fn keep_free(&mut self, bin: Bin, seats: u64) {
        let kept = self.kept_free.entry(bin).or_default();
        *kept = kept.saturating_add(seats);
    }

    /// True where something of what is free is kept for somebody else, who waits.
    pub(crate) fn is_kept(&self, bin: Bin) -> bool {
        self.kept_free.contains_key(&bin)
    }

    /// What of a source is kept for nobody who waits. What this decision frees later comes on top of that.
    pub(crate) fn not_kept(&self, bin: Bin, open: Source) -> Source {
        let Some(kept) = self.kept_free.get(&bin) else { return open };
        let regular = open.regular.map(|free| free.saturating_sub(*kept));
        // Regular seats go first, also to who waits.
        let rest = kept.saturating_sub(open.regular.unwrap_or(u64::MAX));
        let overdraft = open.overdraft.map(|free| free.saturating_sub(rest));
        Source { regular, overdraft, ..open }
    }

    /// Ends a lease of who asks.
    pub(crate) fn end(&mut self, lease: &Lease) {
        if !self.ended.insert(lease.id) {
            return;
        }
        for part in lease.parts.as_slice() {
            let Some(GroupKey { key, .. }) = lease.group_of(part) else {
                self.covers.end(&self.state.book, part.bin(), lease.id);
                self.give(lease.feature, part.bin(), part.count, part.seats.runs());
                continue;
            };
            let place = (part.bin(), key);
            let Some(mut group) = self.group_at(place) else { continue };
            group.leave(part.count);
            if group.is_idle() && self.state.kept_until(part.shelf, &group) > self.now.at {
                self.groups.insert(place, group);
            } else {
                self.shrink(lease.feature, place, group);
            }
        }
    }

    /// Gives up seats that are only kept for a named user.
    pub(crate) fn let_go(&mut self, feature: No<Feature>, place: GroupKey) {
        let place = (place.bin(), place.key);
        if let Some(group) = self.group_at(place) {
            self.shrink(feature, place, group);
        }
    }

    fn group_at(&self, place: GroupPlace) -> Option<Group> {
        self.groups.get(&place).or_else(|| self.known_group(place.0, place.1)).cloned()
    }

    fn shrink(&mut self, feature: No<Feature>, place: GroupPlace, mut group: Group) {
        let (given_up, freed) = group.shrink();
        self.covers.shrink(&self.state.book, place, group.size);
        *self.shrunk.entry(place).or_default() += given_up;
        self.give(feature, place.0, given_up, &freed);
        self.groups.insert(place, group);
    }

    fn give(&mut self, feature: No<Feature>, bin: Bin, count: u32, runs: &[SeatRange]) {
        *self.used.entry(bin).or_default() -= i64::from(count);
        self.seats.entry(feature).or_default().give(runs);
    }

    /// True when so many seat numbers of a feature are left.
    pub(crate) fn has_numbers(&self, feature: No<Feature>, count: u32) -> bool {
        let none = SeatChanges::default();
        let changes = self.seats.get(&feature).unwrap_or(&none);
        self.state.features.get(feature).is_some_and(|feature| feature.seats.has(count, changes))
    }

    /// Takes the seats of a plan for who asks. None, and nothing is changed: what was planned is not in the state.
    pub(crate) fn grant(
        &mut self,
        asked: &Checkout,
        feature: &FeatureRequest,
        plan: &Plan,
    ) -> Option<Granted> {
        let name = &self.state.features.get(plan.feature)?.name;
        let is_known =
            |part: &PlannedPart| self.state.shelves.get(part.candidate.bin.shelf).is_some();
        if !plan.parts.iter().all(is_known) {
            return None;
        }
        let lease = self.next_lease;
        let at = self.now.at;
        let members = self.state.book.members_of(&asked.holder);
        let mut parts = Vec::with_capacity(plan.parts.len());
        for part in &plan.parts {
            parts.push(self.take(plan.feature, lease, (&asked.holder, members), part)?);
        }
        self.next_lease = LeaseId(lease.0 + 1);
        let settings = &self.state.settings;
        let percents = (settings.renew_percent, settings.renew_jitter_percent);
        Some(Granted {
            lease,
            at,
            expires: plan.expires,
            renew_after: renew_after(self.state.seed, lease, (at, plan.expires), percents),
            holder: asked.holder.clone(),
            feature: name.to_string(),
            version: plan.version,
            count: plan.count,
            parts,
            code: plan.code.word().into(),
            sequence: self.state.container.sequence(),
            borrow_seconds: asked.borrow_seconds,
            shortened_by: plan.shortened_by,
            granularity: asked.granularity,
            dictionary: asked.dictionary.clone(),
            client_key: asked.client_key.clone(),
            signed_by: asked.signed_by,
            rule: self.access.rule(),
            nonce: asked.nonce.clone(),
            request: asked.request,
            asked: Asked::beyond(asked, feature, (plan.version, plan.count)).stored(),
        })
    }

    fn take(
        &mut self,
        feature: No<Feature>,
        lease: LeaseId,
        (holder, asker): (&Holder, Members),
        part: &PlannedPart,
    ) -> Option<Part> {
        let Candidate { bin, .. } = part.candidate;
        let shelf = self.state.shelves.get(bin.shelf)?;
        let count = part.shared + part.fresh;
        let is_counted = !shelf.is_uncounted();
        let fresh = if is_counted && part.fresh > 0 {
            let changes = self.seats.entry(feature).or_default();
            let fresh = self.state.features.get(feature)?.seats.lowest(part.fresh, changes);
            changes.take(&fresh);
            fresh
        } else {
            Vec::new()
        };
        let seats = match self.meet(holder, shelf.item.seat_basis) {
            None => {
                self.covers.take(&self.state.book, bin, asker, u64::from(part.fresh));
                fresh
            }
            Some(key) => {
                let opened = || Group::new(lease, self.now.at);
                let known = self.group(bin, AskerKey::Shared(Some(key)));
                let mut group = known.cloned().unwrap_or_else(opened);
                group.join(count, &fresh);
                let (seats, _) = group.seats.split(count);
                let size = group.size;
                self.groups.insert((bin, key), group);
                self.covers.join(&self.state.book, (bin, key), asker, (count, size));
                seats
            }
        };
        *self.used.entry(bin).or_default() += i64::from(part.fresh);
        if shelf.item.exclusive {
            let device = self.meet_device(&holder.host);
            self.opened.insert((device, bin.shelf));
        }
        if let Some(pool) = bin.pool {
            let device = self.meet_device(&holder.host);
            *self.fresh.entry((device, feature, pool)).or_default() += u64::from(part.fresh);
        }
        let pool = self.state.stored_pool(bin.pool);
        Some(Part { item: shelf.item.id.clone(), count, seats, pool })
    }

    /// Uses up units of a metered item.
    pub(crate) fn spend(&mut self, asker: &Holder, bin: Bin, count: u64) {
        let members = self.state.book.members_of(asker);
        self.covers.take(&self.state.book, bin, members, count);
        let used = self.used.entry(bin).or_default();
        *used = used.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The number of a denial.
    pub(crate) fn number_denial(&mut self) -> DenialId {
        let id = self.next_denial;
        self.next_denial = DenialId(id.0 + 1);
        id
    }

    /// Uses that can be taken back for ever, with those that this decision records.
    pub(crate) fn uses_for_ever(&self) -> u64 {
        self.state.usage.for_ever() + (self.next_usage.0 - self.state.usage.next().0)
    }

    /// The number of a metered use.
    pub(crate) fn number_usage(&mut self) -> UsageId {
        let id = self.next_usage;
        self.next_usage = UsageId(id.0 + 1);
        id
    }

    /// True when a lease belongs to exactly the process that asks.
    fn is_same_process(&self, asker: &Holder, lease: &Lease) -> bool {
        let HolderNo { device, process, .. } = lease.holder;
        let asking = asker.process.as_deref().and_then(|process| self.state.names.find(process));
        process.is_some()
            && process == asking
            && self.state.devices.find(&asker.host) == Some(device)
    }
}
