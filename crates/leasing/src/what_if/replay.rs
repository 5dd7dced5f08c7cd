//! The replay: the record folded as it was, and beside it the same requests decided on the scratch state.
//!
//! Invariants: both states see the same items, properties and instants, but for what is proposed; leases of the
//! scratch state end when the recorded ones ended (renewals are implied), never by their term.
//! Deliberately not here: which lease stands for which (lives), counting (tally).

use super::grouping::WhatIfOptions;
use super::lives::{Held, Lives, Tie, wish_of};
use super::proposed::{Proposed, is_of_fact, open_up, propose};
use super::recorded::Recorded;
use super::report::WhatIfReport;
use super::request::{Request, Was};
use super::tally::{PoolRowNo, RowNo, Side, Tally};
use crate::actor::Actor;
use crate::denial::Denied;
use crate::denial_ring::DenialRing;
use crate::dictionary::Dictionary;
use crate::draft::Draft;
use crate::event::{DeviceDropped, Event, Part, UsageBatch};
use crate::ids::UsageId;
use crate::pool::DEFAULT_POOL;
use crate::refusal::Refusal;
use crate::request::Command;
use crate::state::Leasing;
use crate::term::{Now, later, millis};
use tenure_document::{LeaseId, Time};

/// What falls due is looked for so many times at one instant.
const DUE_ROUNDS: usize = 16;

/// A what-if under way.
#[derive(Debug)]
pub struct WhatIf {
    before: Leasing,
    after: Leasing,
    proposed: Proposed,
    lives: Lives,
    tally: Tally,
    times: Option<(Time, Time)>,
    entries: u64,
    /// Leases of the replay that the command at hand renews or grants: nothing in it takes them over.
    spared: Vec<LeaseId>,
}

/// How one request went in the replay.
type Outcome = Result<Vec<Event>, Option<Box<Denied>>>;

impl WhatIf {
    /// A replay that begins with this state, changed by what is proposed.
    ///
    /// An import of reservations takes the place of all reservations, and need not fit yet.
    ///
    /// # Errors
    /// A proposal is refused as it would be in service.
    pub fn new(
        state: Leasing,
        proposal: &[Command],
        options: WhatIfOptions,
        now: Now,
    ) -> Result<WhatIf, Refusal> {
        let mut before = state;
        before.denials = DenialRing::new(before.seed);
        let mut after = before.clone();
        open_up(&mut after);
        let leases: Vec<LeaseId> = after.leases.keys().copied().collect();
        leases.iter().for_each(|lease| after.move_end(*lease, None, Time::LATEST));
        proposal.iter().try_for_each(|command| propose(&mut after, command, now))?;
        let mut replay = WhatIf {
            before,
            after,
            proposed: Proposed::of(proposal),
            lives: Lives::default(),
            tally: Tally::new(options),
            times: None,
            entries: 0,
            spared: Vec::new(),
        };
        replay.settle(now);
        replay.take_up(now.at);
        Ok(replay)
    }

    /// Replays an entry: what each of its commands, or time, made happen. `now` is the instant of the entry.
    pub fn entry(&mut self, records: impl IntoIterator<Item = Vec<Recorded>>, now: Now) {
        let from = self.times.map_or(now.at, |(from, _)| from);
        self.times = Some((from, now.at));
        self.entries += 1;
        let mut records = records.into_iter().peekable();
        records.peek().into_iter().flatten().for_each(|time| self.end_expired(time, now.at));
        self.settle(now);
        for record in records {
            self.record(record, now);
        }
        let open = &self.after.usage;
        self.lives.forget_uses(open.open().len(), |usage| open.get(usage).is_some());
    }

    /// Requests replayed so far.
    pub fn requests(&self) -> u64 {
        self.tally.requests()
    }

    /// The report so far.
    pub fn report(&self) -> WhatIfReport {
        self.tally.report(self.times, self.entries)
    }

    /// The leases that live in the beginning stand for themselves.
    fn take_up(&mut self, at: Time) {
        let none = Dictionary::new();
        let group_by = self.tally.options().group_by.clone();
        self.before.usage.open().keys().for_each(|usage| self.lives.tie_use(*usage, *usage));
        for lease in self.before.leases.values() {
            let feature = self.before.features.get(lease.feature).map(|feature| &*feature.name);
            let Some((holder, feature)) = self.before.holder(lease).zip(feature) else { continue };
            let facts = self.before.facts_of(lease.id).unwrap_or(&none);
            let row = self.tally.row(feature, &group_by.group_of(&self.after, &holder, facts));
            let parts = lease.parts.as_slice().iter();
            let pools = parts
                .map(|part| (self.tally.pool(row, self.before.pool_name(part.pool)), part.count))
                .collect();
            let held = Held { row, count: crate::paper::count_of(lease), pools };
            for side in [Side::Before, Side::After] {
                self.tally.hold(side, &held.seats(), true, at);
            }
            let tie = Tie { stands: Some(lease.id), since: lease.granted, held: held.clone() };
            self.lives.ties.insert(lease.id, tie);
            self.lives.held.insert(lease.id, held);
        }
        self.measure_all(at);
    }

