//! The story of one device: what it was granted, kept, gave back and was denied, and what was reserved for it, out of
//! the events in their order.
//!
//! Invariants: renewals of a lease that follow on each other are one row that counts them; nothing is told that the
//! events don't say, but for what the device held at the beginning, which the state then says.
//! Deliberately not here: reading the ledger (server).

use crate::event::{Event, Granted};
use crate::ids::{DenialId, ReservationGroupId, TicketId, UsageId};
use crate::reservation::{ReservationEntry, ReservationGroup};
use crate::state::Leasing;
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{HostId, LeaseId, Time, Version};

/// Something that happened to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// The entry of the ledger.
    pub sequence: u64,
    /// When; of several renewals the first.
    pub at: Time,
    /// When it last happened: of several renewals the last.
    pub last: Time,
    /// What, a kebab-case word.
    pub what: &'static str,
    /// The lease.
    pub lease: Option<LeaseId>,
    /// The denial.
    pub denial: Option<DenialId>,
    /// The use of a metered feature.
    pub usage: Option<UsageId>,
    /// The feature.
    pub feature: Option<String>,
    /// Seats or units.
    pub count: Option<u64>,
    /// How often: more than once for renewals only.
    pub times: u64,
    /// Further words: the reason, the user.
    pub detail: String,
}

/// The story of one device under way.
#[derive(Debug, Clone)]
pub struct Timeline {
    host: HostId,
    leases: BTreeMap<LeaseId, Held>,
    usages: BTreeMap<UsageId, String>,
    tickets: BTreeSet<TicketId>,
    /// What each group of reservations keeps for the device.
    reserved: BTreeMap<ReservationGroupId, Vec<ReservationEntry>>,
    rows: Vec<TimelineRow>,
}

/// A lease of the device.
#[derive(Debug, Clone)]
struct Held {
    feature: String,
    count: u64,
    dropped: bool,
    /// The row that counts its renewals.
    renewals: Option<usize>,
}

impl Timeline {
    /// Begins with what the device holds in this state; none: it holds nothing.
    pub fn begin(state: Option<&Leasing>, host: HostId) -> Timeline {
        let mut leases = BTreeMap::new();
        for lease in state.into_iter().flat_map(|state| state.leases_of_host(&host)) {
            let feature = state.and_then(|state| state.features.get(lease.feature));
            let held = Held {
                feature: feature.map(|feature| feature.name.to_string()).unwrap_or_default(),
                count: u64::from(crate::paper::count_of(lease)),
                dropped: lease.dropped,
                renewals: None,
            };
            leases.insert(lease.id, held);
        }
        let waits = state.into_iter().flat_map(|state| state.queue.tickets.values());
        let own = waits.filter(|ticket| ticket.queued.asked.holder.host == host);
        let tickets = own.map(|ticket| ticket.queued.ticket).collect();
        let groups = state.into_iter().flat_map(|state| state.book.groups());
        let reserved = groups.map(|group| (group.id, entries_for(group, &host))).collect();
        Timeline { host, leases, usages: BTreeMap::new(), tickets, reserved, rows: Vec::new() }
    }

