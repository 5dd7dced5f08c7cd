//! Who waits and can be served now: offers, in the order of turns.
//!
//! Invariants: an offer is decided by the code of a checkout, on what those with an earlier turn have left; who can't be
//! served is passed over until its patience is over, then as much as it wants of what it could use is kept for it; a
//! line of which nothing is free costs nothing. Deliberately not here: who begins to wait (waiting), taking an offer
//! (claims).

use crate::actor::TicketEnd;
use crate::candidates::{Wanted, check_dates};
use crate::checkout::grant;
use crate::draft::Draft;
use crate::event::{Event, Granted, Offered};
use crate::explain::gate;
use crate::ids::No;
use crate::lease::Lease;
use crate::planning::in_reach;
use crate::request::Checkout;
use crate::state::Leasing;
use crate::stock::{Feature, Shelf};
use crate::term::{Now, RECLAIM_MARGIN_MS, later, millis};
use crate::ticket::{Ticket, Turn, Unqueued};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{Enforcement, LeaseId, SeatBasis, Time};

/// What falls due in the queue by now, in this order: offers that nobody took, new offers, ends of waiting. What comes
/// later in the order is told when the earlier has been applied.
pub(crate) fn due(state: &Leasing, now: Now) -> Vec<Event> {
    let lapsed = lapses(state, now);
    if !lapsed.is_empty() || state.queue.tickets.is_empty() {
        return lapsed;
    }
    let mut draft = Draft::new(state, now);
    let features: Vec<No<Feature>> = state.queue.lines.keys().copied().collect();
    let ends = state.queue.ends.first().is_some_and(|(until, _)| *until <= now.at);
    if !ends && are_still(&draft, &features) {
        return Vec::new();
    }
    let offers = serve(&mut draft, &features);
    if offers.is_empty() { waited_out(draft) } else { offers }
}

/// Before a request for these features is decided: those who wait are served first, and what is kept for them is noted.
pub(crate) fn serve_ahead(draft: &mut Draft<'_>, asked: &Checkout) -> Vec<Event> {
    let wants = wants(draft.state, asked);
    let features: Vec<No<Feature>> = wants.keys().copied().collect();
    // Nobody can be served, and what might be kept is not in the way of who asks.
    let is_apart = |(no, seats): (&No<Feature>, &u64)| draft.state.has_plenty(*no, *seats);
    if wants.iter().all(is_apart) && are_still(draft, &features) {
        return Vec::new();
    }
    serve(draft, &features)
}

/// The same for a request that is only looked at, and asks what more could be had.
pub(crate) fn serve_all_ahead(draft: &mut Draft<'_>, asked: &Checkout) -> Vec<Event> {
    let features: Vec<No<Feature>> = wants(draft.state, asked).into_keys().collect();
    serve(draft, &features)
}

/// The features that are wanted and waited for, and how many seats of each.
fn wants(state: &Leasing, asked: &Checkout) -> BTreeMap<No<Feature>, u64> {
    let mut wants = BTreeMap::new();
    if state.queue.tickets.is_empty() {
        return wants;
    }
    for feature in &asked.features {
        if let Some(no) = state.features.find(feature.name.as_str()) {
            *wants.entry(no).or_default() += u64::from(feature.count);
        }
    }
    wants
}

/// Nobody in these lines could be served just now, and nothing has changed since.
fn are_still(draft: &Draft<'_>, features: &[No<Feature>]) -> bool {
    let instants = [draft.now.at, draft.rights.items];
    let lines = lines(draft, features);
    let mut lines = lines.iter().filter_map(|no| draft.state.queue.lines.get(no));
    lines.all(|line| line.is_still(instants))
}

