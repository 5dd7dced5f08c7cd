//! What the holder of an activation ID sees: entitlements, containers, replacements.
//!
//! Kept here: only what comes from the IDs given is shown, of containers too. Deliberately not here: how the IDs are
//! proven (`portal`).

use tenure_api::office::{PortalContainer, PortalEntitlement, PortalLine};
use tenure_document::{ActivationId, ContainerKind, Time};
use tenure_issuing::office::{Activation, LineLookedUp, LookedUp, Office, OfficeContainer};

use super::{activation, container, entitlement, terms_text};
use crate::names::product_text;

/// Most activations of one line that are listed.
const ACTIVATIONS_MAX: usize = 100;
/// Every kind of container.
const KINDS: [ContainerKind; 4] =
    [ContainerKind::Server, ContainerKind::Bound, ContainerKind::Portable, ContainerKind::Unbound];

/// An entitlement.
pub(crate) fn entitlement_row(office: &Office, seen: &LookedUp<'_>) -> PortalEntitlement {
    let one = seen.entitlement;
    PortalEntitlement {
        activation_id: one.id.to_string(),
        state: entitlement::state(one.state),
        customer: entitlement::customer_name(office, one),
        activate_from: one.activate_from,
        activate_until: one.activate_until,
        lines: seen.lines.iter().map(|line| line_row(office, line)).collect(),
    }
}

fn line_row(office: &Office, seen: &LineLookedUp<'_>) -> PortalLine {
    let sold = &seen.line.sold;
    let terms = sold.terms();
    PortalLine {
        line: seen.line.no,
        product: product_text(&sold.product.key()),
        description: sold.product.description.clone(),
        summary: terms_text::summary(terms),
        bought: seen.line.quantity.into(),
        active: seen.active.into(),
        in_return: u64::from(seen.returning) + u64::from(seen.cooling_down),
        free: seen.free.into(),
        free_again: seen.next_back,
        ends: seen.line.ends,
        container_kinds: match terms.containers.is_empty() {
            true => KINDS.to_vec(),
            false => terms.containers.clone(),
        },
        returnable: terms.returns.allowed,
        refused: seen.refused.as_ref().map(ToString::to_string),
        activations: seen
            .activations
            .iter()
            .take(ACTIVATIONS_MAX)
            .map(|one| activation::portal_row(office, one))
            .collect(),
    }
}

/// The containers that hold something of these IDs.
pub(crate) fn containers(office: &Office, ids: &[ActivationId]) -> Vec<PortalContainer> {
    let mut found = std::collections::BTreeSet::new();
    for id in ids {
        let lines = office.entitlements().get(*id).into_iter().flat_map(|one| &one.lines);
        for no in lines.flat_map(|line| &line.activations) {
            let activation = office.activations().get(*no);
            found.extend(activation.filter(|one| one.state.counts()).map(|one| one.container));
        }
    }
    let known = found.into_iter().filter_map(|id| office.fleet().get(id));
    known.map(|known| container_row(office, known, ids)).collect()
}

fn container_row(
    office: &Office,
    known: &OfficeContainer,
    ids: &[ActivationId],
) -> PortalContainer {
    let of_ids = office.activations().of_container(known.id);
    let activations: Vec<_> = of_ids
        .filter(|one| one.state.counts() && ids.contains(&one.entitlement))
        .map(|one| activation::portal_row(office, one))
        .collect();
    let moves = office.fleet().moves().of_container(known.id);
    let moves = moves.filter(|booked| {
        let of_ids = |one: &Activation| ids.contains(&one.entitlement);
        booked.activations.iter().any(|no| office.activations().get(*no).is_some_and(of_ids))
    });
    PortalContainer {
        serial: known.id.serial(),
        name: known.name.to_string(),
        kind: known.kind,
        state: container::state(known.state),
        last_contact: Some(known.seen),
        pending: pending(office, known, known.seen),
        activations,
        moves: moves.map(container::moved).collect(),
    }
}

/// Operations that wait for it, and those that the next update would add.
fn pending(office: &Office, known: &OfficeContainer, now: Time) -> u64 {
    let issued = known.history.issued() - known.acknowledged();
    let wanted = office.work(known.id, &[], now);
    issued + wanted.iter().map(|work| work.ops.len() as u64).sum::<u64>()
}
