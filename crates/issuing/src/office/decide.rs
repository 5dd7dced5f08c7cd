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
        match command {
            Command::Catalog(command) => Ok(self.decide_catalog(command)?),
            Command::Customer(command) => Ok(self.decide_customer(command)?),
            Command::Entitlement(command) => Ok(self.decide_entitlement(command, now)?),
            Command::Activation(command) => Ok(self.decide_activation(command, now)?),
            Command::Tick => Ok(Vec::new()),
        }
    }

    /// What falls due by `now` without anybody asking.
    pub fn due(&self, now: Time) -> Vec<Event> {
        let activations: Vec<_> = self.activations.back_by(now).take(BACK_AT_ONCE).collect();
        if activations.is_empty() {
            return Vec::new();
        }
        vec![Event::CameBack(CameBack { activations })]
    }
}
