//! Deciding a checkout: every wanted feature by itself, or all of them together.
//!
//! Invariants: features are decided in the order asked, each sees what the ones before it took; `all` leaves either all
//! grants or only denials; an owner's new process gets the seats of the old one in the same decision.
//! Deliberately not here: how one feature is planned (planning), wire limits of HTTP bodies (server).

use crate::asked::Asked;
use crate::candidates::Wanted;
use crate::denial::{DenialReason, Denied, Remedy};
use crate::dictionary::{check_dictionary, check_selectors};
use crate::draft::Draft;
use crate::event::Event;
use crate::explain::{Why, gate_checkout, unknown_feature};
use crate::lease::{Lease, Signer};
use crate::planning::Amount;
use crate::refusal::Refusal;
use crate::request::{Checkout, FEATURES_MAX, FeatureRequest, SEATS_MAX};
use crate::stranded::plan_anew;
use tenure_document::LeaseId;

/// The longest text in a request, in bytes.
const TEXT_MAX: usize = 1_024;

/// A wanted feature, by its place in the request, that can't be granted.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) place: usize,
    pub(crate) why: Why,
}

/// Grants what can be granted, and says what can't.
pub(crate) fn grant_each(draft: &mut Draft<'_>, asked: &Checkout) -> (Vec<Event>, Vec<Failure>) {
    let gate = gate_checkout(draft, asked);
    // Events are large: room for those that come as a rule, and no more.
    let (mut events, mut failures) = (Vec::with_capacity(asked.features.len()), Vec::new());
    for (place, feature) in asked.features.iter().enumerate() {
        let granted = match &gate {
            Some(why) => Err(why.clone()),
            None => grant(draft, asked, feature),
        };
        match granted {
            Ok(grant) => events.extend(grant),
            Err(why) => failures.push(Failure { place, why }),
        }
    }
    (events, failures)
}

/// The denials of what can't be granted.
pub(crate) fn deny_each(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    failures: Vec<Failure>,
) -> Vec<Event> {
    let mut denials = Vec::with_capacity(failures.len());
    for Failure { place, why } in failures {
        let feature = asked.features.get(place);
        denials.extend(feature.map(|feature| denied(draft, asked, feature, why)));
    }
    if asked.all && asked.features.len() > 1 && !denials.is_empty() {
        note_together(&mut denials, &asked.features);
    }
    denials
}

/// The denials of a request that has waited in vain.
pub(crate) fn deny(draft: &mut Draft<'_>, asked: &Checkout) -> Vec<Event> {
    let (_, mut failures) = grant_each(&mut draft.clone(), asked);
    if failures.is_empty() {
        // What is free is kept for others.
        let why = Why::plain(DenialReason::NoSeats, Remedy::AskAdministrator);
        failures.push(Failure { place: 0, why });
    }
    deny_each(draft, asked, failures)
}

/// Grants one feature, with the ends of the leases that the new one takes over.
pub(crate) fn grant(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
) -> Result<impl Iterator<Item = Event> + use<>, Why> {
    let old = taken_over(draft, asked, feature);
    // To go back to; a plan that can't be had changes nothing by itself.
    let before = (!old.is_empty()).then(|| draft.clone());
    old.iter().for_each(|lease| draft.end(lease));
    let wanted = Wanted::to_hold(asked, &feature.name, feature.version);
    let amount = Amount { count: feature.count, partial: feature.partial };
    let granted = plan_anew(draft, wanted, amount).and_then(|(plan, given_up)| {
        let granted = draft.grant(asked, feature, &plan);
        let granted = granted.ok_or_else(|| unknown_feature(draft, &feature.name));
        granted.map(|granted| (granted, draft.state.named_seats(given_up)))
    });
    match granted {
        Ok((granted, named)) => {
            let (old, by): (Vec<LeaseId>, _) =
                (old.iter().map(|old| old.id).collect(), granted.lease);
            let ends = old.into_iter().map(move |lease| Event::TakenOver { lease, by });
            let given_up =
                (!named.is_empty()).then(|| Event::Expired { leases: Vec::new(), named });
            Ok(given_up.into_iter().chain(ends).chain([Event::Granted(granted)]))
        }
        Err(why) => {
            before.into_iter().for_each(|before| *draft = before);
            Err(why)
        }
    }
}