    /// What time brings about in the replay.
    fn settle(&mut self, now: Now) {
        while let Some((ends, lease)) = self.lives.next_end(now.at) {
            self.end_after(lease, ends);
        }
        for _ in 0..DUE_ROUNDS {
            let due = self.after.due(now);
            // The container's clock moves when the recorded one did; leases end when recorded ones ended.
            let mut due = due.into_iter().filter(|event| match event {
                Event::Container(_) => false,
                Event::Expired { leases, .. } => leases.is_empty(),
                _ => true,
            });
            let Some(first) = due.next() else { return };
            for event in std::iter::once(first).chain(due) {
                self.after.apply(&event, now.at);
                if matches!(event, Event::Placed { .. }) {
                    self.measure_all(now.at);
                }
            }
        }
    }

    /// What falls due looks at the leases that are left when those are gone whose time is over.
    fn end_expired(&mut self, recorded: &Recorded, at: Time) {
        let Recorded::Event(event) = recorded else { return };
        let Event::Expired { leases, .. } = &**event else { return };
        let stands = |lease| self.lives.ties.get(lease)?.stands;
        let stands: Vec<LeaseId> = leases.iter().filter_map(stands).collect();
        stands.into_iter().for_each(|lease| self.end_after(lease, at));
    }

    fn record(&mut self, record: Vec<Recorded>, now: Now) {
        let mut joint: Vec<Request> = Vec::new();
        self.spared.clear();
        let several = record.len() > 1;
        let gone_on = record.iter().flat_map(|recorded| recorded.gone_on(several));
        let stands = |lease| self.lives.ties.get(lease)?.stands;
        self.spared.extend(gone_on.filter_map(stands));
        for recorded in record {
            let Recorded::Event(event) = recorded else { continue };
            if is_of_fact(&event) {
                self.before.apply(&event, now.at);
            }
            match *event {
                Event::Granted(granted) => {
                    let request = Request::of_grant(granted);
                    self.take(request, &mut joint, now);
                }
                Event::Offered(offered) => {
                    for granted in offered.leases {
                        self.take(Request::of_grant(granted), &mut joint, now);
                    }
                }
                Event::Consumed(used) => self.put(vec![Request::of_use(used)], now),
                Event::Denied(denied) => {
                    for request in Request::of_denial(denied) {
                        self.take(request, &mut joint, now);
                    }
                }
                Event::Released { lease, .. } | Event::TakenOver { lease, .. } => {
                    self.end_recorded(lease, now.at);
                }
                Event::Expired { leases, named } => {
                    leases.into_iter().for_each(|lease| self.end_recorded(lease, now.at));
                    for seat in named {
                        self.measure_item(&seat.item, now.at);
                    }
                }
                event => self.happen(event, now.at),
            }
        }
        if !joint.is_empty() {
            self.put(joint, now);
        }
    }

    /// Puts a request at once, or with the others that it stands or falls with. Who waited is asked when it ended.
    fn take(&mut self, request: Request, joint: &mut Vec<Request>, now: Now) {
        if request.checkout.all { joint.push(request) } else { self.put(vec![request], now) }
    }

    /// What happens in the replay as it did in fact.
    fn happen(&mut self, event: Event, at: Time) {
        let Some(event) = self.proposed.leaves(event) else { return self.measure_all(at) };
        match event {
            Event::Container(_)
            | Event::PropertiesSet { .. }
            | Event::ModelSet(_)
            | Event::ModelDeleted(_)
            | Event::ReservationsSet { .. }
            | Event::ReservationsDeleted { .. } => {
                self.after.apply(&event, at);
                open_up(&mut self.after);
                self.measure_all(at);
            }
            // The replay finds out by itself when items begin or end.
            Event::Placed { .. } => self.measure_all(at),
            Event::UsageBatch(batch) => self.record_batch(batch, at),
            Event::Undone { usage, by, reason, feature, version, count } => {
                let name = feature.clone();
                let stands = self.lives.undo(usage);
                if let Some(usage) = stands.filter(|usage| self.after.usage.get(*usage).is_some()) {
                    let undone = Event::Undone { usage, by, reason, feature, version, count };
                    self.after.apply(&undone, at);
                }
                self.measure(&name, at);
            }
            Event::DeviceDropped(dropped) => {
                let leases: Vec<LeaseId> =
                    self.after.leases_of_host(&dropped.host).map(|lease| lease.id).collect();
                let dropped = DeviceDropped { leases, until: Time::LATEST, ..dropped };
                self.after.apply(&Event::DeviceDropped(dropped), at);
            }
            _ => {}
        }
    }

