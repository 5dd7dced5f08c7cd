//! Activations on the wire, for the staff and for whoever holds the activation ID.
//!
//! Invariants: one word for each state on both sides; the product is the line's as it is now.

use tenure_api::office::{ActivationRow, ActivationState as WireState, PortalActivation};
use tenure_issuing::office::{Activation, ActivationState, Office};

use crate::names::product_text;

/// All states, as they are filtered by.
pub(crate) const STATES: [ActivationState; 9] = [
    ActivationState::Assigned,
    ActivationState::Delivered,
    ActivationState::Confirmed,
    ActivationState::ReturnAsked,
    ActivationState::ReturnedWithoutReceipt,
    ActivationState::CoolingDown,
    ActivationState::Returned,
    ActivationState::WrittenOff,
    ActivationState::Cancelled,
];

/// An activation for the staff.
pub(crate) fn row(office: &Office, activation: &Activation) -> ActivationRow {
    let entitlement = office.entitlements().get(activation.entitlement);
    ActivationRow {
        activation: activation.no.to_string(),
        activation_id: activation.entitlement.to_string(),
        line: activation.line,
        product: product(office, activation),
        customer: entitlement.map(|one| one.customer.to_string()).unwrap_or_default(),
        serial: activation.container.serial(),
        quantity: activation.quantity,
        state: state(activation.state),
        since: activation.since,
        free_at: activation.back_at,
    }
}

/// An activation for whoever holds its activation ID.
pub(crate) fn portal_row(office: &Office, activation: &Activation) -> PortalActivation {
    PortalActivation {
        activation: activation.no.to_string(),
        activation_id: activation.entitlement.to_string(),
        line: activation.line,
        product: product(office, activation),
        serial: activation.container.serial(),
        quantity: activation.quantity,
        state: state(activation.state),
        since: activation.since,
        free_at: activation.back_at,
    }
}

fn product(office: &Office, activation: &Activation) -> String {
    let line = office.entitlements().line(activation.entitlement, activation.line);
    line.map(|line| product_text(&line.sold.product.key())).unwrap_or_default()
}

fn state(state: ActivationState) -> WireState {
    match state {
        ActivationState::Assigned => WireState::Assigned,
        ActivationState::Delivered => WireState::Delivered,
        ActivationState::Confirmed => WireState::Confirmed,
        ActivationState::ReturnAsked => WireState::ReturnAsked,
        ActivationState::ReturnedWithoutReceipt => WireState::ReturnedWithoutReceipt,
        ActivationState::CoolingDown => WireState::CoolingDown,
        ActivationState::Returned => WireState::Returned,
        ActivationState::WrittenOff => WireState::WrittenOff,
        ActivationState::Cancelled => WireState::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_word_in_the_books_and_on_the_wire() {
        for one in STATES {
            assert_eq!(one.code(), state(one).word());
        }
    }
}
