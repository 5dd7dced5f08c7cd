//! Deciding what holders of tickets ask: taking an offer, giving up waiting.
//!
//! Invariants: an offer is taken once and as a whole, asking again renews what was taken; only the holder takes, the
//! holder and administrators end a ticket; ending one gives back everything that it was offered.
//! Deliberately not here: making offers (offers), proving who asks (server).

use crate::actor::{Actor, TicketEnd};
use crate::draft::Draft;
use crate::event::Event;
use crate::ids::TicketId;
use crate::lease::Lease;
use crate::offers::offered_leases;
use crate::refusal::Refusal;
use crate::renewal::{check_holder, renewed};
use crate::request::{Cancel, Claim, Renew};
use crate::state::Leasing;
use crate::term::Now;
use crate::ticket::{Settled, Unqueued};
use tenure_document::{Bytes, Hash, LeaseId};

/// Decides a claim: nothing happens while the ticket waits.
pub(crate) fn claim(state: &Leasing, asked: &Claim, now: Now) -> Result<Vec<Event>, Refusal> {
    let ticket = asked.ticket;
    let draft = Draft::new(state, now);
    let Some(waiting) = state.queue.tickets.get(&ticket) else {
        let settled = settled(state, ticket)?;
        if settled.how != TicketEnd::Claimed {
            return Err(ended(ticket, settled));
        }
        let renewals = lengthen(&draft, asked, (&settled.leases, None, settled.request))?;
        let goes_on = renewals.iter().any(|event| matches!(event, Event::Renewed(_)));
        return if goes_on { Ok(renewals) } else { Err(ended(ticket, settled)) };
    };
    if !waiting.is_of(&asked.by) {
        return Err(Refusal::NotYours);
    }
    let Some(offer) = &waiting.offer else { return Ok(Vec::new()) };
    let request = &waiting.queued.asked;
    let leases: Vec<LeaseId> = offered_leases(state, &offer.leases).map(|lease| lease.id).collect();
    let terms = (&leases[..], request.nonce.as_ref(), request.request);
    let renewals = lengthen(&draft, asked, terms)?;
    let is_renewed = |event: &Event| matches!(event, Event::Renewed(_));
    // What was offered together is taken together: the offer lapses when part of it is gone.
    if leases.len() < offer.leases.len() || !renewals.iter().all(is_renewed) {
        let how = Some(TicketEnd::Lapsed);
        return Err(Refusal::TicketEnded { ticket, how, denials: Vec::new() });
    }
    let claimed = Event::Claimed { ticket, at: now.at, leases };
    Ok(std::iter::once(claimed).chain(renewals).collect())
}

/// Renews the leases of a ticket for its holder, one event each.
fn lengthen(
    draft: &Draft<'_>,
    asked: &Claim,
    (leases, nonce, request): (&[LeaseId], Option<&Bytes>, Option<Hash>),
) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::with_capacity(leases.len());
    for lease in offered_leases(draft.state, leases) {
        check_holder(draft.state, lease, &asked.by).map_err(|_| Refusal::NotYours)?;
        let nonce = asked.nonce.as_ref().or(nonce).cloned();
        let renew = Renew { lease: lease.id, by: asked.by.clone(), nonce, request };
        events.push(match renewed(draft, lease, &renew) {
            Ok(renewed) => Event::Renewed(renewed),
            Err(why) => Event::NotRenewed { lease: lease.id, why },
        });
    }
    Ok(events)
}

/// Decides the end of a ticket.
pub(crate) fn cancel(state: &Leasing, asked: &Cancel, now: Now) -> Result<Vec<Event>, Refusal> {
    let Cancel { ticket, by, reason } = asked;
    let ticket = *ticket;
    if reason.as_ref().is_some_and(|reason| reason.len() > REASON_MAX) {
        return Err(Refusal::BadRequest(format!("a reason has at most {REASON_MAX} bytes")));
    }
    let is_admin = matches!(by, Actor::Admin(_));
    let release = |lease: &Lease| {
        let reason = reason.clone().or_else(|| Some("its ticket was cancelled".to_owned()));
        Event::Released { lease: lease.id, by: by.clone(), reason }
    };
    let Some(waiting) = state.queue.tickets.get(&ticket) else {
        // Who gave up waiting and was served in the same moment does not keep what nobody will use.
        let settled = settled(state, ticket)?;
        let taken = offered_leases(state, &settled.leases);
        let own = taken.filter(|lease| !is_admin && check_holder(state, lease, by).is_ok());
        let released: Vec<Event> = own.map(release).collect();
        return if released.is_empty() { Err(ended(ticket, settled)) } else { Ok(released) };
    };
    if !is_admin && !waiting.is_of(by) {
        return Err(Refusal::NotYours);
    }
    let offered = waiting.offer.as_ref().map_or(&[][..], |offer| &offer.leases);
    let mut events: Vec<Event> = offered_leases(state, offered).map(release).collect();
    events.push(Event::Unqueued(Unqueued {
        ticket,
        at: now.at,
        how: TicketEnd::Cancelled,
        by: Some(by.clone()),
        reason: reason.clone(),
        denials: Vec::new(),
    }));
    Ok(events)
}

/// The longest reason, in bytes.
const REASON_MAX: usize = 4_096;

fn settled(state: &Leasing, ticket: TicketId) -> Result<&Settled, Refusal> {
    let known = ticket.0 > 0 && ticket < state.queue.next;
    let gone = || match known {
        true => Refusal::TicketEnded { ticket, how: None, denials: Vec::new() },
        false => Refusal::TicketUnknown { ticket },
    };
    state.queue.find_settled(ticket).ok_or_else(gone)
}

fn ended(ticket: TicketId, settled: &Settled) -> Refusal {
    Refusal::TicketEnded { ticket, how: Some(settled.how), denials: settled.denials.clone() }
}