    /// Use off line has happened, whatever is proposed.
    fn record_batch(&mut self, mut batch: UsageBatch, at: Time) {
        let UsageId(mut next) = self.after.usage.next();
        for entry in &mut batch.entries {
            if let Some(usage) = &mut entry.usage {
                self.lives.tie_use(*usage, UsageId(next));
                *usage = UsageId(next);
                next += 1;
            }
        }
        let batch = Event::UsageBatch(batch);
        self.after.apply(&batch, at);
        if let Event::UsageBatch(UsageBatch { entries, .. }) = batch {
            entries.iter().for_each(|entry| self.measure(&entry.feature, at));
        }
    }

    fn measure_item(&mut self, item: &str, at: Time) {
        let shelf = self.before.shelves.find(item).and_then(|no| self.before.shelves.get(no));
        if let Some(feature) = shelf.map(|shelf| shelf.item.feature.clone()) {
            self.measure(&feature, at);
        }
    }

    fn measure(&mut self, feature: &str, at: Time) {
        self.tally.measure_feature(Side::Before, feature, &self.before, at);
        self.tally.measure_feature(Side::After, feature, &self.after, at);
    }

    fn measure_all(&mut self, at: Time) {
        for (_, feature) in self.before.features.iter() {
            self.tally.measure_feature(Side::Before, &feature.name, &self.before, at);
            self.tally.measure_feature(Side::After, &feature.name, &self.after, at);
        }
    }

    /// Decides requests on the scratch state, one, or several that stand or fall together.
    fn put(&mut self, requests: Vec<Request>, now: Now) {
        let group_by = self.tally.options().group_by.clone();
        let rows: Vec<RowNo> = requests
            .iter()
            .map(|request| {
                let holder = &request.checkout.holder;
                let group = group_by.group_of(&self.after, holder, request.dictionary());
                self.tally.row(&request.feature.name, &group)
            })
            .collect();
        if requests.iter().any(|request| !request.can_be_judged()) {
            for (request, row) in requests.iter().zip(rows) {
                self.tally.pass_over(row, request.was_granted());
            }
            return;
        }
        if let ([request], [row]) = (&requests[..], &rows[..])
            && self.ask_again(request, *row, now)
        {
            return;
        }
        let outcomes = self.decide(&requests, now);
        for ((request, row), outcome) in requests.into_iter().zip(rows).zip(outcomes) {
            self.conclude(request, row, outcome, now.at);
        }
    }

    /// A holder asks again for what the replay gave it already.
    fn ask_again(&mut self, request: &Request, row: RowNo, now: Now) -> bool {
        let wish = wish_of(self.after.seed, request);
        let retry = self.after.settings.denial_retry_seconds;
        let Some(lease) = self.lives.again(wish, request.count, now.at, retry) else {
            return false;
        };
        if !self.after.leases.contains_key(&lease) {
            return false;
        }
        if let Was::Granted(recorded, count) = request.was {
            self.lives.adopt(wish);
            self.tie((recorded, count), Some(lease), (row, &request.parts), now.at);
        }
        self.tally.count(row, request.was_granted(), true);
        self.tell_lost(request, row, now.at);
        true
    }

    fn decide(&self, requests: &[Request], now: Now) -> Vec<Outcome> {
        let mut draft = Draft::new(&self.after, now);
        self.spared.iter().for_each(|lease| draft.keep(*lease));
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(requests.len());
        for request in requests {
            if let Was::Granted(..) = request.was {
                self.spare_owned(&mut draft, request);
            }
            outcomes.push(request.decide(&mut draft));
        }
        let denied = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
        if let (true, Some(Some(why))) = (requests.len() > 1, denied) {
            let why = why.clone();
            for (request, outcome) in requests.iter().zip(&mut outcomes) {
                if outcome.is_ok() {
                    *outcome = Err(Some(request.along(&why)));
                }
            }
        }
        outcomes
    }

    /// What a granted request took over is recorded; it takes over nothing else.
    fn spare_owned(&self, draft: &mut Draft<'_>, request: &Request) {
        let state = &self.after;
        let owner = request.checkout.holder.owner.as_deref();
        let owner = owner.and_then(|owner| state.names.find(owner));
        let Some((owner, feature)) = owner.zip(state.features.find(request.feature.name.as_str()))
        else {
            return;
        };
        let range = (owner, feature, LeaseId(0))..=(owner, feature, LeaseId(u64::MAX));
        state.by_owner.range(range).for_each(|(_, _, lease)| draft.keep(*lease));
    }

