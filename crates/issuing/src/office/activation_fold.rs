//! What events do to activations, and with them to the units that are taken of a line.
//!
//! Invariants: a line's `taken` is the sum of its activations that count; a change of a state that does not fit the
//! present one changes nothing, so that a receipt that comes late or twice does no harm.
//! Deliberately not here: which events (activation_decide, fleet).

use super::activation_command::{Activated, ActivationPart, CameBack, Issued, ReturnAsked};
use super::activations::{Activation, ActivationState, Step};
use super::numbers::ActivationNo;
use super::state::Office;
use tenure_document::{ContainerId, Time};

impl Office {
    pub(crate) fn activated(&mut self, event: &Activated, at: Time) {
        let Some(line) = self.entitlements.line_mut(event.activation_id, event.line) else {
            return;
        };
        if event.line_ends.is_some() {
            line.ends = event.line_ends;
        }
        let revision = line.revision;
        self.add_activation(Activation {
            no: event.activation,
            entitlement: event.activation_id,
            line: event.line,
            container: event.container,
            quantity: event.quantity,
            state: ActivationState::Assigned,
            pending: Some(event.step),
            part_of: None,
            revision,
            activated: at,
            since: at,
            back_at: None,
        });
    }

    pub(crate) fn return_asked(&mut self, event: &ReturnAsked, at: Time) {
        let no = match event.part {
            Some(part) => {
                self.activation_split(event.activation, part, at);
                self.fleet.moves.split(event.activation, part.activation);
                part.activation
            }
            None => event.activation,
        };
        if event.at_once {
            self.turn(no, ActivationState::Cancelled, None, at);
        } else {
            self.turn(no, ActivationState::ReturnAsked, Some(event.step), at);
        }
    }

    pub(crate) fn came_back(&mut self, event: &CameBack, at: Time) {
        for no in &event.activations {
            if self.is_in(*no, ActivationState::CoolingDown) {
                self.turn(*no, ActivationState::Returned, None, at);
            }
        }
    }

    /// Takes back everything of a line that is meant to be used: at once what no update holds, the rest at the next
    /// contact of its container.
    pub(crate) fn withdraw_line(&mut self, numbers: &[ActivationNo], at: Time) {
        for no in numbers {
            match self.activations.get(*no).map(|activation| activation.state) {
                Some(ActivationState::Assigned) => {
                    self.turn(*no, ActivationState::Cancelled, None, at);
                }
                Some(state) if state.is_live() => {
                    self.turn(*no, ActivationState::ReturnAsked, Some(Step::Withdraw), at);
                }
                _ => {}
            }
        }
    }

    /// A part of an activation goes its own way from now on, in the same state.
    pub(crate) fn activation_split(&mut self, no: ActivationNo, part: ActivationPart, at: Time) {
        let Some((whole, _)) = self.activations.change(no, |one| {
            one.quantity = one.quantity.saturating_sub(part.quantity);
        }) else {
            return;
        };
        let root = whole.part_of.unwrap_or(no);
        let split = Activation {
            no: part.activation,
            quantity: part.quantity,
            part_of: Some(root),
            since: at,
            ..whole
        };
        // What the part counts, the rest does not count any more.
        if let Some(line) = self.entitlements.line_mut(split.entitlement, split.line) {
            line.activations.push(split.no);
        }
        self.activations.push(split);
    }

    /// An update with its operations was made.
    pub(crate) fn activation_issued(&mut self, issued: &Issued, at: Time) {
        let no = issued.activation;
        match issued.step {
            Step::Withdraw | Step::Return => {
                self.turn(no, ActivationState::ReturnedWithoutReceipt, None, at);
            }
            Step::Assign | Step::Activate => self.turn(no, ActivationState::Delivered, None, at),
            Step::Replace => {}
        }
        self.activations.change(no, |activation| activation.revision = issued.revision);
    }

    /// Its container has it.
    pub(crate) fn activation_confirmed(&mut self, no: ActivationNo, at: Time) {
        if self.is_in(no, ActivationState::Delivered) {
            self.turn(no, ActivationState::Confirmed, None, at);
        }
    }

