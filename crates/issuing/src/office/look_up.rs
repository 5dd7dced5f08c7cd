//! What whoever shows an activation ID gets to see: what was bought, what is used, what is free.
//!
//! Invariants: nothing of other entitlements, and nothing about people; the numbers of a line add up: bought is free,
//! active, on the way back and cooling down together.
//! Deliberately not here: choosing and activating (activation_decide), containers' states (fleet).

use super::activation_command::Choice;
use super::activation_refusal::ActivationRefusal;
use super::activations::{Activation, ActivationState};
use super::entitlements::Entitlement;
use super::line::Line;
use super::numbers::ActivationNo;
use super::state::Office;
use tenure_document::{ActivationId, ContainerId, Time};

/// What an entitlement shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedUp<'a> {
    /// The entitlement.
    pub entitlement: &'a Entitlement,
    /// Its lines.
    pub lines: Vec<LineLookedUp<'a>>,
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineLookedUp<'a> {
    /// The line.
    pub line: &'a Line,
    /// Units that can be activated.
    pub free: u32,
    /// Units in containers, or meant to be.
    pub active: u32,
    /// Units that shall come back and have no receipt.
    pub returning: u32,
    /// Units that have a receipt and are not free yet.
    pub cooling_down: u32,
    /// When the first of them are free.
    pub next_back: Option<Time>,
    /// Why none of it can be activated now; nothing: it can.
    pub refused: Option<ActivationRefusal>,
    /// Its activations whose units are not free, oldest first.
    pub activations: Vec<&'a Activation>,
}

impl Office {
    /// What each of these activation IDs shows; nothing where there is no such entitlement.
    pub fn look_up(&self, ids: &[ActivationId], now: Time) -> Vec<Option<LookedUp<'_>>> {
        ids.iter().map(|id| Some(self.look_at(self.entitlements.get(*id)?, now))).collect()
    }

    fn look_at<'a>(&'a self, entitlement: &'a Entitlement, now: Time) -> LookedUp<'a> {
        let lines = entitlement.lines.iter().map(|line| self.look_at_line(entitlement, line, now));
        LookedUp { entitlement, lines: lines.collect() }
    }

    /// What a line shows.
    pub fn look_at_line<'a>(
        &'a self,
        entitlement: &Entitlement,
        line: &'a Line,
        now: Time,
    ) -> LineLookedUp<'a> {
        let all = line.activations.iter().filter_map(|no| self.activations.get(*no));
        let activations: Vec<&Activation> = all.filter(|one| one.state.counts()).collect();
        let units = |fits: &dyn Fn(ActivationState) -> bool| {
            let fitting = activations.iter().filter(|one| fits(one.state));
            fitting.map(|one| one.quantity).fold(0, u32::saturating_add)
        };
        let choice = Choice { activation_id: entitlement.id, line: line.no, quantity: 1 };
        LineLookedUp {
            line,
            free: line.free(),
            active: units(&ActivationState::is_live),
            returning: units(&|state| {
                use ActivationState::{ReturnAsked, ReturnedWithoutReceipt};
                matches!(state, ReturnAsked | ReturnedWithoutReceipt)
            }),
            cooling_down: units(&|state| state == ActivationState::CoolingDown),
            next_back: activations.iter().filter_map(|one| one.back_at).min(),
            refused: self.check_choice(&choice, now).err(),
            activations,
        }
    }

    /// Whether whoever shows these activation IDs may name a container: it has something of one of them, or had it when it
    /// was given up, or belongs to the customer of one of them.
    pub fn may_name(&self, container: ContainerId, ids: &[ActivationId]) -> bool {
        let Some(known) = self.fleet.get(container) else { return false };
        let gone = known.state.is_gone();
        let has = |one: &Activation| {
            let in_it = one.state.counts() || (gone && one.state == ActivationState::WrittenOff);
            in_it && ids.contains(&one.entitlement)
        };
        let mut shown = ids.iter().filter_map(|id| self.entitlements.get(*id));
        self.activations.of_container(container).any(has)
            || shown.any(|one| known.customer == Some(one.customer))
    }

    /// How many days after the receipt of its removal an activation's units are free, where the policy says `usual`.
    pub fn cool_down_days(&self, no: ActivationNo, usual: u32) -> u32 {
        let activation = self.activations.get(no);
        let line = activation.and_then(|one| self.entitlements.line(one.entitlement, one.line));
        line.and_then(|line| line.sold.terms().returns.cool_down_days).unwrap_or(usual)
    }
}
