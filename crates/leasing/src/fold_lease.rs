//! How leases begin, move their end and end: the part of `apply` that touches seats.
//!
//! Invariants: every seat that a lease or group takes is given back exactly once; the index of ends has every live
//! lease; things that leases share are counted, so that the last lease takes them along.
//! Deliberately not here: any choice. An event that does not fit the state is a broken ledger: debug builds stop.

use crate::actor::Ending;
use crate::dictionary::Dictionary;
use crate::event::{Granted, Part};
use crate::group::Group;
use crate::ids::No;
use crate::lease::{
    Device, Facts, GrantCode, GroupKey, HolderNo, Lease, LeasePart, Name, Parts, SeatKey, Signer,
    seat_key,
};
use crate::reservation::Seated;
use crate::seats::Seats;
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use std::num::NonZeroU32;
use std::time::Duration;
use tenure_document::{Holder, LeaseId, SeatBasis, SeatRange, Time};

impl Leasing {
    pub(crate) fn begin_lease(&mut self, granted: &Granted) {
        let feature = self.feature_no(&granted.feature);
        let holder = self.intern_holder(&granted.holder, granted.at);
        let mut parts = Vec::with_capacity(granted.parts.len());
        for part in &granted.parts {
            parts.extend(self.begin_part(granted, feature, holder, part));
        }
        let signer = Signer::id_of(granted.client_key.as_ref(), granted.signed_by)
            .map(|id| self.signers.intern(&id, || Signer::new(id, granted.client_key.clone())));
        let Some(parts) = Parts::of(parts) else {
            debug_assert!(false, "a lease without parts");
            return;
        };
        let id = granted.lease;
        let lease = Lease {
            id,
            feature,
            holder,
            signer,
            version: granted.version,
            parts,
            granted: granted.at,
            renewed: granted.at,
            expires: granted.expires,
            borrow_seconds: granted
                .borrow_seconds
                .and_then(|seconds| NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX))),
            granularity: granted.granularity,
            code: GrantCode::from_word(&granted.code),
            dropped: false,
        };
        self.next_lease = LeaseId(id.0 + 1);
        self.put_lease(lease, &granted.dictionary);
        self.note_in_series(feature, |hour| hour.granted += 1);
    }

    /// Puts a lease into the state and its indices.
    pub(crate) fn put_lease(&mut self, lease: Lease, facts: &Dictionary) {
        let Lease { id, feature, holder, expires, .. } = lease;
        if !facts.is_empty() {
            let no = self.facts.intern(facts, || Facts(facts.clone()));
            self.told.insert(id, no);
        }
        if let Some(device) = self.devices.get_mut(holder.device) {
            device.leases.insert(id);
        }
        self.by_owner.extend(holder.owner.map(|owner| (owner, feature, id)));
        self.leases.insert(id, Box::new(lease));
        self.index_end(feature, id, None, Some(expires));
    }

    fn begin_part(
        &mut self,
        granted: &Granted,
        feature: No<Feature>,
        holder: HolderNo,
        part: &Part,
    ) -> Option<LeasePart> {
        let Some(no) = self.shelves.find(part.item.as_str()) else {
            debug_assert!(false, "no item {:?}", part.item);
            return None;
        };
        let basis = self.shelves.get(no)?.item.seat_basis;
        let pool = self.hold_pool(part.pool.as_deref());
        let seats = Seats::of(part.seats.clone());
        let key = seat_key(basis, holder);
        let (grown, own) = match key {
            None => {
                let seated = Seated::Lease(Bin { shelf: no, pool }, granted.lease);
                self.cover(seated, &granted.holder, part.count);
                self.take_seats(feature, seats.runs());
                (part.count, seats)
            }
            Some(key) => {
                let place = GroupKey { shelf: no, key, pool };
                (self.join_group(granted, feature, place, (part.count, &seats)), Seats::None)
            }
        };
        self.use_seats(Bin { shelf: no, pool }, grown);
        self.note_used(Bin { shelf: no, pool }, i64::from(grown));
        let shelf = self.shelves.get_mut(no)?;
        if granted.borrow_seconds.is_some() {
            shelf.borrowed += u64::from(part.count);
        }
        let shared = key.map(|_| basis);
        Some(LeasePart { shelf: no, count: part.count, seats: own, shared, pool })
    }

    /// A lease joins the group of its seat key, which is opened where it is new. Says by how much the group grew.
    fn join_group(
        &mut self,
        granted: &Granted,
        feature: No<Feature>,
        place: GroupKey,
        (count, seats): (u32, &Seats),
    ) -> u32 {
        if !self.groups.contains_key(&place) {
            self.hold_key(place.key);
            place.pool.into_iter().for_each(|pool| self.pools.hold(pool));
            self.groups.insert(place, Group::new(granted.lease, granted.at));
        }
        let Some(group) = self.groups.get_mut(&place) else { return 0 };
        if let Some(until) = group.kept_until {
            self.kept_seats.remove(&(until, place));
        }
        let before = group.size;
        let (shared, _) = group.seats.split(count.min(before));
        let shared: u32 = shared.iter().map(|run| run.seats()).sum();
        let (_, fresh) = seats.split(shared);
        group.join(count, &fresh);
        let (first, size) = (group.first, group.size);
        self.take_seats(feature, &fresh);
        // Whoever waits may share the seats of a group that is new here.
        self.queue.stir(feature);
        // As when entries are placed anew: what a member shares counts for it, as far as nobody else's reservation has it.
        let open = count.min(size - self.book.stakes.claimed(&place.seated()).min(size));
        let covered = self.cover(place.seated(), &granted.holder, open);
        let grown = i64::from(size) - i64::from(before);
        self.note_claim(place.bin(), first, grown);
        self.note_open(place.bin(), first, grown - i64::from(covered));
        size - before
    }

    /// Moves the end of a lease.
    pub(crate) fn move_end(&mut self, id: LeaseId, renewed: Option<Time>, expires: Time) {
        let Some(lease) = self.leases.get_mut(&id) else {
            debug_assert!(false, "no lease {id}");
            return;
        };
        let (feature, before) = (lease.feature, lease.expires);
        lease.expires = expires;
        lease.renewed = renewed.unwrap_or(lease.renewed);
        if let Some(at) = renewed
            && let Some(device) = self.devices.get_mut(lease.holder.device)
        {
            device.seen = at;
        }
        self.index_end(feature, id, Some(before), Some(expires));
    }

    pub(crate) fn end_lease(&mut self, id: LeaseId, ending: Ending, at: Time) {
        let Some(lease) = self.leases.remove(&id) else {
            debug_assert!(false, "no lease {id}");
            return;
        };
        if let Some(device) = self.devices.get_mut(lease.holder.device) {
            device.leases.remove(id);
        }
        if let Some(owner) = lease.holder.owner {
            self.by_owner.remove(&(owner, lease.feature, id));
        }
        if let Some(facts) = self.told.remove(&id) {
            self.facts.let_go(facts);
        }
        self.index_end(lease.feature, id, Some(lease.expires), None);
        for part in lease.parts.as_slice() {
            self.end_part(&lease, part, at);
        }
        self.let_go_holder(lease.holder);
        if let Some(signer) = lease.signer {
            self.signers.let_go(signer);
        }
        self.endings.note(id, ending);
    }

    fn end_part(&mut self, lease: &Lease, part: &LeasePart, at: Time) {
        if lease.borrow_seconds.is_some()
            && let Some(shelf) = self.shelves.get_mut(part.shelf)
        {
            shelf.borrowed = shelf.borrowed.saturating_sub(u64::from(part.count));
        }
        let Some(place) = lease.group_of(part) else {
            self.give_seats(lease.feature, part.seats.runs());
            let covered = self.uncover(Seated::Lease(part.bin(), lease.id), 0);
            self.unuse(part.bin(), part.count);
            self.note_claim(part.bin(), lease.id, -i64::from(part.count));
            self.note_open(part.bin(), lease.id, i64::from(covered) - i64::from(part.count));
            self.let_go_pool(part.pool);
            return;
        };
        self.end_shared(lease, place, part.count, at);
        self.let_go_pool(part.pool);
    }

    fn end_shared(&mut self, lease: &Lease, place: GroupKey, count: u32, at: Time) {
        let Some(group) = self.groups.get_mut(&place) else {
            debug_assert!(false, "no group {place:?}");
            return;
        };
        group.leave(count);
        let until = kept_until(self.shelves.get(place.shelf), group);
        if group.is_idle() && until > at {
            group.kept_until = Some(until);
            self.kept_seats.insert((until, place));
            return;
        }
        self.shrink_group(lease.feature, place);
    }

    /// Until when the seats of a group stay with their named user at least.
    pub(crate) fn kept_until(&self, no: No<Shelf>, group: &Group) -> Time {
        kept_until(self.shelves.get(no), group)
    }

    /// Gives up the seats of a group that no lease needs, and an empty group as a whole.
    pub(crate) fn shrink_group(&mut self, feature: No<Feature>, place: GroupKey) {
        let Some(group) = self.groups.get_mut(&place) else { return };
        let (given_up, freed) = group.shrink();
        let (first, size, kept_until) = (group.first, group.size, group.kept_until);
        if size == 0 {
            self.groups.remove(&place);
            self.let_go_key(place.key);
            if let Some(until) = kept_until {
                self.kept_seats.remove(&(until, place));
            }
        }
        self.give_seats(feature, &freed);
        let covered = self.uncover(place.seated(), size);
        self.unuse(place.bin(), given_up);
        self.note_claim(place.bin(), first, -i64::from(given_up));
        self.note_open(place.bin(), first, i64::from(covered) - i64::from(given_up));
        if size == 0 {
            self.let_go_pool(place.pool);
        }
    }

    /// Frees the seats of an item that are only kept for named users.
    pub(crate) fn free_kept(&mut self, no: No<Shelf>) {
        let kept: Vec<GroupKey> = self
            .groups_of(no)
            .filter(|(_, group)| group.is_idle())
            .map(|(place, _)| place)
            .collect();
        let Some(feature) = self.shelves.get(no).map(|shelf| shelf.feature) else { return };
        for place in kept {
            self.shrink_group(feature, place);
        }
    }

    pub(crate) fn take_seats(&mut self, feature: No<Feature>, runs: &[SeatRange]) {
        if let Some(feature) = self.features.get_mut(feature) {
            runs.iter().for_each(|run| feature.seats.take(*run));
        }
    }

    fn give_seats(&mut self, feature: No<Feature>, runs: &[SeatRange]) {
        // Whoever waits does not wait for what there was enough of before.
        if !self.has_plenty(feature, 0) {
            self.queue.stir(feature);
        }
        if let Some(feature) = self.features.get_mut(feature) {
            runs.iter().for_each(|run| feature.seats.give(*run));
        }
    }

    fn index_end(&mut self, no: No<Feature>, id: LeaseId, old: Option<Time>, new: Option<Time>) {
        let Some(feature) = self.features.get_mut(no) else { return };
        let before = feature.ends.first().map(|end| end.0);
        if let Some(old) = old {
            feature.ends.remove(&(old, id));
        }
        feature.ends.extend(new.map(|new| (new, id)));
        let after = feature.ends.first().map(|end| end.0);
        if before != after {
            if let Some(before) = before {
                self.first_ends.remove(&(before, no));
            }
            self.first_ends.extend(after.map(|after| (after, no)));
        }
    }

    fn intern_holder(&mut self, holder: &Holder, at: Time) -> HolderNo {
        let device =
            self.devices.intern(&holder.host, || Device::new(&holder.host, holder.kind, at));
        if let Some(device) = self.devices.get_mut(device) {
            device.kind = holder.kind;
            device.seen = at;
            if let Some(name) = holder.name.as_deref()
                && device.name.as_deref() != Some(name)
            {
                device.name = Some(name.into());
            }
        }
        let mut name = |text: &Option<String>| {
            let text = text.as_deref()?;
            Some(self.names.intern(text, || Name(text.into())))
        };
        HolderNo {
            device,
            user: name(&holder.user),
            session: name(&holder.session),
            process: name(&holder.process),
            owner: name(&holder.owner),
        }
    }

    fn let_go_holder(&mut self, holder: HolderNo) {
        let HolderNo { device, user, session, process, owner } = holder;
        self.devices.let_go(device);
        [user, session, process, owner]
            .into_iter()
            .flatten()
            .for_each(|name| self.names.let_go(name));
    }

    pub(crate) fn hold_key(&mut self, key: SeatKey) {
        match key {
            SeatKey::Session(device, session) => {
                self.devices.hold(device);
                session.into_iter().for_each(|name| self.names.hold(name));
            }
            SeatKey::Device(device) => self.devices.hold(device),
            SeatKey::User(user) => self.names.hold(user),
        }
    }

    fn let_go_key(&mut self, key: SeatKey) {
        match key {
            SeatKey::Session(device, session) => {
                self.devices.let_go(device);
                session.into_iter().for_each(|name| self.names.let_go(name));
            }
            SeatKey::Device(device) => self.devices.let_go(device),
            SeatKey::User(user) => self.names.let_go(user),
        }
    }
}

fn kept_until(shelf: Option<&Shelf>, group: &Group) -> Time {
    let named = shelf.filter(|shelf| shelf.present && shelf.item.seat_basis == SeatBasis::User);
    let days = named.map_or(0, |shelf| shelf.item.min_named_user_days);
    group.opened.plus(Duration::from_secs(86_400) * days)
}
