//! What each event does to the office: the only way its state changes.
//!
//! Invariants: total; the same events in the same order give the same state on every machine and in every later release.
//! Deliberately not here: the changes themselves (each with its part of the office).

use super::event::Event;
use super::state::Office;
use tenure_document::Time;

impl Office {
    /// Changes the state; `at` is the time of the ledger's entry.
    pub fn apply(&mut self, event: &Event, at: Time) {
        match event {
            Event::ProductSet(event) => self.catalog.set_product(event),
            Event::LicenseModelSet(event) => self.catalog.set_model(event),
            Event::RelationSet(event) => self.catalog.set_relation(event),
            Event::RelationDeleted(event) => self.catalog.delete_relation(event),
            Event::CustomerSet(event) => self.customers.set(event, at),
            Event::CustomerForgotten(event) => self.customers.forget(event, at),
            Event::EntitlementMade(event) => self.entitlement_made(event, at),
            Event::EntitlementOrdered(event) => self.entitlement_ordered(event, at),
            Event::EntitlementChanged(event) => self.entitlement_changed(event),
            Event::EntitlementTurned(event) => self.entitlement_turned(event, at),
            Event::LineExtended(event) => self.line_extended(event),
            Event::LineReplaced(event) => self.line_replaced(event),
            Event::LineReduced(event) => self.line_reduced(event),
            Event::Activated(event) => self.activated(event, at),
            Event::ReturnAsked(event) => self.return_asked(event, at),
            Event::CameBack(event) => self.came_back(event, at),
        }
    }
}
