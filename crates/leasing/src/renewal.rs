//! Deciding renewals and returns.
//!
//! Invariants: only the holder (by token or key) renews, only the holder or an administrator gives back; a renewal never
//! shortens what the holder's document says; a lease that ended never comes back, and its holder is told how it ended.
//! Deliberately not here: proving who asks (server), what an administrator's drop does (administration).

use crate::actor::{Actor, Ending};
use crate::candidates::{shortened_by, term};
use crate::dictionary::Dictionary;
use crate::draft::Draft;
use crate::event::{Event, Renewed};
use crate::lease::{Lease, LeasePart};
use crate::refusal::{LeaseRefusal, Refusal};
use crate::request::{Release, Renew};
use crate::reservation::claimed_by;
use crate::state::Leasing;
use crate::stock::Shelf;
use crate::term::{Now, Term, renew_after};
use std::collections::BTreeSet;
use tenure_document::{Item, LeaseId, Time};

/// The most leases in one request.
const LEASES_MAX: usize = 10_000;

/// Decides renewals: one is refused as a whole, of several each has its own event, in order.
pub(crate) fn renew(state: &Leasing, renewals: &[Renew], now: Now) -> Result<Vec<Event>, Refusal> {
    check_count(renewals.len())?;
    let draft = Draft::new(state, now);
    let decide = |renew: &Renew| {
        let lease = find(state, renew.lease)?;
        check_holder(state, lease, &renew.by)?;
        renewed(&draft, lease, renew)
    };
    if let [renew] = renewals {
        let renewed = decide(renew).map_err(|why| Refusal::Lease { lease: renew.lease, why })?;
        return Ok(vec![Event::Renewed(renewed)]);
    }
    let events = renewals.iter().map(|renew| match decide(renew) {
        Ok(renewed) => Event::Renewed(renewed),
        Err(why) => Event::NotRenewed { lease: renew.lease, why },
    });
    Ok(events.collect())
}

/// Decides returns: one is refused as a whole, of several each has its own event, in order.
pub(crate) fn release(state: &Leasing, releases: &[Release]) -> Result<Vec<Event>, Refusal> {
    check_count(releases.len())?;
    let mut given = BTreeSet::new();
    let mut decide = |release: &Release| {
        let lease = find(state, release.lease)?;
        check_releaser(state, lease, &release.by)?;
        if given.insert(release.lease) {
            Ok(())
        } else {
            Err(LeaseRefusal::LeaseEnded { how: Some(Ending::Released) })
        }
    };
    let released = |Release { lease, by, reason }: &Release| Event::Released {
        lease: *lease,
        by: by.clone(),
        reason: reason.clone(),
    };
    if let [release] = releases {
        decide(release).map_err(|why| Refusal::Lease { lease: release.lease, why })?;
        return Ok(vec![released(release)]);
    }
    let events = releases.iter().map(|release| match decide(release) {
        Ok(()) => released(release),
        Err(why) => Event::NotReleased { lease: release.lease, why },
    });
    Ok(events.collect())
}

/// A live lease, or what became of it.
fn find(state: &Leasing, id: LeaseId) -> Result<&Lease, LeaseRefusal> {
    if let Some(lease) = state.leases.get(&id) {
        return Ok(lease);
    }
    match state.endings.get(id) {
        Some(Ending::TakenOver) => Err(LeaseRefusal::TakenOver),
        Some(Ending::Dropped) => Err(LeaseRefusal::Dropped),
        Some(how) => Err(LeaseRefusal::LeaseEnded { how: Some(how) }),
        None if id > LeaseId(0) && id < state.next_lease => {
            Err(LeaseRefusal::LeaseEnded { how: None })
        }
        None => Err(LeaseRefusal::LeaseUnknown),
    }
}

/// Whether the holder asks.
pub(crate) fn check_holder(state: &Leasing, lease: &Lease, by: &Actor) -> Result<(), LeaseRefusal> {
    let is_holder = match by {
        Actor::Holder => true,
        Actor::Key(key) => state.signer(lease).is_some_and(|signer| signer.is_key(*key)),
        Actor::Admin(_) => false,
    };
    is_holder.then_some(()).ok_or(LeaseRefusal::NotYours)
}

fn check_releaser(state: &Leasing, lease: &Lease, by: &Actor) -> Result<(), LeaseRefusal> {
    match by {
        Actor::Admin(_) => Ok(()),
        Actor::Holder | Actor::Key(_) => check_holder(state, lease, by),
    }
}