/// The leases of the same owner that a new process takes over: of this feature, held by another process, not away from
/// the network. One that was granted to a key is taken over only with that key.
fn taken_over<'a>(draft: &Draft<'a>, asked: &Checkout, feature: &FeatureRequest) -> Vec<&'a Lease> {
    let state = draft.state;
    let owner = asked.holder.owner.as_deref().and_then(|owner| state.names.find(owner));
    let Some((owner, no)) = owner.zip(state.features.find(feature.name.as_str())) else {
        return Vec::new();
    };
    let range = (owner, no, LeaseId(0))..=(owner, no, LeaseId(u64::MAX));
    let leases = state.by_owner.range(range).filter_map(|(_, _, lease)| state.leases.get(lease));
    leases
        .map(Box::as_ref)
        .filter(|lease| draft.can_be_taken_over(&asked.holder, lease))
        .filter(|lease| state.signer(lease).is_none_or(|signer| is_asked_by(asked, signer)))
        .collect()
}

/// True when the request carries a key of the lease's.
pub(crate) fn is_asked_by(asked: &Checkout, signer: &Signer) -> bool {
    let client_key = asked.client_key.as_ref().map(|key| key.id());
    [asked.signed_by, client_key].into_iter().flatten().any(|key| signer.is_key(key))
}

/// A denial of one wanted feature.
pub(crate) fn denied(
    draft: &mut Draft<'_>,
    asked: &Checkout,
    feature: &FeatureRequest,
    why: Why,
) -> Event {
    Event::Denied(Denied {
        id: draft.number_denial(),
        at: draft.now.at,
        holder: asked.holder.clone(),
        feature: feature.name.clone(),
        version: feature.version,
        count: u64::from(feature.count),
        borrow_seconds: asked.borrow_seconds,
        dictionary: asked.dictionary.clone(),
        reason: why.reason,
        pools: why.pools,
        remedy: why.remedy,
        rule: draft.access().rule(),
        asked: Asked::beyond(asked, feature, (feature.version, feature.count)).stored(),
    })
}

/// Everything or nothing, and it is nothing: the first denial tells what could have been granted but for the denied.
pub(crate) fn note_together(denials: &mut [Event], asked: &[FeatureRequest]) {
    let is_of = |event: &Event, feature: &FeatureRequest| {
        matches!(event, Event::Denied(denied) if denied.feature == feature.name
            && denied.version == feature.version
            && denied.count <= u64::from(feature.count))
    };
    // Denials stand in the order of the features; of two alike it is the later one that was denied.
    let mut left = denials.iter().rev().peekable();
    let mut together: Vec<FeatureRequest> = Vec::new();
    for feature in asked.iter().rev() {
        if left.next_if(|event| is_of(event, feature)).is_none() {
            together.push(feature.clone());
        }
    }
    if together.is_empty() {
        return;
    }
    together.reverse();
    if let Some(Event::Denied(first)) = denials.first_mut() {
        first.asked.get_or_insert_default().together = together;
    }
}

/// What a request may be at all.
pub(crate) fn check(asked: &Checkout) -> Result<(), Refusal> {
    if asked.features.len() > FEATURES_MAX {
        return bad(format!("at most {FEATURES_MAX} features in one request"));
    }
    let mut seats = 0;
    for feature in &asked.features {
        check_text("the name of a feature", &feature.name)?;
        if feature.count == 0 || feature.count > SEATS_MAX {
            let name = &feature.name;
            return bad(format!("feature {name:?}: count must be from 1 to {SEATS_MAX}"));
        }
        seats += feature.count;
    }
    if seats > SEATS_MAX {
        return bad(format!("at most {SEATS_MAX} seats in one request, all features together"));
    }
    if asked.borrow_seconds == Some(0) {
        return bad("borrow for at least one second".into());
    }
    check_dictionary(&asked.dictionary).map_err(Refusal::BadRequest)?;
    check_selectors(&asked.selectors).map_err(Refusal::BadRequest)?;
    match &asked.nonce {
        Some(nonce) if nonce.as_slice().len() > TEXT_MAX => bad("the nonce is too long".into()),
        _ => Ok(()),
    }
}

/// A text of a request: not empty, not too long, no control characters.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.len() > TEXT_MAX || text.chars().any(char::is_control) {
        return bad(format!("{what} must have 1 to {TEXT_MAX} bytes and no control characters"));
    }
    Ok(())
}

pub(crate) fn bad<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal::BadRequest(message))
}
