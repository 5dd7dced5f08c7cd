//! Putting units into containers, and taking them back.
//!
//! Invariants: no more units of a line are ever taken than were bought; a unit counts until its removal is credible; who
//! shows an activation ID gets at what belongs to it and at nothing else.
//! Deliberately not here: operations and receipts (work, fleet).

use super::activation_command::{
    Activated, ActivationCommand, ActivationPart, Choice, ReturnAsked, Target,
};
use super::activation_refusal::ActivationRefusal;
use super::activations::{Activation, ActivationState, Step};
use super::asker::Asker;
use super::entitlements::{Entitlement, EntitlementState};
use super::event::Event;
use super::items::{days_after, end_of, usage_of};
use super::line::Line;
use super::numbers::ActivationNo;
use super::state::Office;
use super::terms::{Begins, Validity};
use super::text::reason_text;
use tenure_document::{ActivationId, ContainerId, ContainerKind, Count, Kind, Time};

/// Most lines that are chosen at once.
const CHOICES_MAX: usize = 200;
/// The last number that is given.
const LAST: u32 = u32::MAX - 1000;

type Decided = Result<Vec<Event>, ActivationRefusal>;

impl Office {
    pub(crate) fn decide_activation(&self, command: &ActivationCommand, now: Time) -> Decided {
        match command {
            ActivationCommand::Activate { by, container, choices } => {
                let target = self.known(*container)?;
                self.check_name(by, choices, *container)?;
                self.check_step(by, *container)?;
                let made = self.decide_activations(by, choices, &target, now)?;
                Ok(made.into_iter().map(Event::Activated).collect())
            }
            ActivationCommand::Return { by, activation, quantity } => {
                let held = self.held(*activation)?;
                check_asker(by, held)?;
                self.check_step(by, held.container)?;
                self.check_returnable(held)?;
                let asked = self.take_back(by, held, Step::Return, *quantity, None)?;
                Ok(vec![Event::ReturnAsked(asked)])
            }
            ActivationCommand::Withdraw { by, activation, quantity, reason } => {
                let held = self.held(*activation)?;
                let by = Asker::Staff(by.clone());
                let asked =
                    self.take_back(&by, held, Step::Withdraw, *quantity, reason.as_deref())?;
                Ok(vec![Event::ReturnAsked(asked)])
            }
            ActivationCommand::Replace { by, activation, with, reason } => {
                let held = self.held(*activation)?;
                let by = Asker::Staff(by.clone());
                let asked = self.take_back(&by, held, Step::Withdraw, None, reason.as_deref())?;
                let target = self.known(held.container)?;
                let made =
                    self.decide_activations(&by, std::slice::from_ref(with), &target, now)?;
                let made = made.into_iter().map(Event::Activated);
                Ok([Event::ReturnAsked(asked)].into_iter().chain(made).collect())
            }
        }
    }

    /// Units for a container, which the office need not have met before.
    ///
    /// # Errors
    /// [`ActivationRefusal`]: the first choice that can't be had; nothing is activated then.
    pub fn decide_activations(
        &self,
        by: &Asker,
        choices: &[Choice],
        target: &Target,
        now: Time,
    ) -> Result<Vec<Activated>, ActivationRefusal> {
        let count = choices.len();
        if count == 0 {
            return Err(ActivationRefusal::NothingChosen);
        }
        if count > CHOICES_MAX {
            return Err(ActivationRefusal::TooManyChoices { count, most: CHOICES_MAX });
        }
        let mut made: Vec<Activated> = Vec::with_capacity(count);
        for choice in choices {
            let (entitlement, line) = self.chosen(choice, now)?;
            let line_ends = ends_now(line, now);
            check_target(entitlement.id, line, target, line_ends)?;
            self.check_trial(choice, line, target.id)?;
            let same = made
                .iter()
                .filter(|one| (one.activation_id, one.line) == (choice.activation_id, choice.line));
            let taken = same.map(|one| one.quantity).fold(0, u32::saturating_add);
            if choice.quantity > line.free().saturating_sub(taken) {
                return Err(self.not_free(choice, line, taken));
            }
            let steps = u32::try_from(made.len()).unwrap_or(u32::MAX);
            let activation = self.activations.next().after(steps);
            if activation.number() > LAST {
                return Err(ActivationRefusal::Full);
            }
            made.push(Activated {
                by: by.clone(),
                activation,
                activation_id: choice.activation_id,
                line: choice.line,
                container: target.id,
                quantity: choice.quantity,
                step: match by {
                    Asker::Staff(_) | Asker::System => Step::Assign,
                    Asker::Portal { .. } | Asker::Container(_) => Step::Activate,
                },
                line_ends,
            });
        }
        Ok(made)
    }

