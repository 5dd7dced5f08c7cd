//! What each event does to the office: the only way its state changes.
//!
//! Invariants: total; the same events in the same order give the same state on every machine and in every later release.
//! Deliberately not here: the changes themselves (each with its part of the office).

use super::event::Event;
use super::line::LineOrdered;
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
            Event::EntitlementMade(event) => {
                self.people.count_issued(&event.by, units(&event.lines), at);
                self.entitlement_made(event, at);
            }
            Event::EntitlementOrdered(event) => {
                self.people.count_issued(&event.by, units(&event.lines), at);
                self.entitlement_ordered(event, at);
            }
            Event::EntitlementChanged(event) => self.entitlement_changed(event),
            Event::EntitlementTurned(event) => self.entitlement_turned(event, at),
            Event::LineExtended(event) => self.line_extended(event),
            Event::LineReplaced(event) => self.line_replaced(event),
            Event::LineReduced(event) => self.line_reduced(event),
            Event::Activated(event) => {
                self.fleet.claim(event.container);
                self.activated(event, at);
            }
            Event::ReturnAsked(event) => self.return_asked(event, at),
            Event::CameBack(event) => self.came_back(event, at),
            Event::ContainerMet(event) => self.container_met(event, at),
            Event::ContextTaken(event) => self.context_taken(event, at),
            Event::Acknowledged(event) => self.acknowledge(event, at),
            Event::OpsIssued(event) => self.ops_issued(event, at),
            Event::ContainerDescribed(event) => self.container_described(event),
            Event::ContainerGone(event) => self.container_gone(event, at),
            Event::Ruled(event) => self.ruled(event),
            Event::SuccessorProposed(event) => self.successor_proposed(event),
            Event::Regenerated(event) => self.regenerate(event, at),
            Event::MoveReported(event) => self.move_reported(event, at),
            Event::RefundRuled(event) => self.refund_ruled(event, at),
            Event::ClaimAccepted(event) => self.claim_accepted(event, at),
            Event::KeysetPublished(event) => self.papers.add_keyset(event),
            Event::RevocationPublished(event) => self.papers.set_revocation(event),
            Event::UsageTaken(event) => self.usage.take(event, at),
            Event::UserSet(event) => self.people.set(&event.user),
            Event::UserDeleted(event) => self.people.delete(&event.name),
            Event::PoliciesChanged(event) => {
                self.policies = event.change.applied_to(&self.policies)
            }
            Event::ApprovalAsked(question) => self.approvals.ask(question.clone()),
            Event::ApprovalEnded(event) => self.approvals.end(event, at),
            Event::HookSet(event) => self.hooks.set(&event.hook),
            Event::HookDeleted(event) => self.hooks.delete(event.no),
            // Told below.
            Event::HookTested(_) => {}
            Event::DeliveryAttempted(event) => self.hooks.attempted(event, at),
            Event::HostKeysIssued(event) => {
                let users = u64::from(event.order.terms.users);
                self.people.count_issued(&event.order.by, users, at);
                self.host_keys.issued(event, at);
            }
            Event::HostKeysAdded(event) => self.host_keys.added(event, at),
            Event::HostKeysChanged(event) => {
                self.people.count_issued(&event.by, u64::from(event.more), at);
                self.host_keys.changed(event, at);
            }
            Event::HostKeyRevoked(event) => self.host_keys.revoked(event, at),
            Event::HostUserSeen(event) => self.host_keys.user_seen(event),
            Event::HostLimitReached(event) => self.host_keys.limit_reached(event),
        }
        self.tell(event, at);
    }
}

/// How many units were sold.
fn units(lines: &[LineOrdered]) -> u64 {
    lines.iter().map(|line| u64::from(line.quantity)).sum()
}
