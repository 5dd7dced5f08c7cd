//! How each event changes the state: the only way it changes.
//!
//! Invariants: total and without choices; the same events give the same state, also in a later release; what an event
//! does to seats stands in `fold_lease`. Deliberately not here: decisions.

use crate::actor::Ending;
use crate::event::{Batched, Consumed, DeviceDropped, Event, UsageBatch, UsagePart};
use crate::group::NamedSeat;
use crate::ids::UsageId;
use crate::lease::{GroupKey, SeatKey};
use crate::state::{Leasing, Suspension};
use crate::stock::Bin;
use crate::usage_book::{OpenUsage, ReservedUnits, Units};
use tenure_container::ContainerEvent;
use tenure_document::{Holder, KeyId, LeaseId, Time};

/// True for what may make room for somebody who waits, whatever the feature. Ends of leases say themselves whom they
/// concern.
fn may_serve_others(event: &Event) -> bool {
    !matches!(
        event,
        Event::Granted(_)
            | Event::Renewed(_)
            | Event::Released { .. }
            | Event::TakenOver { .. }
            | Event::Expired { .. }
            | Event::NotRenewed { .. }
            | Event::NotReleased { .. }
            | Event::Denied(_)
            | Event::Queued(_)
            | Event::Offered(_)
            | Event::Claimed { .. }
            | Event::Unqueued(_)
            | Event::Consumed(_)
            | Event::UsageBatch(_)
            | Event::LedgerArchived { .. }
    )
}

impl Leasing {
    /// Changes the state by one event of an entry made `at` this time.
    pub fn apply(&mut self, event: &Event, at: Time) {
        self.series.at = at;
        if may_serve_others(event) {
            self.queue.stir_all();
        }
        match event {
            Event::Granted(granted) => {
                let retry = self.settings.denial_retry_seconds;
                self.denials.recover(&granted.holder, &granted.feature, granted.at, retry);
                self.begin_lease(granted);
            }
            Event::Renewed(renewed) => {
                self.move_end(renewed.lease, Some(renewed.at), renewed.expires);
            }
            Event::Released { lease, .. } => self.end_lease(*lease, Ending::Released, at),
            Event::TakenOver { lease, .. } => self.end_lease(*lease, Ending::TakenOver, at),
            Event::Expired { leases, named } => self.expire(leases, named, at),
            Event::NotRenewed { .. } | Event::NotReleased { .. } => {}
            Event::Denied(denied) => {
                self.denials.note(denied, self.settings.denials_kept);
                self.note_denied(&denied.feature);
            }
            Event::Queued(queued) => {
                self.begin_waiting(queued);
                for feature in &queued.asked.features {
                    let no = self.feature_no(&feature.name);
                    self.note_in_series(no, |hour| hour.queued += 1);
                }
            }
            Event::Offered(offered) => self.begin_offer(offered),
            Event::Claimed { ticket, at, leases } => self.claim(*ticket, leases, *at),
            Event::Unqueued(unqueued) => self.end_waiting(unqueued),
            Event::Consumed(consumed) => self.consume(consumed),
            Event::UsageBatch(batch) => self.record(batch),
            Event::Undone { usage, .. } => self.undo(*usage),
            Event::Container(event) => self.apply_container(event),
            Event::DeviceDropped(dropped) => self.drop_device(dropped),
            Event::Suspended { by, reason } => {
                self.suspended = Some(Suspension { by: by.clone(), at, reason: reason.clone() });
            }
            Event::Resumed { .. } => self.suspended = None,
            Event::UsageReported { report, .. } => self.reports.add(report.clone()),
            Event::UsageReportTaken { to_sequence } => self.reports.take(*to_sequence),
            // A record for people: no decision looks at it.
            Event::LedgerArchived { .. } => {}
            Event::ModelSet(set) => self.begin_model(set, at),
            Event::ModelDeleted(deleted) => self.end_model(deleted, at),
            Event::Placed { at } => self.place(*at),
            Event::Reconciling { until, next_lease, .. } => {
                self.reconcile_until = self.reconcile_until.max(Some(*until));
                self.next_lease =
                    next_lease.map_or(self.next_lease, |next| next.max(self.next_lease));
            }
            Event::ReservationsSet { at, groups, .. } => self.set_reservations(groups, *at),
            Event::ReservationsDeleted { at, groups, .. } => {
                self.delete_reservations(groups.keys().copied(), *at);
            }
            Event::PropertiesSet { .. }
            | Event::UserSet { .. }
            | Event::UserDeleted { .. }
            | Event::ClientKeyAdded { .. }
            | Event::ClientKeyRevoked { .. } => self.apply_administration(event, at),
        }
        if may_move_reservations(event) {
            self.note_reserved();
        }
    }

