//! Deciding a device set: make a device hold exactly a list.
//!
//! Invariants: one decision; what the device holds and the list asks for is kept (and renewed), what is beyond the list
//! is released first, so that its seats can be granted again; a device never loses a lease that it asked to keep because
//! something more was denied; asking for the same again grants and releases nothing.
//! Deliberately not here: renewing (renewal), granting (checkout).

use crate::actor::Actor;
use crate::checkout::{check, denied, grant, is_asked_by};
use crate::draft::Draft;
use crate::event::Event;
use crate::explain::gate;
use crate::lease::Lease;
use crate::paper::count_of;
use crate::refusal::Refusal;
use crate::renewal::renewed;
use crate::request::{Checkout, DeviceSet, FeatureRequest, Renew};
use crate::state::Leasing;
use crate::term::Now;

/// Decides a device set.
pub(crate) fn set_device(
    state: &Leasing,
    set: &DeviceSet,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let asked = &set.wanted;
    check(asked)?;
    let mut draft = Draft::new(state, now);
    let held: Vec<&Lease> = state
        .leases_of_host(&asked.holder.host)
        .filter(|lease| !lease.dropped)
        .filter(|lease| state.signer(lease).is_none_or(|signer| is_asked_by(asked, signer)))
        .collect();
    let mut shares = share_out(state, asked, held);
    let mut events: Vec<Event> =
        shares.beyond.iter().map(|lease| release(&mut draft, lease)).collect();
    let mut denials = Vec::new();
    let closed = gate(&draft, asked.signed_by);
    for (feature, kept) in asked.features.iter().zip(&mut shares.kept) {
        let missing = keep(&mut draft, asked, feature, kept, &mut events);
        let Some(missing) = missing else { continue };
        let granted = match &closed {
            Some(why) => Err(why.clone()),
            None => grant(&mut draft, asked, &missing),
        };
        match granted {
            Ok(grants) => events.extend(grants),
            Err(why) => denials.push(denied(&mut draft, asked, &missing, why)),
        }
    }
    if asked.all && !denials.is_empty() {
        events.clear();
    }
    events.extend(denials);
    Ok(events)
}

/// The leases of a device, each with the wanted feature it serves.
struct Shares<'a> {
    kept: Vec<Vec<&'a Lease>>,
    beyond: Vec<&'a Lease>,
}

/// Gives every wanted feature the held leases that serve it: exact versions first, oldest first.
fn share_out<'a>(state: &Leasing, asked: &Checkout, held: Vec<&'a Lease>) -> Shares<'a> {
    let mut beyond = held;
    let mut kept = Vec::with_capacity(asked.features.len());
    for feature in &asked.features {
        let no = state.features.find(feature.name.as_str());
        let serves = |lease: &&'a Lease| {
            Some(lease.feature) == no
                && lease.version >= feature.version
                && lease.borrow_seconds.map(u64::from) == asked.borrow_seconds
                && has_selectors(state, asked, lease)
        };
        let (mut serving, rest): (Vec<_>, Vec<_>) = beyond.into_iter().partition(serves);
        serving.sort_by_key(|lease| (lease.version, lease.id));
        let mut left = feature.count;
        let mut mine = Vec::new();
        beyond = rest;
        for lease in serving {
            if left > 0 {
                left = left.saturating_sub(count_of(lease));
                mine.push(lease);
            } else {
                beyond.push(lease);
            }
        }
        beyond.sort_by_key(|lease| lease.id);
        kept.push(mine);
    }
    Shares { kept, beyond }
}

fn has_selectors(state: &Leasing, asked: &Checkout, lease: &Lease) -> bool {
    asked.selectors.iter().all(|(key, value)| {
        lease.parts.as_slice().iter().all(|part| {
            let item = state.shelves.get(part.shelf).map(|shelf| &shelf.item);
            item.is_some_and(|item| item.selectors.get(key) == Some(value))
        })
    })
}

/// Renews the leases that serve a feature. What can't be renewed, or is more than asked for, is released. Answers what
/// is missing then.
fn keep(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
    kept: &mut Vec<&Lease>,
    events: &mut Vec<Event>,
) -> Option<FeatureRequest> {
    let mut left = feature.count;
    for lease in kept.drain(..) {
        let renew = Renew {
            lease: lease.id,
            by: Actor::Holder,
            nonce: asked.nonce.clone(),
            request: asked.request,
        };
        let renewed = renewed(draft, lease, &renew).ok().filter(|_| count_of(lease) <= left);
        match renewed {
            Some(renewed) => {
                left -= count_of(lease);
                events.push(Event::Renewed(renewed));
            }
            None => events.push(release(draft, lease)),
        }
    }
    (left > 0).then(|| FeatureRequest { count: left, ..feature.clone() })
}

fn release(draft: &mut Draft<'_>, lease: &Lease) -> Event {
    draft.end(lease);
    let reason = Some("not in the device's list".to_owned());
    Event::Released { lease: lease.id, by: Actor::Holder, reason }
}