    /// Its container says that it has it no more; its units are free then, at once when nothing is said.
    pub(crate) fn activation_removed(&mut self, no: ActivationNo, back_at: Option<Time>, at: Time) {
        if !self.is_in(no, ActivationState::ReturnedWithoutReceipt) {
            return;
        }
        match back_at.filter(|back_at| *back_at > at) {
            None => self.turn(no, ActivationState::Returned, None, at),
            Some(back_at) => {
                self.turn(no, ActivationState::CoolingDown, None, at);
                self.activations.change(no, |activation| activation.back_at = Some(back_at));
            }
        }
    }

    /// Its container is given up, and with it whatever it holds.
    pub(crate) fn activation_written_off(&mut self, no: ActivationNo, at: Time) {
        if self.activations.get(no).is_some_and(|activation| activation.state.counts()) {
            self.turn(no, ActivationState::WrittenOff, None, at);
        }
    }

    /// Its container begins anew: what was meant to be in it is issued again, what was on its way back is not.
    pub(crate) fn activation_reissue(&mut self, no: ActivationNo, at: Time) {
        let Some(activation) = self.activations.get(no) else {
            return;
        };
        match activation.state {
            state if state.is_live() => {
                self.turn(no, ActivationState::Assigned, Some(Step::Assign), at);
            }
            ActivationState::ReturnAsked | ActivationState::ReturnedWithoutReceipt => {
                self.turn(no, ActivationState::Returned, None, at);
            }
            _ => {}
        }
    }

    /// It was carried to another container without the office.
    pub(crate) fn activation_moved(&mut self, no: ActivationNo, to: ContainerId, at: Time) {
        self.activations.carry(no, to);
        self.activations.change(no, |activation| activation.since = at);
    }

    /// The container it was carried to says that it has it; what was meant to be taken back is asked back there.
    pub(crate) fn activation_landed(&mut self, no: ActivationNo, at: Time) {
        use ActivationState::{CoolingDown, Delivered, Returned, ReturnedWithoutReceipt};
        match self.activations.get(no).map(|activation| activation.state) {
            Some(Delivered) => self.turn(no, ActivationState::Confirmed, None, at),
            Some(ReturnedWithoutReceipt | CoolingDown | Returned) => {
                self.turn(no, ActivationState::ReturnAsked, Some(Step::Withdraw), at);
            }
            _ => {}
        }
    }

    /// Counts anew what is taken of each line, and lists its activations.
    pub(crate) fn count_activations(&mut self) -> Result<(), String> {
        for activation in self.activations.all() {
            let Activation { no, entitlement, line, .. } = *activation;
            let line = self.entitlements.line_mut(entitlement, line).ok_or_else(|| {
                format!("activation {no} is of line {line} of {entitlement}, which is not there")
            })?;
            line.activations.push(no);
            if activation.state.counts() {
                line.taken = line.taken.saturating_add(activation.quantity);
            }
        }
        Ok(())
    }

    fn is_in(&self, no: ActivationNo, state: ActivationState) -> bool {
        self.activations.get(no).is_some_and(|activation| activation.state == state)
    }

    fn add_activation(&mut self, activation: Activation) {
        if let Some(line) = self.entitlements.line_mut(activation.entitlement, activation.line) {
            line.activations.push(activation.no);
            line.taken = line.taken.saturating_add(activation.quantity);
        }
        self.activations.push(activation);
    }

    /// Brings an activation into another state, and counts it with its line as that state says.
    fn turn(&mut self, no: ActivationNo, state: ActivationState, pending: Option<Step>, at: Time) {
        let changed = self.activations.change(no, |activation| {
            activation.state = state;
            activation.pending = pending;
            activation.since = at;
            activation.back_at = None;
        });
        let Some((before, after)) = changed else {
            return;
        };
        let Some(line) = self.entitlements.line_mut(after.entitlement, after.line) else {
            return;
        };
        match (before.state.counts(), state.counts()) {
            (true, false) => line.taken = line.taken.saturating_sub(after.quantity),
            (false, true) => line.taken = line.taken.saturating_add(after.quantity),
            _ => {}
        }
    }
}