/// Goes through the lines of these features, and through those that share tickets with them.
fn serve(draft: &mut Draft<'_>, features: &[No<Feature>]) -> Vec<Event> {
    let lines = lines(draft, features);
    let state = draft.state;
    let instants = [draft.now.at, draft.rights.items];
    let queues = || lines.iter().filter_map(|no| state.queue.lines.get(no));
    let is_still = queues().all(|line| line.is_still(instants));
    let turns: BTreeSet<Turn> = queues().flat_map(|line| line.turns.iter().copied()).collect();
    let mut events = Vec::new();
    let access = draft.access().clone();
    for (_, id) in turns {
        let Some(ticket) = state.queue.tickets.get(&id) else { continue };
        let may_get = can_get_any(draft, ticket);
        // Of what is wanted together one part may be free when another is not, time and again.
        let is_apart = ticket.queued.asked.features.len() > 1 && is_firm(ticket, draft);
        if !may_get && !is_apart {
            continue;
        }
        let Checkout { holder, dictionary, .. } = &ticket.queued.asked;
        draft.admit(holder, dictionary);
        match if is_still || !may_get { None } else { offer(draft, ticket) } {
            Some(offered) => events.extend(offered),
            None if is_firm(ticket, draft) => keep(draft, ticket),
            None => {}
        }
    }
    if events.is_empty() {
        queues().for_each(|line| line.rest(instants));
    }
    draft.readmit(access);
    events
}

/// The lines among these of which something can be had, and those that tickets of them stand in as well.
fn lines(draft: &Draft<'_>, features: &[No<Feature>]) -> BTreeSet<No<Feature>> {
    let queue = &draft.state.queue;
    let mut found = BTreeSet::new();
    let mut open: Vec<No<Feature>> = features.to_vec();
    while let Some(no) = open.pop() {
        let Some(line) = queue.lines.get(&no).filter(|line| !line.turns.is_empty()) else {
            continue;
        };
        if found.contains(&no) || !(has_any(draft, no) || is_shared(draft, no)) {
            continue;
        }
        found.insert(no);
        open.extend(line.links.keys());
    }
    found
}

fn features_of(draft: &Draft<'_>, ticket: &Ticket) -> impl Iterator<Item = No<Feature>> {
    let features = ticket.queued.asked.features.iter();
    features.filter_map(|feature| draft.state.features.find(feature.name.as_str()))
}

/// The items of a feature that can be had at all now.
fn live<'a>(
    draft: &Draft<'a>,
    feature: No<Feature>,
) -> impl Iterator<Item = (No<Shelf>, &'a Shelf)> {
    let state = draft.state;
    let shelves = state.features.get(feature).map_or(&[][..], |feature| &feature.shelves[..]);
    shelves
        .iter()
        .filter_map(|no| Some((*no, state.shelves.get(*no)?)))
        .filter(|(_, shelf)| shelf.present && !shelf.is_metered())
        .filter(|(_, shelf)| check_dates(draft, &shelf.item).is_ok())
}

/// Something of the feature is free, though perhaps not for everybody.
fn has_any(draft: &Draft<'_>, feature: No<Feature>) -> bool {
    live(draft, feature).any(|(no, shelf)| {
        let free = || shelf.limit().is_none_or(|limit| draft.taken_in_all(no, shelf) < limit);
        shelf.item.enforcement != Enforcement::Block || free()
    })
}

/// Seats of the feature can be shared.
pub(crate) fn is_shared(draft: &Draft<'_>, feature: No<Feature>) -> bool {
    live(draft, feature).any(|(_, shelf)| shelf.item.seat_basis != SeatBasis::Process)
}

/// A first look: somebody may get something of all that it wants.
fn can_get_any(draft: &Draft<'_>, ticket: &Ticket) -> bool {
    let holder = &ticket.queued.asked.holder;
    features_of(draft, ticket).all(|feature| {
        has_any(draft, feature)
            || live(draft, feature).any(|(no, shelf)| {
                let key = draft.key_of(holder, shelf.item.seat_basis);
                draft.has_group(no, key)
            })
            || can_take_over(draft, ticket, feature)
    })
}

/// The holder's owner has seats here that its new process would take over.
fn can_take_over(draft: &Draft<'_>, ticket: &Ticket, feature: No<Feature>) -> bool {
    let state = draft.state;
    let owner = ticket.queued.asked.holder.owner.as_deref();
    let Some(owner) = owner.and_then(|owner| state.names.find(owner)) else { return false };
    let range = (owner, feature, LeaseId(0))..=(owner, feature, LeaseId(u64::MAX));
    state.by_owner.range(range).next().is_some()
}

