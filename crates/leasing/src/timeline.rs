//! The story of one device or one feature: what was granted, kept, given back and denied, and what was reserved, out of
//! the events in their order.
//!
//! Invariants: renewals of a lease that follow on each other are one row that counts them; every lease is one holding,
//! from its grant to its end; nothing is told that the events don't say, but for what was held at the beginning, which
//! the state then says.
//! Deliberately not here: reading the ledger (server).

use crate::event::{DeviceDropped, Event, Granted, UsageBatch};
use crate::ids::{DenialId, ReservationGroupId, TicketId, UsageId};
use crate::lease::Lease;
use crate::reservation::{ReservationEntry, ReservationGroup};
use crate::state::Leasing;
use crate::ticket::Queued;
use std::collections::BTreeMap;
use tenure_document::{Holder, HostId, LeaseId, Time, Version};

/// Whose story it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A device; a user, on whatever device, of the type USER.
    Host(HostId),
    /// A feature, on all devices.
    Feature(String),
}

impl Subject {
    fn is(&self, host: &HostId, feature: &str) -> bool {
        match self {
            Subject::Host(own) => own == host,
            Subject::Feature(own) => own == feature,
        }
    }

    /// Its name as JSON writes it.
    fn written(&self) -> String {
        let name = match self {
            Subject::Host(host) => &host.value,
            Subject::Feature(name) => name,
        };
        serde_json::Value::from(name.as_str()).to_string()
    }

    /// Who it was, where the subject does not say so.
    fn tells(&self, holder: &Holder) -> Option<Holder> {
        matches!(self, Subject::Feature(_)).then(|| holder.clone())
    }
}

impl From<HostId> for Subject {
    fn from(host: HostId) -> Subject {
        Subject::Host(host)
    }
}

/// A lease from its grant to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The lease.
    pub lease: LeaseId,
    /// Who holds it.
    pub holder: Option<Holder>,
    /// The feature.
    pub feature: String,
    /// Seats.
    pub count: u64,
    /// Since when; it may be before the story begins.
    pub from: Time,
    /// Until when; none: still held when the story ends.
    pub to: Option<Time>,
    /// How it ended, the word of its row.
    pub end: Option<&'static str>,
}

/// Something that happened to a device or with a feature.
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
    /// Who, in the story of a feature.
    pub holder: Option<Holder>,
    /// The feature.
    pub feature: Option<String>,
    /// Seats or units.
    pub count: Option<u64>,
    /// How often: more than once for renewals only.
    pub times: u64,
    /// Further words: the reason, the user.
    pub detail: String,
}

/// A story under way.
#[derive(Debug, Clone)]
pub struct Timeline {
    subject: Subject,
    /// What every event about the subject has in it as the ledger keeps it.
    written: String,
    leases: BTreeMap<LeaseId, Held>,
    usages: BTreeMap<UsageId, (String, Option<Holder>)>,
    tickets: BTreeMap<TicketId, Option<Holder>>,
    /// What each group of reservations keeps of it.
    reserved: BTreeMap<ReservationGroupId, Vec<(HostId, ReservationEntry)>>,
    rows: Vec<TimelineRow>,
    holdings: Vec<Holding>,
}

/// A lease that is told of.
#[derive(Debug, Clone)]
struct Held {
    dropped: bool,
    /// Its place among the holdings.
    holding: usize,
    /// The row that counts its renewals.
    renewals: Option<usize>,
}

impl Timeline {
    /// Begins with what is held in this state; none: nothing is.
    pub fn begin(state: Option<&Leasing>, subject: impl Into<Subject>) -> Timeline {
        let subject = subject.into();
        let mut story = Timeline {
            written: subject.written(),
            subject,
            leases: BTreeMap::new(),
            usages: BTreeMap::new(),
            tickets: BTreeMap::new(),
            reserved: BTreeMap::new(),
            rows: Vec::new(),
            holdings: Vec::new(),
        };
        if let Some(state) = state {
            story.begin_with(state);
        }
        story
    }

    fn begin_with(&mut self, state: &Leasing) {
        match &self.subject {
            Subject::Host(host) => {
                let host = host.clone();
                state.leases_of_host(&host).for_each(|lease| self.hold(state, lease));
            }
            Subject::Feature(name) => {
                let feature = state.features.find(name);
                let leases = state.leases.values().filter(|one| Some(one.feature) == feature);
                leases.for_each(|lease| self.hold(state, lease));
            }
        }
        for ticket in state.queue.tickets.values() {
            let Queued { ticket, asked, .. } = &ticket.queued;
            if asked.features.iter().any(|one| self.subject.is(&asked.holder.host, &one.name)) {
                self.tickets.insert(*ticket, self.subject.tells(&asked.holder));
            }
        }
        for group in state.book.groups() {
            self.reserved.insert(group.id, self.entries_of(group));
        }
    }

