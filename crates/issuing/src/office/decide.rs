//! What the office makes of a command: events, or a refusal.
//!
//! Invariants: pure and total; no events mean that there is nothing to change; the events carry every number that was
//! given, so that the answer to the command needs no second look.
//! Deliberately not here: the decisions themselves (each with its part of the office).

use super::activation_command::CameBack;
use super::command::Command;
use super::event::Event;
use super::refusal::Refusal;
use super::state::Office;
use tenure_document::Time;

/// At most so many activations come back by one event.
const BACK_AT_ONCE: usize = 1000;

impl Office {
    /// Decides without changing anything.
    ///
    /// # Errors
    /// [`Refusal`]: the answer is no.
    pub fn decide(&self, command: &Command, now: Time) -> Result<Vec<Event>, Refusal> {
        if let Some((by, why)) = self.second_person(command, now) {
            return self.ask_approval(by, command, why, now);
        }
        self.carry_out(command, false, now)
    }

    /// Decides an order itself; `approved`: a second person has looked at it.
    pub(crate) fn carry_out(
        &self,
        command: &Command,
        approved: bool,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Catalog(command) => Ok(self.decide_catalog(command)?),
            Command::Customer(command) => Ok(self.decide_customer(command)?),
            Command::Entitlement(command) => Ok(self.decide_entitlement(command, now)?),
            Command::Activation(command) => Ok(self.decide_activation(command, now)?),
            Command::Container(command) => Ok(self.decide_container(command, approved, now)?),
            Command::Exchange(exchange) => self.decide_exchange(exchange, now),
            Command::Receipt(receipt) => self.decide_receipt(receipt, now),
            Command::Usage(usage) => Ok(self.decide_usage(usage)?),
            Command::Publish(command) => Ok(self.decide_publish(command)?),
            Command::People(command) => Ok(self.decide_people(command, now)?),
            Command::Approval(command) => self.decide_approval(command, now),
            Command::Policy(command) => Ok(self.decide_policy(command)?),
            Command::Webhook(command) => Ok(self.decide_webhook(command, now)?),
            Command::HostKey(command) => self.decide_host_key(command),
            Command::HostCheck(asked) => Ok(self.host_check(asked, now)?.records),
            Command::Import(import) => self.decide_import(import, now),
            Command::Tick => Ok(Vec::new()),
        }
    }

    /// What falls due by `now` without anybody asking.
    pub fn due(&self, now: Time) -> Vec<Event> {
        let activations: Vec<_> = self.activations.back_by(now).take(BACK_AT_ONCE).collect();
        let mut events = Vec::new();
        if !activations.is_empty() {
            events.push(Event::CameBack(CameBack { activations }));
        }
        events.extend(self.lapsed_approvals(now));
        events.extend(self.reissue_due(now));
        events
    }
}