fn is_firm(ticket: &Ticket, draft: &Draft<'_>) -> bool {
    let patience = millis(draft.state.settings.patience_seconds);
    later(ticket.queued.at, patience) <= draft.now.at
}

/// What a ticket could take now of what it wants is kept for it.
fn keep(draft: &mut Draft<'_>, ticket: &Ticket) {
    let asked = &ticket.queued.asked;
    if gate(draft, asked.signed_by).is_some() {
        return;
    }
    for feature in &asked.features {
        let wanted = Wanted::to_hold(asked, &feature.name, feature.version);
        for (bin, seats) in in_reach(draft, wanted, feature.count) {
            draft.keep_free(bin, seats);
        }
    }
}

/// Holds seats for a ticket, all that it wants or nothing.
fn offer(draft: &mut Draft<'_>, ticket: &Ticket) -> Option<Vec<Event>> {
    let asked = &ticket.queued.asked;
    let is_over = ticket.queued.until < draft.now.at;
    if is_over || gate(draft, asked.signed_by).is_some() {
        return None;
    }
    let before = draft.clone();
    let (mut events, mut leases) = (Vec::new(), Vec::new());
    for feature in &asked.features {
        let Ok(grants) = grant(draft, asked, feature) else {
            *draft = before;
            return None;
        };
        for event in grants {
            match event {
                Event::Granted(granted) => leases.push(granted),
                other => events.push(other),
            }
        }
    }
    let at = draft.now.at;
    let until = later(at, millis(draft.state.settings.claim_seconds));
    let until = leases.iter().map(|lease| lease.expires).fold(until, Time::min);
    let short = |lease: Granted| Granted { expires: until, renew_after: until, ..lease };
    let leases = leases.into_iter().map(short).collect();
    events.push(Event::Offered(Offered { ticket: ticket.queued.ticket, at, until, leases }));
    Some(events)
}

/// Tickets whose offer nobody took.
fn lapses(state: &Leasing, now: Now) -> Vec<Event> {
    let by = later(now.at, -RECLAIM_MARGIN_MS);
    let over = state.queue.lapses.iter().take_while(|(until, _)| *until <= by);
    let lapsed = |(_, ticket): &(Time, _)| {
        let (ticket, at, how) = (*ticket, now.at, TicketEnd::Lapsed);
        Event::Unqueued(Unqueued { ticket, at, how, by: None, reason: None, denials: Vec::new() })
    };
    over.map(lapsed).collect()
}

/// Tickets whose time is over, with the denials that they get in place of seats.
fn waited_out(mut draft: Draft<'_>) -> Vec<Event> {
    let state = draft.state;
    let (at, how) = (draft.now.at, TicketEnd::WaitedOut);
    let mut events = Vec::new();
    for (_, id) in state.queue.ends.iter().take_while(|(until, _)| *until <= at) {
        let Some(ticket) = state.queue.tickets.get(id) else { continue };
        let Checkout { holder, dictionary, .. } = &ticket.queued.asked;
        draft.admit(holder, dictionary);
        let denied = crate::checkout::deny(&mut draft, &ticket.queued.asked);
        let denials = denied.iter().filter_map(|event| match event {
            Event::Denied(denied) => Some(denied.id),
            _ => None,
        });
        let denials = denials.collect();
        let ticket = *id;
        let end = Unqueued { ticket, at, how, by: None, reason: None, denials };
        events.extend(denied.into_iter().chain([Event::Unqueued(end)]));
    }
    events
}

/// The leases of an offer that its holder can still take.
pub(crate) fn offered_leases<'a>(
    state: &'a Leasing,
    leases: &'a [LeaseId],
) -> impl Iterator<Item = &'a Lease> {
    let live = leases.iter().filter_map(|lease| state.leases.get(lease));
    live.map(Box::as_ref).filter(|lease| !lease.dropped)
}