    fn hold(&mut self, state: &Leasing, lease: &Lease) {
        let feature = state.features.get(lease.feature);
        let held = Held { dropped: lease.dropped, holding: self.holdings.len(), renewals: None };
        self.leases.insert(lease.id, held);
        self.holdings.push(Holding {
            lease: lease.id,
            holder: state.holder(lease),
            feature: feature.map(|feature| feature.name.to_string()).unwrap_or_default(),
            count: u64::from(crate::paper::count_of(lease)),
            from: lease.granted,
            to: None,
            end: None,
        });
    }

    /// What has happened so far, oldest first, and the leases that were held meanwhile, in the order of their grants.
    pub fn told(self) -> (Vec<TimelineRow>, Vec<Holding>) {
        (self.rows, self.holdings)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Nothing has happened so far.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether an event with this text, as the ledger keeps it, may name the subject.
    pub(crate) fn may_be_named_in(&self, text: &str) -> bool {
        text.contains(&self.written)
    }

    /// Whether this lease is told of, and has not ended.
    pub(crate) fn tells_of(&self, lease: LeaseId) -> bool {
        self.leases.contains_key(&lease)
    }

    /// Takes in the next event.
    pub fn note(&mut self, sequence: u64, at: Time, event: &Event) {
        let place = (sequence, at);
        for granted in event.grants() {
            if self.subject.is(&granted.holder.host, &granted.feature) {
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
            Event::Denied(denied) if self.subject.is(&denied.holder.host, &denied.feature) => {
                let holder = self.subject.tells(&denied.holder);
                let detail = format!("{}: {}", denied.reason.code(), denied.explanation());
                let row = self.row(place, "denied", Some(denied.feature.clone()), detail);
                row.denial = Some(denied.id);
                row.count = Some(denied.count);
                row.holder = holder;
            }
            Event::Queued(queued) => self.queued(place, queued),
            Event::Claimed { ticket, .. } => {
                let Some(holder) = self.tickets.remove(ticket) else { return };
                self.row(place, "claimed", None, ticket.to_string()).holder = holder;
            }
            Event::Unqueued(end) => {
                let Some(holder) = self.tickets.remove(&end.ticket) else { return };
                let detail = format!("{}: {}", end.ticket, end.how.word());
                self.row(place, "unqueued", None, detail).holder = holder;
            }
            Event::Consumed(used) if self.subject.is(&used.holder.host, &used.feature) => {
                let holder = self.subject.tells(&used.holder);
                self.usages.insert(used.usage, (used.feature.clone(), holder.clone()));
                let detail = used.holder.user.clone().unwrap_or_default();
                let row = self.row(place, "consumed", Some(used.feature.clone()), detail);
                row.usage = Some(used.usage);
                row.count = Some(used.count);
                row.holder = holder;
            }
            Event::Undone { usage, count, .. } => {
                let Some((feature, holder)) = self.usages.remove(usage) else { return };
                let row = self.row(place, "taken-back", Some(feature), String::new());
                row.usage = Some(*usage);
                row.count = Some(*count);
                row.holder = holder;
            }
            Event::UsageBatch(batch) => self.reported(place, batch),
            Event::ReservationsSet { by, groups, .. } => {
                for group in groups {
                    let entries = self.entries_of(group);
                    self.reserve(place, by, (group.id, &group.label()), entries);
                }
            }
            Event::ReservationsDeleted { by, groups, .. } => {
                for (id, label) in groups {
                    self.reserve(place, by, (*id, label), Vec::new());
                }
            }
            Event::DeviceDropped(dropped) => self.dropped(place, dropped),
            _ => {}
        }
    }

    fn queued(&mut self, place: (u64, Time), queued: &Queued) {
        let asked = &queued.asked;
        if !asked.features.iter().any(|one| self.subject.is(&asked.holder.host, &one.name)) {
            return;
        }
        let holder = self.subject.tells(&asked.holder);
        self.tickets.insert(queued.ticket, holder.clone());
        let features = asked.features.iter().map(|feature| feature.name.as_str());
        let features = features.collect::<Vec<_>>().join(" and ");
        let detail = format!("{} until {}", queued.ticket, queued.until);
        self.row(place, "queued", Some(features), detail).holder = holder;
    }

    /// What was used off line and reported later.
    fn reported(&mut self, place: (u64, Time), batch: &UsageBatch) {
        let host = &batch.holder.host;
        let own = batch.entries.iter().filter(|entry| self.subject.is(host, &entry.feature));
        let count = own.count() as u64;
        if count == 0 {
            return;
        }
        let feature = self.feature();
        let holder = self.subject.tells(&batch.holder);
        let detail = format!("by {} up to its number {}", batch.client, batch.through);
        let row = self.row(place, "reported", feature, detail);
        row.count = Some(count);
        row.holder = holder;
    }

    /// The feature that all of it is about.
    fn feature(&self) -> Option<String> {
        match &self.subject {
            Subject::Host(_) => None,
            Subject::Feature(name) => Some(name.clone()),
        }
    }

    fn dropped(&mut self, place: (u64, Time), dropped: &DeviceDropped) {
        let mut own = 0;
        for lease in &dropped.leases {
            if let Some(held) = self.leases.get_mut(lease) {
                held.dropped = true;
                own += 1;
            }
        }
        let is_own = matches!(&self.subject, Subject::Host(host) if *host == dropped.host);
        if own == 0 && !is_own {
            return;
        }
        let reason = dropped.reason.as_deref().map_or(String::new(), |why| format!(": {why}"));
        let detail = format!("by {}{reason}", dropped.by);
        let (holder, feature) = (Holder::of(dropped.host.clone()), self.feature());
        let holder = self.subject.tells(&holder);
        let row = self.row(place, "device-dropped", feature, detail);
        row.count = Some(if is_own { dropped.leases.len() as u64 } else { own });
        row.holder = holder;
    }

    /// What a group keeps for the device, or of the feature.
    fn entries_of(&self, group: &ReservationGroup) -> Vec<(HostId, ReservationEntry)> {
        let own = group.entries().filter(|(host, entry)| self.subject.is(host, &entry.feature));
        own.map(|(host, entry)| (host.clone(), entry.clone())).collect()
    }

    /// A group keeps this from now on: a row for each entry that is no more, and for each that is new.
    fn reserve(
        &mut self,
        place: (u64, Time),
        by: &str,
        (id, label): (ReservationGroupId, &str),
        entries: Vec<(HostId, ReservationEntry)>,
    ) {
        let before = self.reserved.remove(&id).unwrap_or_default();
        let gone = before.iter().filter(|entry| !entries.contains(entry));
        let new = entries.iter().filter(|entry| !before.contains(entry));
        let gone = gone.map(|entry| ("unreserved", entry));
        for (what, (host, entry)) in gone.chain(new.map(|entry| ("reserved", entry))) {
            let version = Some(entry.version).filter(|version| *version != Version::ANY);
            let version = version.map_or(String::new(), |version| format!("{version} or later "));
            let pool = entry.pool.as_ref();
            let pool = pool.map_or(String::new(), |pool| format!("from pool {pool:?} "));
            let detail = format!("{version}{pool}in {label:?} by {by}");
            let holder = self.subject.tells(&Holder::of(host.clone()));
            let row = self.row(place, what, Some(entry.feature.clone()), detail);
            row.count = Some(entry.count);
            row.holder = holder;
        }
        if !entries.is_empty() {
            self.reserved.insert(id, entries);
        }
    }

    fn granted(&mut self, place: (u64, Time), granted: &Granted) {
        let (feature, count) = (granted.feature.clone(), u64::from(granted.count));
        let holder = self.subject.tells(&granted.holder);
        let held = Held { dropped: false, holding: self.holdings.len(), renewals: None };
        self.leases.insert(granted.lease, held);
        self.holdings.push(Holding {
            lease: granted.lease,
            holder: Some(granted.holder.clone()),
            feature: feature.clone(),
            count,
            from: place.1,
            to: None,
            end: None,
        });
        let user =
            granted.holder.user.as_deref().map_or(String::new(), |user| format!(" to {user}"));
        let detail = format!("{}{user}, until {}", granted.code, granted.expires);
        let row = self.row(place, "granted", Some(feature), detail);
        row.lease = Some(granted.lease);
        row.count = Some(count);
        row.holder = holder;
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
        let held = self.leases.remove(&lease);
        if let Some(holding) = held.and_then(|held| self.holdings.get_mut(held.holding)) {
            holding.to = Some(place.1);
            holding.end = Some(what);
        }
    }

    /// A row about a lease that is told of.
    fn about(&mut self, place: (u64, Time), what: &'static str, lease: LeaseId, detail: String) {
        let Some(held) = self.leases.get_mut(&lease) else { return };
        held.renewals = None;
        let Some(holding) = self.holdings.get(held.holding) else { return };
        let (feature, count) = (holding.feature.clone(), holding.count);
        let holder = holding.holder.as_ref().and_then(|holder| self.subject.tells(holder));
        let row = self.row(place, what, Some(feature), detail);
        row.lease = Some(lease);
        row.count = Some(count);
        row.holder = holder;
    }

    fn row(
        &mut self,
        (sequence, at): (u64, Time),
        what: &'static str,
        feature: Option<String>,
        detail: String,
    ) -> &mut TimelineRow {
        let (lease, denial, usage, holder, count, times) = (None, None, None, None, None, 1);
        let last = at;
        self.rows.push(TimelineRow {
            sequence,
            at,
            last,
            what,
            lease,
            denial,
            usage,
            holder,
            feature,
            count,
            times,
            detail,
        });
        let place = self.rows.len() - 1;
        &mut self.rows[place]
    }
}
