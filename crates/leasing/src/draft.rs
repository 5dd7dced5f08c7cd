//! A decision under way: the state as it will be when the events found so far have been applied.
//!
//! Invariants: the state itself is only read; a draft is small (it holds differences) and cheap to copy, so that a step
//! which fails is undone by going back to a copy; seats freed here can be granted here.
//! Deliberately not here: what to grant or end (checkout, device_set, metering).

use crate::access::Access;
use crate::asked::Asked;
use crate::event::{Granted, Part};
use crate::group::Group;
use crate::ids::{DenialId, No, UsageId};
use crate::lease::{GroupKey, HolderNo, Lease, SeatKey};
use crate::plan::{AskerKey, Candidate, Plan, PlannedPart};
use crate::request::{Checkout, FeatureRequest};
use crate::reserved::Reserved;
use crate::seats::SeatChanges;
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use crate::term::{Now, renew_after};
use std::collections::{BTreeMap, BTreeSet};
use tenure_container::Rights;
use tenure_document::{Holder, LeaseId, SeatBasis, SeatRange};

/// Where a group stands; none: the seat key is new.
type GroupPlace = (Bin, Option<SeatKey>);

/// A decision under way.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'a> {
    pub(crate) state: &'a Leasing,
    pub(crate) now: Now,
    pub(crate) rights: Rights,
    access: Access,
    used: BTreeMap<Bin, i64>,
    spent: BTreeMap<Bin, u64>,
    seats: BTreeMap<No<Feature>, SeatChanges>,
    groups: BTreeMap<GroupPlace, Group>,
    ended: BTreeSet<LeaseId>,
    kept: BTreeSet<LeaseId>,
    opened: BTreeSet<No<Shelf>>,
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
            used: BTreeMap::new(),
            spent: BTreeMap::new(),
            seats: BTreeMap::new(),
            groups: BTreeMap::new(),
            ended: BTreeSet::new(),
            kept: BTreeSet::new(),
            opened: BTreeSet::new(),
            next_lease: state.next_lease,
            next_denial: state.denials.next(),
            next_usage: state.usage.next(),
        }
    }

    /// The pools that who asks may use.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// What of an item in a pool is in use, or used up.
    pub(crate) fn taken(&self, bin: Bin, shelf: &Shelf) -> u64 {
        let spent = self.spent.get(&bin).copied().unwrap_or(0);
        let used = self.used.get(&bin).copied().unwrap_or(0);
        shelf.taken().saturating_add(spent).saturating_add_signed(used)
    }

    /// What reservations keep of an item in a pool, as this asker sees it.
    pub(crate) fn reserved(&self, _asker: &Holder, _bin: Bin) -> Reserved {
        Reserved::default()
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
        let AskerKey::Shared(key) = key else { return None };
        let changed = self.groups.get(&(bin, key));
        changed.or_else(|| self.known_group(bin, key?))
    }

    fn known_group(&self, Bin { shelf, pool }: Bin, key: SeatKey) -> Option<&Group> {
        self.state.groups.get(&GroupKey { shelf, key, pool })
    }

    /// True when a lease shares a seat of this item under this key, in whatever pool.
    fn shares(&self, no: No<Shelf>, key: Option<SeatKey>) -> bool {
        let mut changed = self.groups.iter().filter(|((bin, k), _)| bin.shelf == no && *k == key);
        if changed.any(|(_, group)| !group.is_idle()) {
            return true;
        }
        let Some(key) = key else { return false };
        let first = GroupKey { shelf: no, key, pool: None };
        let known = self.state.groups.range(first..);
        let known = known.take_while(|(place, _)| (place.shelf, place.key) == (no, key));
        let mut known =
            known.filter(|(place, _)| !self.groups.contains_key(&(place.bin(), Some(key))));
        known.any(|(_, group)| !group.is_idle())
    }

    /// True when the asker holds, or is being granted, a lease of this item under the key that counts for it: the
    /// seat key, or the device where every checkout has its own seats.
    pub(crate) fn holds(&self, asker: &Holder, no: No<Shelf>, key: AskerKey) -> bool {
        if self.opened.contains(&no) {
            return true;
        }
        match key {
            AskerKey::Shared(key) => self.shares(no, key),
            AskerKey::Own => self.state.leases_of_host(&asker.host).any(|lease| {
                !self.has_ended(lease.id)
                    && lease.parts.as_slice().iter().any(|part| part.shelf == no)
            }),
        }
    }

    /// Ends a lease.
    pub(crate) fn end(&mut self, lease: &Lease) {
        if !self.ended.insert(lease.id) {
            return;
        }
        for part in lease.parts.as_slice() {
            let Some(GroupKey { key, .. }) = lease.group_of(part) else {
                self.give(lease.feature, part.bin(), part.count, part.seats.runs());
                continue;
            };
            let place = (part.bin(), Some(key));
            let known = self.groups.get(&place).or_else(|| self.known_group(part.bin(), key));
            let Some(mut group) = known.cloned() else { continue };
            group.leave(part.count);
            let kept = group.is_idle() && self.state.kept_until(part.shelf, &group) > self.now.at;
            if !kept {
                let (given_up, freed) = group.shrink();
                self.give(lease.feature, part.bin(), given_up, &freed);
            }
            self.groups.insert(place, group);
        }
    }

    fn give(&mut self, feature: No<Feature>, bin: Bin, count: u32, runs: &[SeatRange]) {
        *self.used.entry(bin).or_default() -= i64::from(count);
        self.seats.entry(feature).or_default().give(runs);
    }

    /// Takes the seats of a plan for who asks.
    pub(crate) fn grant(
        &mut self,
        asked: &Checkout,
        feature: &FeatureRequest,
        plan: &Plan,
    ) -> Option<Granted> {
        let lease = self.next_lease;
        let at = self.now.at;
        let mut parts = Vec::with_capacity(plan.parts.len());
        for part in &plan.parts {
            parts.push(self.take(plan.feature, lease, part)?);
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
            feature: self.state.features.get(plan.feature)?.name.to_string(),
            version: plan.version,
            count: plan.count,
            parts,
            code: plan.code.word().to_owned(),
            sequence: self.state.container.sequence(),
            borrow_seconds: asked.borrow_seconds,
            granularity: asked.granularity,
            dictionary: asked.dictionary.clone(),
            client_key: asked.client_key.clone(),
            signed_by: asked.signed_by,
            nonce: asked.nonce.clone(),
            request: asked.request,
            asked: Asked::beyond(asked, feature, (plan.version, plan.count)).stored(),
        })
    }

    fn take(&mut self, feature: No<Feature>, lease: LeaseId, part: &PlannedPart) -> Option<Part> {
        let Candidate { bin, key, .. } = part.candidate;
        let item = &self.state.shelves.get(bin.shelf)?.item;
        let count = part.shared + part.fresh;
        let is_counted = item.capacity() != tenure_document::Capacity::Unlimited;
        let fresh = if is_counted && part.fresh > 0 {
            let changes = self.seats.entry(feature).or_default();
            let fresh = self.state.features.get(feature)?.seats.lowest(part.fresh, changes);
            changes.take(&fresh);
            fresh
        } else {
            Vec::new()
        };
        let seats = match key {
            AskerKey::Own => fresh,
            AskerKey::Shared(seat_key) => {
                let opened = || Group::new(lease, self.now.at);
                let mut group = self.group(bin, key).cloned().unwrap_or_else(opened);
                group.join(count, &fresh);
                let (seats, _) = group.seats.split(count);
                self.groups.insert((bin, seat_key), group);
                seats
            }
        };
        *self.used.entry(bin).or_default() += i64::from(part.fresh);
        self.opened.insert(bin.shelf);
        let pool = self.state.stored_pool(bin.pool);
        Some(Part { item: item.id.clone(), count, seats, pool })
    }

    /// Uses up units of a metered item.
    pub(crate) fn spend(&mut self, bin: Bin, count: u64) {
        let spent = self.spent.entry(bin).or_default();
        *spent = spent.saturating_add(count);
    }

    /// The number of a denial.
    pub(crate) fn number_denial(&mut self) -> DenialId {
        let id = self.next_denial;
        self.next_denial = DenialId(id.0 + 1);
        id
    }

    /// The number of a metered use.
    pub(crate) fn number_usage(&mut self) -> UsageId {
        let id = self.next_usage;
        self.next_usage = UsageId(id.0 + 1);
        id
    }

    /// The seat key of who asks.
    pub(crate) fn key_of(&self, asker: &Holder, basis: SeatBasis) -> AskerKey {
        let device = self.state.devices.find(&asker.host);
        let name = |text: &str| self.state.names.find(text);
        let key = match (basis, asker.session.as_deref(), asker.user.as_deref()) {
            (SeatBasis::Process, _, _) => return AskerKey::Own,
            (SeatBasis::Session, Some(session), _) => device
                .zip(name(session))
                .map(|(device, session)| SeatKey::Session(device, Some(session))),
            (SeatBasis::Session, None, _) => device.map(|device| SeatKey::Session(device, None)),
            (SeatBasis::User, _, Some(user)) => name(user).map(SeatKey::User),
            (SeatBasis::Device | SeatBasis::User, _, _) => device.map(SeatKey::Device),
        };
        AskerKey::Shared(key)
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