    /// The line of a choice, if it can be activated now.
    fn chosen(
        &self,
        choice: &Choice,
        now: Time,
    ) -> Result<(&Entitlement, &Line), ActivationRefusal> {
        let Choice { activation_id: id, line: no, quantity } = *choice;
        let entitlement =
            self.entitlements.get(id).ok_or(ActivationRefusal::NoEntitlement { id })?;
        if entitlement.state != EntitlementState::Active {
            return Err(ActivationRefusal::WrongState { id, state: entitlement.state });
        }
        if let Some(from) = entitlement.activate_from.filter(|from| now < *from) {
            return Err(ActivationRefusal::TooEarly { id, from });
        }
        if let Some(until) = entitlement.activate_until.filter(|until| now > *until) {
            return Err(ActivationRefusal::TooLate { id, until });
        }
        let lines = entitlement.lines.len();
        let line = entitlement.line(no).ok_or(ActivationRefusal::NoLine { id, line: no, lines })?;
        if quantity == 0 {
            return Err(ActivationRefusal::NoQuantity { line: no });
        }
        if let Some(ends) = line.ends.filter(|ends| *ends <= now)
            && end_of(line, now).is_some_and(|own| own <= now)
        {
            return Err(ActivationRefusal::Ended { id, line: no, ends });
        }
        Ok((entitlement, line))
    }

    /// Whether so many units of a line could be activated now, in a container that allows it.
    pub(crate) fn check_choice(&self, choice: &Choice, now: Time) -> Result<(), ActivationRefusal> {
        let (_, line) = self.chosen(choice, now)?;
        if choice.quantity > line.free() {
            return Err(self.not_free(choice, line, 0));
        }
        Ok(())
    }

    fn check_trial(
        &self,
        choice: &Choice,
        line: &Line,
        container: ContainerId,
    ) -> Result<(), ActivationRefusal> {
        if !is_trial(line) {
            return Ok(());
        }
        let product = &line.sold.product.name;
        // The days of one line run once, however often it is activated; another line's would begin anew.
        let other = |one: &&Activation| {
            (one.entitlement, one.line) != (choice.activation_id, choice.line)
                && one.state != ActivationState::Cancelled
                && self
                    .entitlements
                    .line(one.entitlement, one.line)
                    .is_some_and(|before| is_trial(before) && before.sold.product.name == *product)
        };
        match self.activations.of_container(container).find(other) {
            None => Ok(()),
            Some(one) => {
                let (product, before) = (product.clone(), one.no);
                Err(ActivationRefusal::TrialUsed { container, product, before })
            }
        }
    }

    fn not_free(&self, choice: &Choice, line: &Line, taken: u32) -> ActivationRefusal {
        let back = line.activations.iter().filter_map(|no| self.activations.get(*no));
        let back: Vec<&Activation> =
            back.filter(|one| one.state.counts() && !one.state.is_live()).collect();
        ActivationRefusal::NotFree {
            id: choice.activation_id,
            line: choice.line,
            asked: choice.quantity,
            free: line.free().saturating_sub(taken),
            bought: line.quantity,
            cooling: back.iter().map(|one| one.quantity).fold(0, u32::saturating_add),
            next_back: back.iter().filter_map(|one| one.back_at).min(),
        }
    }

    fn known(&self, container: ContainerId) -> Result<Target, ActivationRefusal> {
        self.target(container).ok_or(ActivationRefusal::NoContainer { container })
    }

    /// To the portal a container with nothing of its own is like one that was never met: its context has to be shown.
    fn check_name(
        &self,
        by: &Asker,
        choices: &[Choice],
        container: ContainerId,
    ) -> Result<(), ActivationRefusal> {
        let ids: Vec<_> = choices.iter().map(|one| one.activation_id).collect();
        match by {
            Asker::Portal { .. } if !self.may_name(container, &ids) => {
                Err(ActivationRefusal::NoContainer { container })
            }
            _ => Ok(()),
        }
    }

    /// Whoever is not of the staff gets an update at once or nothing: units that no update may bring would be taken for
    /// nothing, again with every try, and what no update may take out would be given back by a call that is refused.
    fn check_step(&self, by: &Asker, container: ContainerId) -> Result<(), ActivationRefusal> {
        let outside = matches!(by, Asker::Portal { .. } | Asker::Container(_));
        let known = self.fleet.get(container).filter(|one| outside && one.state.is_out_of_step());
        match known.map(|one| one.state) {
            Some(state) => Err(ActivationRefusal::OutOfStep { container, state }),
            None => Ok(()),
        }
    }

