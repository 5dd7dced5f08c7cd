//! Deciding a device set: make a device hold exactly a list.
//!
//! Invariants: one decision; what the device holds and the list asks for is kept (and renewed), what is beyond the list
//! is released first, so that its seats can be granted again; a device never loses what it asked to keep because
//! something more was denied; asking for the same again grants and releases nothing.
//! Deliberately not here: renewing (renewal), granting (checkout).

use crate::actor::Actor;
use crate::checkout::{check, denied, grant, is_asked_by, note_together};
use crate::desired::desired;
use crate::draft::Draft;
use crate::event::{Event, Granted};
use crate::explain::{Why, gate};
use crate::lease::{Lease, LeasePart};
use crate::offers::serve_ahead;
use crate::paper::count_of;
use crate::refusal::Refusal;
use crate::renewal::renewed;
use crate::request::{Checkout, DeviceSet, FeatureRequest, Renew};
use crate::state::Leasing;
use crate::term::Now;
use crate::unasked::with_features;
use tenure_document::LeaseId;

/// Decides a device set.
pub(crate) fn set_device(
    state: &Leasing,
    set: &DeviceSet,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    check(&set.wanted)?;
    let asked = &*desired(state, &set.wanted, false);
    let mut draft = Draft::new(state, now);
    draft.admit(&asked.holder, &asked.dictionary);
    let asked = &*with_features(&mut draft, asked);
    let offers = serve_ahead(&mut draft, asked);
    let closed = gate(&draft, asked.signed_by);
    let held: Vec<&Lease> = state
        .leases_of_host(&asked.holder.host)
        .filter(|lease| !lease.dropped && !draft.has_ended(lease.id))
        .filter(|lease| state.signer(lease).is_none_or(|signer| is_asked_by(asked, signer)))
        .collect();
    let shares = share_out(state, asked, held, closed.is_some());
    let mut events: Vec<Event> =
        shares.beyond.iter().map(|lease| release(&mut draft, lease)).collect();
    // All that goes on is settled before anything is granted: no grant takes over what another feature keeps.
    let serving = shares.serving.iter();
    let kept: Vec<_> =
        serving.map(|serving| keep(&mut draft, asked, serving, &mut events)).collect();
    let (mut denials, mut missing) = (Vec::new(), Vec::new());
    for (feature, kept) in asked.features.iter().zip(&kept) {
        let covered = kept.iter().copied().fold(Cover::default(), Cover::with);
        // What nobody asked for is not missed as long as there is some of it.
        let is_missed = !set.wanted.features.is_empty() || covered.seats() == 0;
        if covered.seats() >= feature.count {
            continue;
        }
        let granted = match &closed {
            Some(why) => Err(why.clone()),
            None => complete(&mut draft, asked, feature, (kept, covered), &mut events),
        };
        if granted.is_ok() || is_missed {
            missing.push(missing_of(feature, covered));
        }
        if let (Err(why), true) = (granted, is_missed) {
            denials.push(denied_missing(&mut draft, asked, feature, (covered, why)));
        }
    }
    if asked.all && !denials.is_empty() {
        events.clear();
        note_together(&mut denials, &missing);
        note_kept(&mut denials, kept.iter().flatten());
    }
    Ok(offers.into_iter().chain(events).chain(denials).collect())
}

/// How many seats leases cover: those of their own together, of shared ones the most that one of them has.
#[derive(Debug, Clone, Copy, Default)]
struct Cover {
    own: u32,
    shared: u32,
}

impl Cover {
    fn with(self, lease: &Lease) -> Cover {
        let parts = lease.parts.as_slice().iter();
        let (shared, own): (Vec<_>, Vec<_>) = parts.partition(|part| part.shared.is_some());
        let sum = |parts: &[&LeasePart]| parts.iter().map(|part| part.count).sum::<u32>();
        let own = self.own.saturating_add(sum(&own));
        Cover { own, shared: self.shared.max(sum(&shared)) }
    }

    fn seats(self) -> u32 {
        self.own.saturating_add(self.shared)
    }
}

/// The leases of a device: for each wanted feature those that serve it, and those beyond the list.
struct Shares<'a> {
    serving: Vec<Vec<&'a Lease>>,
    beyond: Vec<&'a Lease>,
}

/// Gives every wanted feature the held leases that serve it: the highest wanted versions choose first; of the leases
/// exact versions go first, then large ones. One that is larger than what is still missing serves only where nothing
/// could be granted in its place.
fn share_out<'a>(
    state: &Leasing,
    asked: &Checkout,
    held: Vec<&'a Lease>,
    closed: bool,
) -> Shares<'a> {
    let mut order: Vec<usize> = (0..asked.features.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(asked.features[*place].version));
    let mut serving = vec![Vec::new(); asked.features.len()];
    let mut beyond = held;
    for place in order {
        let feature = &asked.features[place];
        let (mut fitting, rest): (Vec<_>, Vec<_>) =
            beyond.into_iter().partition(|lease| serves(state, asked, feature, lease));
        fitting.sort_by_key(|lease| (lease.version, std::cmp::Reverse(count_of(lease)), lease.id));
        beyond = rest;
        let mut covered = Cover::default();
        for lease in fitting {
            let with = covered.with(lease);
            let adds = with.seats() > covered.seats();
            if adds && (with.seats() <= feature.count || closed && covered.seats() < feature.count)
            {
                covered = with;
                serving[place].push(lease);
            } else {
                beyond.push(lease);
            }
        }
    }
    beyond.sort_by_key(|lease| lease.id);
    Shares { serving, beyond }
}