    fn apply_administration(&mut self, event: &Event, at: Time) {
        match event {
            Event::PropertiesSet { changes, .. } => {
                self.properties.change(changes);
                self.settings = self.properties.settings();
            }
            Event::UserSet { user, .. } => {
                self.users.insert(user.name.clone(), user.clone());
            }
            Event::UserDeleted { name, .. } => {
                self.users.remove(name);
            }
            Event::ClientKeyAdded { key, .. } => {
                self.client_keys.insert(key.id, key.clone());
            }
            Event::ClientKeyRevoked { id, .. } => {
                if let Some(key) = self.client_keys.get_mut(id) {
                    key.revoked.get_or_insert(at);
                }
            }
            _ => debug_assert!(false, "not about administration"),
        }
    }

    fn expire(&mut self, leases: &[LeaseId], named: &[NamedSeat], at: Time) {
        for lease in leases {
            let dropped = self.leases.get(lease).is_some_and(|lease| lease.dropped);
            let ending = if dropped { Ending::Dropped } else { Ending::Expired };
            self.end_lease(*lease, ending, at);
        }
        for seat in named {
            let key = match (&seat.user, &seat.host) {
                (Some(user), _) => self.names.find(user.as_str()).map(SeatKey::User),
                (None, Some(host)) => self.devices.find(host).map(SeatKey::Device),
                (None, None) => None,
            };
            let no = self.shelves.find(seat.item.as_str());
            let pool = self.find_pool(seat.pool.as_deref());
            let Some(((shelf, key), pool)) = no.zip(key).zip(pool) else { continue };
            let Some(feature) = self.shelves.get(shelf).map(|shelf| shelf.feature) else {
                continue;
            };
            self.shrink_group(feature, GroupKey { shelf, key, pool });
        }
    }

    fn apply_container(&mut self, event: &ContainerEvent) {
        self.container.apply(event);
        if event.changes_items() {
            self.stock_up();
            self.place_anew();
        }
    }

    fn drop_device(&mut self, dropped: &DeviceDropped) {
        for id in &dropped.leases {
            let Some(lease) = self.leases.get_mut(id) else { continue };
            lease.dropped = true;
            let expires = lease.expires.min(dropped.until);
            self.move_end(*id, None, expires);
        }
    }

    fn consume(&mut self, consumed: &Consumed) {
        let Consumed { usage, at, parts, undo_until, signed_by, .. } = consumed;
        self.take_units((*usage, *at), &consumed.holder, parts, (*undo_until, *signed_by));
    }

    fn record(&mut self, batch: &UsageBatch) {
        for Batched { usage, parts, undo_until, .. } in &batch.entries {
            if let Some(usage) = usage {
                let until = (*undo_until, batch.signed_by);
                self.take_units((*usage, batch.at), &batch.holder, parts, until);
            }
        }
        self.usage.report((batch.holder.host.clone(), batch.client.clone()), batch.through);
    }

    fn take_units(
        &mut self,
        (usage, at): (UsageId, Time),
        holder: &Holder,
        parts: &[UsagePart],
        (until, signed_by): (Option<Time>, Option<KeyId>),
    ) {
        let mut reserved = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            match self.shelves.find(part.item.as_str()) {
                Some(shelf) => {
                    let pool = self.find_pool(part.pool.as_deref()).unwrap_or(None);
                    self.use_up(Bin { shelf, pool }, part.count);
                    let spent = self.spend_reserved(Bin { shelf, pool }, holder, part.count);
                    reserved.extend(spent.into_iter().map(|(host, count)| ReservedUnits {
                        host,
                        part: place,
                        count,
                    }));
                }
                None => debug_assert!(false, "no item {:?}", part.item),
            }
        }
        let units = |part: &UsagePart| Units::new(&part.item, part.count, part.pool.as_deref());
        let parts = parts.iter().map(units).collect();
        self.usage.add(usage, OpenUsage { parts, until, signed_by, reserved }, at);
    }

    fn undo(&mut self, usage: UsageId) {
        let Some(usage) = self.usage.remove(usage) else { return };
        for units in &usage.parts {
            if let Some(shelf) = self.shelves.find(units.item()) {
                let pool = self.find_pool(units.pool()).unwrap_or(None);
                self.take_back(Bin { shelf, pool }, units.count());
            }
        }
        for ReservedUnits { host, part, count } in &usage.reserved {
            if let Some(units) = usage.parts.get(*part) {
                self.unspend_reserved(units.item(), units.pool(), host, *count);
            }
        }
    }
}

/// Whether what is reserved may be another amount, or in another pool, after this event.
fn may_move_reservations(event: &Event) -> bool {
    matches!(
        event,
        Event::ReservationsSet { .. }
            | Event::ReservationsDeleted { .. }
            | Event::ModelSet(_)
            | Event::ModelDeleted(_)
            | Event::Placed { .. }
    ) || matches!(event, Event::Container(change) if change.changes_items())
}