    /// Applies what the replay decided, and counts it.
    fn conclude(&mut self, request: Request, row: RowNo, outcome: Outcome, at: Time) {
        let stands = match outcome {
            Ok(events) => {
                let stands = self.grant(&request, row, events, at);
                self.tally.count(row, request.was_granted(), true);
                self.tell_lost(&request, row, at);
                stands
            }
            Err(None) => {
                self.tally.pass_over(row, request.was_granted());
                None
            }
            Err(Some(denied)) => {
                self.tally.count(row, request.was_granted(), false);
                if request.was_granted() && self.tally.wants_example(row, true) {
                    self.tell(&request, row, *denied, at, true);
                }
                None
            }
        };
        if let Was::Granted(recorded, count) = request.was {
            self.tie((recorded, count), stands, (row, &request.parts), at);
        }
        if let Was::Used(_) = request.was {
            self.tally.measure(Side::Before, row, &self.before, at);
        }
    }

    /// Carries out a grant of the replay. Says which lease it made.
    fn grant(
        &mut self,
        request: &Request,
        row: RowNo,
        events: Vec<Event>,
        at: Time,
    ) -> Option<LeaseId> {
        let mut made = None;
        for event in events {
            match event {
                Event::TakenOver { lease, .. } => self.end_after(lease, at),
                Event::Granted(mut granted) => {
                    granted.expires = Time::LATEST;
                    let (lease, count) = (granted.lease, granted.count);
                    let held = Held { row, count, pools: self.pools_of(row, &granted.parts) };
                    self.after.apply(&Event::Granted(granted), at);
                    self.tally.hold(Side::After, &held.seats(), true, at);
                    self.lives.held.insert(lease, held);
                    self.spared.push(lease);
                    made = Some(lease);
                }
                Event::Consumed(used) => {
                    if let Was::Used(recorded) = request.was {
                        self.lives.tie_use(recorded, used.usage);
                    }
                    self.after.apply(&Event::Consumed(used), at);
                }
                event => self.after.apply(&event, at),
            }
        }
        self.tally.measure(Side::After, row, &self.after, at);
        if let (Some(lease), Was::Denied(_) | Was::DeniedAlong) = (made, request.was) {
            let floating = millis(self.after.settings.floating_seconds);
            let ends = later(at, self.tally.hold_time(row).unwrap_or(floating).max(1));
            let wish = wish_of(self.after.seed, request);
            self.lives.plan(wish, lease, (at, ends), request.count);
        }
        made
    }

    /// A recorded lease began.
    fn tie(
        &mut self,
        (recorded, count): (LeaseId, u32),
        stands: Option<LeaseId>,
        (row, parts): (RowNo, &[Part]),
        since: Time,
    ) {
        let held = Held { row, count, pools: self.pools_of(row, parts) };
        self.tally.hold(Side::Before, &held.seats(), true, since);
        self.lives.ties.insert(recorded, Tie { stands, since, held });
        self.tally.measure(Side::Before, row, &self.before, since);
    }

    fn pools_of(&mut self, row: RowNo, parts: &[Part]) -> Vec<(PoolRowNo, u32)> {
        let name = |part: &Part| part.pool.clone().unwrap_or_else(|| DEFAULT_POOL.to_owned());
        parts.iter().map(|part| (self.tally.pool(row, &name(part)), part.count)).collect()
    }

    /// A recorded lease ended.
    fn end_recorded(&mut self, lease: LeaseId, at: Time) {
        let Some(tie) = self.lives.ties.remove(&lease) else { return };
        let row = tie.held.row;
        self.tally.hold(Side::Before, &tie.held.seats(), false, at);
        self.tally.held_for(row, at.as_millis() - tie.since.as_millis());
        self.tally.measure(Side::Before, row, &self.before, at);
        if let Some(stands) = tie.stands {
            self.end_after(stands, at);
        }
    }

    /// A lease of the replay ends, unless it has.
    fn end_after(&mut self, lease: LeaseId, at: Time) {
        if !self.after.leases.contains_key(&lease) {
            return;
        }
        let released = Event::Released { lease, by: Actor::Holder, reason: None };
        self.after.apply(&released, at);
        if let Some(held) = self.lives.held.remove(&lease) {
            self.tally.hold(Side::After, &held.seats(), false, at);
            self.tally.measure(Side::After, held.row, &self.after, at);
        }
    }

    fn tell_lost(&mut self, request: &Request, row: RowNo, at: Time) {
        if let Some(denied) = &request.denial
            && self.tally.wants_example(row, false)
        {
            self.tell(request, row, (**denied).clone(), at, false);
        }
    }

    fn tell(&mut self, request: &Request, row: RowNo, denied: Denied, at: Time, gained: bool) {
        let state = if gained { &self.after } else { &self.before };
        let rule = denied.rule.and_then(|cited| Some((cited.line, state.rule_text(cited)?)));
        let group = self.tally.group_name(row).to_owned();
        let example = request.example(at, group, denied, rule);
        self.tally.keep_example(example, gained);
    }
}