fn serves(state: &Leasing, asked: &Checkout, feature: &FeatureRequest, lease: &Lease) -> bool {
    let has_selectors = |(key, value): (&String, &String)| {
        lease.parts.as_slice().iter().all(|part| {
            let item = state.shelves.get(part.shelf).map(|shelf| &shelf.item);
            item.is_some_and(|item| item.selectors.get(key) == Some(value))
        })
    };
    Some(lease.feature) == state.features.find(feature.name.as_str())
        && lease.version >= feature.version
        && lease.borrow_seconds.map(|seconds| u64::from(seconds.get())) == asked.borrow_seconds
        && asked.selectors.iter().all(has_selectors)
}

/// Renews the leases that serve a feature; what can't be renewed is released. Answers those that go on.
fn keep<'a>(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    serving: &[&'a Lease],
    events: &mut Vec<Event>,
) -> Vec<&'a Lease> {
    let mut kept = Vec::with_capacity(serving.len());
    for lease in serving {
        let (nonce, request) = (asked.nonce.clone(), asked.request);
        let renew = Renew { lease: lease.id, by: Actor::Holder, nonce, request };
        match renewed(draft, lease, &renew) {
            Ok(renewed) => {
                draft.keep(lease.id);
                events.push(Event::Renewed(renewed));
                kept.push(*lease);
            }
            Err(_) => events.push(release(draft, lease)),
        }
    }
    kept
}

/// Grants what is missing of a feature. Seats of their own are added to; shared ones can only be had again as a whole,
/// and the leases that go on are given up for that only if there are more seats in the end.
fn complete(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
    (kept, covered): (&[&Lease], Cover),
    events: &mut Vec<Event>,
) -> Result<(), Why> {
    if covered.shared == 0 {
        let missing = FeatureRequest { count: feature.count - covered.own, ..feature.clone() };
        events.extend(grant(draft, asked, &missing)?);
        return Ok(());
    }
    let mut attempt = draft.clone();
    let releases: Vec<Event> = kept.iter().map(|lease| release(&mut attempt, lease)).collect();
    let before = attempt.clone();
    let grants: Vec<Event> = grant(&mut attempt, asked, feature)?.collect();
    let got = grants.iter().map(|event| match event {
        Event::Granted(Granted { count, .. }) => *count,
        _ => 0,
    });
    if got.sum::<u32>() <= covered.seats() {
        let whole = FeatureRequest { partial: false, ..feature.clone() };
        return grant(&mut before.clone(), asked, &whole).map(|_| ());
    }
    let goes_on = |event: &Event| !matches!(event, Event::Renewed(renewed) if kept.iter().any(|l| l.id == renewed.lease));
    events.retain(goes_on);
    events.extend(releases.into_iter().chain(grants));
    *draft = attempt;
    Ok(())
}

fn release(draft: &mut Draft<'_>, lease: &Lease) -> Event {
    draft.end(lease);
    let reason = Some("not in the device's list".to_owned());
    Event::Released { lease: lease.id, by: Actor::Holder, reason }
}

/// What is asked for of a feature of which this much goes on. Shared seats can only be had again as a whole.
fn missing_of(feature: &FeatureRequest, covered: Cover) -> FeatureRequest {
    let goes_on = if covered.shared > 0 { 0 } else { covered.own };
    FeatureRequest { count: feature.count - goes_on, ..feature.clone() }
}

/// Everything or nothing, and it is nothing: without a renewal, the first denial tells what would have gone on.
fn note_kept<'a>(denials: &mut [Event], kept: impl Iterator<Item = &'a &'a Lease>) {
    let kept: Vec<LeaseId> = kept.map(|lease| lease.id).collect();
    if let (false, Some(Event::Denied(first))) = (kept.is_empty(), denials.first_mut()) {
        first.asked.get_or_insert_default().kept = kept;
    }
}

/// A denial of what is missing of a feature. Where shared seats would have had to be had again as a whole, it tells
/// that whole too.
fn denied_missing(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
    (covered, why): (Cover, Why),
) -> Event {
    let count = feature.count - covered.seats();
    let is_whole = covered.shared > 0;
    let partial = feature.partial && !is_whole;
    let missing = FeatureRequest { count, partial, ..feature.clone() };
    let mut event = denied(draft, asked, &missing, why);
    if let (true, Event::Denied(denied)) = (is_whole, &mut event) {
        denied.asked.get_or_insert_default().count = Some(feature.count);
    }
    event
}
