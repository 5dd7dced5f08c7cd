//! Deciding a checkout with those in view who wait: they go first, and who gets nothing may wait in turn.
//!
//! Invariants: a newcomer gets only what those who wait can't use; only what may come free by itself is waited for, and
//! only by who asked to; each feature that is wanted by itself has a ticket of its own, features that are wanted
//! together have one. Deliberately not here: granting one feature (checkout), serving those who wait (offers).

use crate::checkout::{Failure, check, deny_each, grant_each};
use crate::denial::DenialReason;
use crate::desired::desired;
use crate::draft::Draft;
use crate::event::Event;
use crate::explain::Why;
use crate::ids::{No, TicketId};
use crate::offers::{is_shared, serve_ahead};
use crate::refusal::Refusal;
use crate::request::{Checkout, FeatureRequest};
use crate::state::Leasing;
use crate::stock::Feature;
use crate::term::{Now, later, millis};
use crate::ticket::Queued;
use crate::unasked::with_features;
use std::collections::BTreeMap;

/// Decides a checkout.
pub(crate) fn checkout(state: &Leasing, asked: &Checkout, now: Now) -> Result<Vec<Event>, Refusal> {
    check(asked)?;
    let mut draft = Draft::new(state, now);
    draft.admit(&asked.holder, &asked.dictionary);
    let asked = &*desired(state, asked, true);
    let asked = &*with_features(&mut draft, asked);
    let offered = serve_ahead(&mut draft, asked);
    let (grants, failures) = grant_each(&mut draft, asked);
    let mut events = match !asked.all || failures.is_empty() {
        // Events are large to move, and nearly always nobody waits.
        true if offered.is_empty() => grants,
        true => offered.into_iter().chain(grants).collect(),
        false => offered,
    };
    let (tickets, denied) = Tickets::new(&draft, asked).sort_out(failures);
    events.extend(tickets);
    events.extend(deny_each(&mut draft, asked, denied));
    Ok(events)
}

/// Tickets under way.
struct Tickets<'a> {
    draft: &'a Draft<'a>,
    asked: &'a Checkout,
    next: TicketId,
    added: BTreeMap<No<Feature>, usize>,
}

impl<'a> Tickets<'a> {
    fn new(draft: &'a Draft<'a>, asked: &'a Checkout) -> Tickets<'a> {
        Tickets { draft, asked, next: draft.state.queue.next, added: BTreeMap::new() }
    }

    /// The tickets of what can be waited for, and what is denied.
    fn sort_out(mut self, failures: Vec<Failure>) -> (Vec<Event>, Vec<Failure>) {
        let wait = self.asked.wait_seconds.unwrap_or(0);
        if wait == 0 || self.draft.state.settings.queue_wait_seconds == 0 {
            return (Vec::new(), failures);
        }
        let mut judged: Vec<(Failure, bool)> =
            failures.into_iter().map(|failure| self.judge(failure)).collect();
        let mut tickets = Vec::new();
        if self.asked.all {
            let may_come = |(failure, can_wait): &(Failure, bool)| {
                *can_wait && self.may_come_together(failure)
            };
            let together = !judged.is_empty() && judged.iter().all(may_come);
            if together {
                tickets.push(self.ticket(self.asked.features.clone()));
                judged.clear();
            }
            return (tickets, judged.into_iter().map(|(failure, _)| failure).collect());
        }
        let mut denied = Vec::new();
        for (failure, can_wait) in judged {
            match self.asked.features.get(failure.place).filter(|_| can_wait) {
                Some(feature) => tickets.push(self.ticket(vec![feature.clone()])),
                None => denied.push(failure),
            }
        }
        (tickets, denied)
    }

    /// Whether a failure can be waited for; a full line gives it another reason.
    fn judge(&mut self, failure: Failure) -> (Failure, bool) {
        let state = self.draft.state;
        let feature = self.asked.features.get(failure.place);
        let Some(feature) = feature.filter(|feature| may_come(feature, &failure.why)) else {
            return (failure, false);
        };
        let Some(no) = state.features.find(feature.name.as_str()) else { return (failure, false) };
        let added = self.added.entry(no).or_default();
        if state.queue.length(no) + *added >= state.settings.queue_length_max {
            let why = Why { reason: DenialReason::QueueFull, ..failure.why };
            return (Failure { why, ..failure }, false);
        }
        *added += 1;
        (failure, true)
    }

    /// What is wanted of one feature in several places is had from the same seats, unless it can be shared.
    fn may_come_together(&self, failure: &Failure) -> bool {
        let Some(failed) = self.asked.features.get(failure.place) else { return false };
        let same = self
            .asked
            .features
            .iter()
            .filter(|feature| feature.name == failed.name && feature.version >= failed.version);
        let least: u64 = same.map(FeatureRequest::least).sum();
        let no = self.draft.state.features.find(failed.name.as_str());
        no.is_some_and(|no| is_shared(self.draft, no))
            || total_of(&failure.why).is_none_or(|total| total >= least)
    }

    fn ticket(&mut self, features: Vec<FeatureRequest>) -> Event {
        let ticket = self.next;
        self.next = TicketId(ticket.0 + 1);
        let settings = &self.draft.state.settings;
        let at = self.draft.now.at;
        let wait = self.asked.wait_seconds.unwrap_or(0).min(settings.queue_wait_seconds);
        let class = class_of(self.draft);
        let put_off = u64::from(class).saturating_mul(settings.aging_seconds);
        Event::Queued(Queued {
            ticket,
            at,
            until: later(at, millis(wait)),
            order: later(at, millis(put_off)),
            class,
            asked: Checkout { features, ..self.asked.clone() },
        })
    }
}

/// The place, in the administrator's list, of the first pool that who asks may use; the last of all for the others.
fn class_of(draft: &Draft<'_>) -> u32 {
    let first = &draft.state.settings.first_pools;
    let pools = draft.access().pools().iter();
    let mut names = pools.map(|pool| draft.state.pool_name(*pool));
    let place = names.find_map(|name| first.iter().position(|listed| listed == name));
    u32::try_from(place.unwrap_or(first.len())).unwrap_or(u32::MAX)
}

/// What is wanted may come free: all seats together would suffice.
fn may_come(feature: &FeatureRequest, why: &Why) -> bool {
    let reasons = [DenialReason::NoSeats, DenialReason::ReservedForOthers];
    let enough = total_of(why).is_none_or(|total| total >= feature.least());
    reasons.contains(&why.reason) && enough
}

/// Everything that the pools have which were tried; none: no limit.
fn total_of(why: &Why) -> Option<u64> {
    why.pools.iter().try_fold(0_u64, |sum, pool| Some(sum.saturating_add(pool.total?)))
}