    /// What has happened so far, oldest first.
    pub fn rows(self) -> Vec<TimelineRow> {
        self.rows
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Nothing has happened so far.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes in the next event.
    pub fn note(&mut self, sequence: u64, at: Time, event: &Event) {
        let place = (sequence, at);
        for granted in event.grants() {
            if granted.holder.host == self.host {
                self.granted(place, granted);
            }
        }
        match event {
            Event::Renewed(renewed) => self.renewed(place, renewed.lease),
            Event::NotRenewed { lease, why } => {
                self.about(place, "not-renewed", *lease, why.to_string());
            }
            Event::Released { lease, reason, .. } => {
                self.end(place, "released", *lease, reason.clone().unwrap_or_default());
            }
            Event::NotReleased { lease, why } => {
                self.about(place, "not-released", *lease, why.to_string());
            }
            Event::TakenOver { lease, by } => {
                self.end(place, "taken-over", *lease, format!("by {by}"));
            }
            Event::Expired { leases, .. } => {
                for lease in leases {
                    let dropped = self.leases.get(lease).is_some_and(|held| held.dropped);
                    let what = if dropped { "dropped" } else { "expired" };
                    self.end(place, what, *lease, String::new());
                }
            }
            _ => self.note_more(place, event),
        }
    }

    fn note_more(&mut self, place: (u64, Time), event: &Event) {
        match event {
            Event::Denied(denied) if denied.holder.host == self.host => {
                let detail = format!("{}: {}", denied.reason.code(), denied.explanation());
                let row = self.row(place, "denied", Some(denied.feature.clone()), detail);
                row.denial = Some(denied.id);
                row.count = Some(denied.count);
            }
            Event::Queued(queued) if queued.asked.holder.host == self.host => {
                self.tickets.insert(queued.ticket);
                let features = queued.asked.features.iter().map(|feature| feature.name.as_str());
                let features = features.collect::<Vec<_>>().join(" and ");
                let detail = format!("{} until {}", queued.ticket, queued.until);
                self.row(place, "queued", Some(features), detail);
            }
            Event::Claimed { ticket, .. } if self.tickets.remove(ticket) => {
                self.row(place, "claimed", None, ticket.to_string());
            }
            Event::Unqueued(end) if self.tickets.remove(&end.ticket) => {
                let detail = format!("{}: {}", end.ticket, end.how.word());
                self.row(place, "unqueued", None, detail);
            }
            Event::Consumed(used) if used.holder.host == self.host => {
                self.usages.insert(used.usage, used.feature.clone());
                let detail = used.holder.user.clone().unwrap_or_default();
                let row = self.row(place, "consumed", Some(used.feature.clone()), detail);
                row.usage = Some(used.usage);
                row.count = Some(used.count);
            }
            Event::Undone { usage, count, .. } => {
                let Some(feature) = self.usages.remove(usage) else { return };
                let row = self.row(place, "taken-back", Some(feature), String::new());
                row.usage = Some(*usage);
                row.count = Some(*count);
            }
            Event::UsageBatch(batch) if batch.holder.host == self.host => {
                let detail = format!("by {} up to its number {}", batch.client, batch.through);
                let row = self.row(place, "reported", None, detail);
                row.count = Some(batch.entries.len() as u64);
            }
            Event::ReservationsSet { by, groups, .. } => {
                for group in groups {
                    let entries = entries_for(group, &self.host);
                    self.reserve(place, by, (group.id, &group.label()), entries);
                }
            }
            Event::ReservationsDeleted { by, groups, .. } => {
                for (id, label) in groups {
                    self.reserve(place, by, (*id, label), Vec::new());
                }
            }
            Event::DeviceDropped(dropped) if dropped.host == self.host => {
                for lease in &dropped.leases {
                    if let Some(held) = self.leases.get_mut(lease) {
                        held.dropped = true;
                    }
                }
                let reason =
                    dropped.reason.as_deref().map_or(String::new(), |why| format!(": {why}"));
                let detail = format!("by {}{reason}", dropped.by);
                let row = self.row(place, "device-dropped", None, detail);
                row.count = Some(dropped.leases.len() as u64);
            }
            _ => {}
        }
    }

    /// A group keeps this for the device from now on: a row for each entry that is no more, and for each that is new.
    fn reserve(
        &mut self,
        place: (u64, Time),
        by: &str,
        (id, label): (ReservationGroupId, &str),
        entries: Vec<ReservationEntry>,
    ) {
        let before = self.reserved.remove(&id).unwrap_or_default();
        let gone = before.iter().filter(|entry| !entries.contains(entry));
        let new = entries.iter().filter(|entry| !before.contains(entry));
        let gone = gone.map(|entry| ("unreserved", entry));
        for (what, entry) in gone.chain(new.map(|entry| ("reserved", entry))) {
            let version = Some(entry.version).filter(|version| *version != Version::ANY);
            let version = version.map_or(String::new(), |version| format!("{version} or later "));
            let pool = entry.pool.as_ref();
            let pool = pool.map_or(String::new(), |pool| format!("from pool {pool:?} "));
            let detail = format!("{version}{pool}in {label:?} by {by}");
            let row = self.row(place, what, Some(entry.feature.clone()), detail);
            row.count = Some(entry.count);
        }
        if !entries.is_empty() {
            self.reserved.insert(id, entries);
        }
    }

    fn granted(&mut self, place: (u64, Time), granted: &Granted) {
        let (feature, count) = (granted.feature.clone(), u64::from(granted.count));
        let held = Held { feature: feature.clone(), count, dropped: false, renewals: None };
        self.leases.insert(granted.lease, held);
        let user =
            granted.holder.user.as_deref().map_or(String::new(), |user| format!(" to {user}"));
        let detail = format!("{}{user}, until {}", granted.code, granted.expires);
        let row = self.row(place, "granted", Some(feature), detail);
        row.lease = Some(granted.lease);
        row.count = Some(count);
    }

    fn renewed(&mut self, place: (u64, Time), lease: LeaseId) {
        let Some(held) = self.leases.get(&lease) else { return };
        if let Some(row) = held.renewals.and_then(|row| self.rows.get_mut(row)) {
            row.times += 1;
            row.last = place.1;
            return;
        }
        self.about(place, "renewed", lease, String::new());
        let row = self.rows.len() - 1;
        if let Some(held) = self.leases.get_mut(&lease) {
            held.renewals = Some(row);
        }
    }

    fn end(&mut self, place: (u64, Time), what: &'static str, lease: LeaseId, detail: String) {
        self.about(place, what, lease, detail);
        self.leases.remove(&lease);
    }

    /// A row about a lease of the device.
    fn about(&mut self, place: (u64, Time), what: &'static str, lease: LeaseId, detail: String) {
        let Some(held) = self.leases.get_mut(&lease) else { return };
        held.renewals = None;
        let (feature, count) = (held.feature.clone(), held.count);
        let row = self.row(place, what, Some(feature), detail);
        row.lease = Some(lease);
        row.count = Some(count);
    }

    fn row(
        &mut self,
        (sequence, at): (u64, Time),
        what: &'static str,
        feature: Option<String>,
        detail: String,
    ) -> &mut TimelineRow {
        let (lease, denial, usage, count, times) = (None, None, None, None, 1);
        let last = at;
        self.rows.push(TimelineRow {
            sequence,
            at,
            last,
            what,
            lease,
            denial,
            usage,
            feature,
            count,
            times,
            detail,
        });
        let place = self.rows.len() - 1;
        &mut self.rows[place]
    }
}

/// What a group keeps for a device.
fn entries_for(group: &ReservationGroup, host: &HostId) -> Vec<ReservationEntry> {
    let own = group.reservations.iter().filter(|reservation| reservation.host == *host);
    own.flat_map(|reservation| &reservation.entries).cloned().collect()
}