    /// An activation that is meant to be used.
    fn held(&self, no: ActivationNo) -> Result<&Activation, ActivationRefusal> {
        let activation =
            self.activations.get(no).ok_or(ActivationRefusal::NoActivation { activation: no })?;
        if activation.state.is_live() {
            return Ok(activation);
        }
        Err(ActivationRefusal::NotHeld { activation: no, state: activation.state })
    }

    fn check_returnable(&self, held: &Activation) -> Result<(), ActivationRefusal> {
        let (id, no) = (held.entitlement, held.line);
        let Some(line) = self.entitlements.line(id, no) else {
            return Ok(());
        };
        if !line.sold.terms().returns.allowed {
            return Err(ActivationRefusal::NoReturns { id, line: no });
        }
        // What was never in an update can't have been used.
        if held.state == ActivationState::Assigned {
            return Ok(());
        }
        let used_up = line.sold.product.features.iter().find(|feature| {
            matches!(usage_of(line, feature).kind, Kind::Metered { reusable: false, .. })
        });
        match used_up {
            None => Ok(()),
            Some(feature) => {
                let feature = feature.feature.clone();
                Err(ActivationRefusal::Consumed { id, line: no, feature })
            }
        }
    }

    fn take_back(
        &self,
        by: &Asker,
        held: &Activation,
        step: Step,
        quantity: Option<u32>,
        reason: Option<&str>,
    ) -> Result<ReturnAsked, ActivationRefusal> {
        let part = quantity.filter(|quantity| *quantity != held.quantity);
        let part = match part {
            None => None,
            Some(asked) => Some(self.part(held, asked)?),
        };
        Ok(ReturnAsked {
            by: by.clone(),
            activation: held.no,
            step,
            part,
            at_once: held.state == ActivationState::Assigned,
            reason: reason.and_then(reason_text),
        })
    }

    fn part(&self, held: &Activation, asked: u32) -> Result<ActivationPart, ActivationRefusal> {
        let line = self.entitlements.line(held.entitlement, held.line);
        let counted = line.is_some_and(|line| {
            let given = line.product_at(held.revision).features.iter();
            given.map(|feature| feature.count_per_unit).any(|count| count != Count::Uncounted)
        });
        if !(1..held.quantity).contains(&asked) || !counted {
            return Err(ActivationRefusal::BadPart {
                activation: held.no,
                asked,
                held: held.quantity,
                whole_only: !counted,
            });
        }
        let activation = self.activations.next();
        if activation.number() > LAST {
            return Err(ActivationRefusal::Full);
        }
        Ok(ActivationPart { activation, quantity: asked })
    }
}

fn is_trial(line: &Line) -> bool {
    matches!(line.sold.terms().validity, Validity::Trial { .. })
}

/// The line's end from now on, where its days begin to count with its first activation.
fn ends_now(line: &Line, now: Time) -> Option<Time> {
    match (line.ends, line.sold.terms().validity.days()) {
        (None, Some((days, Begins::FirstActivation))) => {
            Some(days_after(line.starts.map_or(now, |starts| starts.max(now)), days))
        }
        _ => None,
    }
}

/// Refuses a line that the container may not have; `line_ends` is the end that it gets by this activation.
pub(crate) fn check_target(
    id: ActivationId,
    line: &Line,
    target: &Target,
    line_ends: Option<Time>,
) -> Result<(), ActivationRefusal> {
    let no = line.no;
    let allowed = &line.sold.terms().containers;
    if !allowed.is_empty() && !allowed.contains(&target.kind) {
        let (kind, allowed) = (target.kind, allowed.clone());
        return Err(ActivationRefusal::WrongKind { id, line: no, kind, allowed });
    }
    let endless = line_ends.is_none() && end_of(line, Time::EPOCH).is_none();
    if target.kind == ContainerKind::Unbound && endless {
        return Err(ActivationRefusal::Unbound { id, line: no });
    }
    Ok(())
}

/// Whether the one who asks may speak for the activation.
fn check_asker(by: &Asker, held: &Activation) -> Result<(), ActivationRefusal> {
    let theirs = match by {
        Asker::Staff(_) | Asker::System => true,
        Asker::Portal { activation_id } => *activation_id == held.entitlement,
        Asker::Container(id) => *id == held.container,
    };
    if theirs { Ok(()) } else { Err(ActivationRefusal::NotYours { activation: held.no }) }
}