/// The renewal of a live lease by its holder.
pub(crate) fn renewed(
    draft: &Draft<'_>,
    lease: &Lease,
    renew: &Renew,
) -> Result<Renewed, LeaseRefusal> {
    let state = draft.state;
    if lease.dropped {
        return Err(LeaseRefusal::Dropped);
    }
    let key = state.signer(lease).and_then(|signer| signer.signed_by());
    if state.container.is_revoked() || key.is_some_and(|key| state.is_key_revoked(key)) {
        return Err(LeaseRefusal::Revoked);
    }
    check_rules(state, lease)?;
    let at = draft.now.at;
    let mut expires: Option<Time> = None;
    for part in lease.parts.as_slice() {
        let end = part_term(draft, lease, part)?.1.end(at);
        expires = Some(expires.map_or(end, |expires| expires.min(end)));
    }
    // The holder's present document stays valid to its end, so the server's view must last as long.
    let expires = expires.unwrap_or(lease.expires).max(lease.expires);
    let parts = lease.parts.as_slice().iter();
    let terms = parts.filter_map(|part| part_term(draft, lease, part).ok());
    let percents = (state.settings.renew_percent, state.settings.renew_jitter_percent);
    Ok(Renewed {
        lease: lease.id,
        at,
        expires,
        renew_after: renew_after(state.seed, lease.id, (at, expires), percents),
        sequence: state.container.sequence(),
        shortened_by: shortened_by(draft, borrow_seconds(lease), expires, terms),
        nonce: renew.nonce.clone(),
        request: renew.request,
    })
}

/// The rules that came after a lease must give its holder what it holds, unless they let older leases go on.
fn check_rules(state: &Leasing, lease: &Lease) -> Result<(), LeaseRefusal> {
    if !state.models.is_older(lease.id) || state.models.is_kept(lease.id) {
        return Ok(());
    }
    let access = state.access_of_lease(lease);
    if access.is_denied() {
        return Err(LeaseRefusal::DeniedByRule { rule: access.rule() });
    }
    let holder = state.holder(lease);
    let is_reserved =
        |bin| holder.as_ref().is_some_and(|holder| state.is_reserved_for(bin, holder));
    let given = |part: &LeasePart| access.pools().contains(&part.pool) || is_reserved(part.bin());
    let mut missed = lease.parts.as_slice().iter().filter(|part| !given(part)).peekable();
    // Who asked for nothing in particular may have more.
    let none = Dictionary::new();
    let facts = state.facts_of(lease.id).unwrap_or(&none);
    let unasked = holder.as_ref().filter(|_| missed.peek().is_some());
    let unasked = unasked.map_or_else(Vec::new, |holder| state.unasked_pools(holder, facts));
    match missed.find(|part| !unasked.contains(&part.pool)) {
        Some(part) => {
            Err(LeaseRefusal::PoolNotGiven { pool: state.pool_name(part.pool).to_owned() })
        }
        None => Ok(()),
    }
}

/// What one part comes from, and how long it may run from now.
fn part_term<'a>(
    draft: &Draft<'a>,
    lease: &Lease,
    part: &LeasePart,
) -> Result<(&'a Item, Term), LeaseRefusal> {
    let state = draft.state;
    let shelf = state
        .shelves
        .get(part.shelf)
        .filter(|shelf| shelf.present && !shelf.is_metered() && shelf.feature == lease.feature);
    let shelf = shelf.ok_or(LeaseRefusal::ItemWithdrawn)?;
    if shelf.item.version < lease.version {
        return Err(LeaseRefusal::VersionTooLow);
    }
    if shelf.item.grace_end().is_some_and(|end| end <= draft.rights.items) {
        return Err(LeaseRefusal::ItemExpired);
    }
    if state.container.contact_due(&shelf.item).is_some_and(|due| due <= draft.rights.items) {
        return Err(LeaseRefusal::ContactDue);
    }
    if shelf.excess.is_some() || shelf.shares.is_some() || !state.book.is_empty() {
        goes_on(state, shelf, lease, part)?;
    }
    Ok((&shelf.item, term(draft, &shelf.item, borrow_seconds(lease), lease.granularity)))
}

fn borrow_seconds(lease: &Lease) -> Option<u64> {
    lease.borrow_seconds.map(|seconds| u64::from(seconds.get()))
}

/// Whether a lease may go on with a part of it: its claim may, or so many seats of it count against the reservations of
/// the lease's own holder.
fn goes_on(
    state: &Leasing,
    shelf: &Shelf,
    lease: &Lease,
    part: &LeasePart,
) -> Result<(), LeaseRefusal> {
    let seated = state.seated(lease, part);
    let group = lease.group_of(part).and_then(|place| state.groups.get(&place));
    let claim = group.map_or((lease.id, part.count), |group| (group.first, group.size));
    state.goes_on(shelf, &seated, claim).or_else(|refusal| {
        let own = claimed_by(state.book.stakes.claims(&seated), state.members_of_lease(lease));
        if own >= part.count { Ok(()) } else { Err(refusal) }
    })
}

fn check_count(count: usize) -> Result<(), Refusal> {
    if count > LEASES_MAX {
        return Err(Refusal::BadRequest(format!("at most {LEASES_MAX} leases in one request")));
    }
    Ok(())
}
