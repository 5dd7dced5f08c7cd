//! What events do to entitlements.
//!
//! Invariants: everything comes from the event and the state; nothing is chosen here.
//! Deliberately not here: which events (entitlement_decide), activations (activation_fold).

use super::entitlement_command::{
    EntitlementChanged, EntitlementMade, EntitlementOrdered, EntitlementTurned, LineExtended,
    LineReduced, LineReplaced,
};
use super::entitlements::{Entitlement, EntitlementState, OrderTaken};
use super::line::{Line, LineOrdered, Sold};
use super::state::Office;
use std::sync::Arc;
use tenure_document::{ActivationId, Time};

impl Office {
    pub(crate) fn entitlement_made(&mut self, event: &EntitlementMade, at: Time) {
        self.entitlements.insert(Entitlement {
            id: event.id,
            customer: event.customer,
            lines: Vec::new(),
            orders: Vec::new(),
            state: EntitlementState::Active,
            activate_from: event.activate_from,
            activate_until: event.activate_until,
            notes: event.notes.clone(),
            made: at,
        });
        self.take_order(event.id, &event.reference, &event.lines, at);
    }

    pub(crate) fn entitlement_ordered(&mut self, event: &EntitlementOrdered, at: Time) {
        self.take_order(event.id, &event.reference, &event.lines, at);
    }

    fn take_order(&mut self, id: ActivationId, reference: &str, lines: &[LineOrdered], at: Time) {
        let Some(entitlement) = self.entitlements.get_mut(id) else {
            return;
        };
        for ordered in lines {
            match entitlement.line_mut(ordered.line) {
                Some(line) => line.quantity = line.quantity.saturating_add(ordered.quantity),
                None => {
                    let sold = ordered.sold.as_ref();
                    let Some(sold) = sold.and_then(|paper| Sold::read(paper, &self.catalog)) else {
                        continue;
                    };
                    entitlement.lines.push(Line {
                        no: ordered.line,
                        sold,
                        quantity: ordered.quantity,
                        starts: ordered.starts,
                        ends: ordered.ends,
                        revision: 0,
                        earlier: Vec::new(),
                        taken: 0,
                        activations: Vec::new(),
                    });
                }
            }
        }
        entitlement.orders.push(OrderTaken {
            reference: reference.to_owned(),
            at,
            units: lines.iter().map(|ordered| (ordered.line, ordered.quantity)).collect(),
        });
    }

    pub(crate) fn entitlement_changed(&mut self, event: &EntitlementChanged) {
        let change = &event.change;
        if let Some(entitlement) = self.entitlements.get_mut(event.id) {
            if let Some(from) = change.activate_from {
                entitlement.activate_from = from;
            }
            if let Some(until) = change.activate_until {
                entitlement.activate_until = until;
            }
            if let Some(notes) = &change.notes {
                entitlement.notes.clone_from(notes);
            }
        }
        if let Some(customer) = change.customer {
            self.entitlements.hand_over(event.id, customer);
        }
    }

    pub(crate) fn entitlement_turned(&mut self, event: &EntitlementTurned, at: Time) {
        let Some(entitlement) = self.entitlements.get_mut(event.id) else {
            return;
        };
        entitlement.state = event.state;
        if event.state == EntitlementState::Withdrawn {
            let lines = entitlement.lines.iter();
            let numbers: Vec<_> = lines.flat_map(|line| line.activations.clone()).collect();
            self.withdraw_line(&numbers, at);
        }
    }

    pub(crate) fn line_extended(&mut self, event: &LineExtended) {
        if let Some(line) = self.entitlements.line_mut(event.id, event.line) {
            line.ends = Some(event.ends);
            line.revision += 1;
        }
    }

    pub(crate) fn line_replaced(&mut self, event: &LineReplaced) {
        let Some(sold) = Sold::read(&event.sold, &self.catalog) else {
            return;
        };
        if let Some(line) = self.entitlements.line_mut(event.id, event.line) {
            line.revision += 1;
            if !Arc::ptr_eq(&sold.product, &line.sold.product) {
                line.earlier.push((line.revision, line.sold.product.clone()));
            }
            line.sold = sold;
            line.ends = event.ends;
        }
    }

    pub(crate) fn line_reduced(&mut self, event: &LineReduced) {
        if let Some(line) = self.entitlements.line_mut(event.id, event.line) {
            line.quantity = line.quantity.saturating_sub(event.quantity);
        }
    }
}
