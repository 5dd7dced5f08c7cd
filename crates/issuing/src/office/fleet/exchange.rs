//! Deciding about a context: who it is of, what it shows, what follows from it.
//!
//! Invariants (spec: the office on a context): the right hash acknowledges; an older state is a rollback, a foreign one
//! a fork, the same one with another ratchet a clone: each is recorded and nothing is issued; the same bytes again
//! change nothing and get the same update; what is asked with a context that shows one of the three is not done; that a
//! container is anchored is not believed of itself.
//! Deliberately not here: operations (issuing), rulings, transfers (moving), new generations (succession).

use super::container::{OfficeContainer, Sight};
use super::history::History;
use super::issuing::Ask;
use super::moves::{Carried, MoveReported, Removed, Shortfall};
use super::orders::{Acknowledged, ContainerMet, ContextTaken, Exchange};
use super::refusal::FleetRefusal;
use crate::contact::{Finding, judge};
use crate::office::activation_command::{Activated, Target};
use crate::office::activations::Step;
use crate::office::asker::Asker;
use crate::office::event::Event;
use crate::office::numbers::ActivationNo;
use crate::office::refusal::Refusal;
use crate::office::staff::policy::Registration;
use crate::office::state::Office;
use tenure_document::{BindingLevel, Context, Count, Hash, OpOutcome, OpResult, Time, Verified};

impl Office {
    pub(crate) fn decide_exchange(
        &self,
        exchange: &Exchange,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        let context = &exchange.context;
        let Some(container) = self.fleet.get(context.id) else {
            return self.first_contact(exchange, now);
        };
        let (ours, theirs) = (container.generation, context.generation);
        let serial = || container.id.serial();
        if theirs < ours {
            return Err(FleetRefusal::OldGeneration { serial: serial(), ours, theirs }.into());
        }
        if theirs > ours + 1 {
            return Err(FleetRefusal::GenerationGap { serial: serial(), ours, theirs }.into());
        }
        if theirs == ours + 1 {
            return self.succession(container, exchange, now);
        }
        self.contact(container, exchange, now)
    }

    /// A container that the office has never met.
    fn first_contact(&self, exchange: &Exchange, now: Time) -> Result<Vec<Event>, Refusal> {
        let context = &exchange.context;
        self.may_register(exchange)?;
        if context.sequence != 0 || context.history_hash != Hash::ZERO {
            let serial = context.id.serial();
            return Err(FleetRefusal::NotNew { serial, sequence: context.sequence }.into());
        }
        let mut events = vec![
            Event::ContainerMet(ContainerMet {
                by: exchange.by.clone(),
                id: context.id,
                generation: context.generation,
                name: context.name.as_str().into(),
                kind: context.kind,
                key: context.key.clone(),
                anchored: false,
            }),
            Event::ContextTaken(ContextTaken {
                by: exchange.by.clone(),
                id: context.id,
                finding: Finding::Acknowledges { sequence: 0 },
                sight: sight(exchange, None),
            }),
        ];
        let made = self.claim(exchange, &mut events, now)?;
        let (history, before) = (History::default(), None);
        let ask = self.ask(exchange, &history, before, &made, now)?;
        events.extend(self.issue(ask, now)?);
        Ok(events)
    }

    fn may_register(&self, exchange: &Exchange) -> Result<(), FleetRefusal> {
        let staff = matches!(exchange.by, Asker::Staff(_));
        let (policies, claims) = (&self.policies, !exchange.claims.is_empty());
        let serial = || exchange.context.id.serial();
        let allowed = match policies.registration {
            Registration::Anyone => true,
            Registration::Activation => staff || claims,
            Registration::Staff => staff,
        };
        if !allowed {
            let staff_only = policies.registration == Registration::Staff;
            return Err(FleetRefusal::RegistrationClosed { serial: serial(), staff_only });
        }
        if !staff && !claims && self.fleet.unclaimed() >= policies.unclaimed_max {
            let most = policies.unclaimed_max;
            return Err(FleetRefusal::TooManyUnclaimed { serial: serial(), most });
        }
        Ok(())
    }

    /// A container of the generation that the office knows.
    fn contact(
        &self,
        container: &OfficeContainer,
        exchange: &Exchange,
        now: Time,
    ) -> Result<Vec<Event>, Refusal> {
        let context = &exchange.context;
        let finding = find(container, context)?;
        let mut events = Vec::new();
        if finding != Finding::Retry {
            events.push(Event::ContextTaken(ContextTaken {
                by: exchange.by.clone(),
                id: context.id,
                finding,
                sight: sight(exchange, Some(container)),
            }));
        }
        let fits = matches!(finding, Finding::Retry | Finding::Acknowledges { .. });
        if !fits || container.state.is_out_of_step() {
            return Ok(events);
        }
        let mut history = container.history.clone();
        if let Finding::Acknowledges { sequence } = finding
            && sequence > history.acknowledged()
        {
            let event = self.acknowledged(container, sequence, &context.pending, false, now);
            history.acknowledge(sequence);
            events.push(Event::Acknowledged(event));
        }
        if container.state.is_gone() {
            return match exchange.claims.is_empty() {
                true => Ok(events),
                false => Err(FleetRefusal::Gone {
                    serial: container.id.serial(),
                    state: container.state,
                }
                .into()),
            };
        }
        let made = self.claim(exchange, &mut events, now)?;
        let settled = self.take_moves(container, context, made.len(), &mut events, now);
        let mut ask = self.ask(exchange, &history, Some(container), &made, now)?;
        ask.settled = &settled;
        ask.carried = carried_by(&events).map(|one| one.activation).collect();
        events.extend(self.issue(ask, now)?);
        Ok(events)
    }

    /// What is asked with the context.
    pub(crate) fn claim(
        &self,
        exchange: &Exchange,
        events: &mut Vec<Event>,
        now: Time,
    ) -> Result<Vec<Activated>, Refusal> {
        if exchange.claims.is_empty() {
            return Ok(Vec::new());
        }
        let target = Target { id: exchange.context.id, kind: exchange.context.kind };
        let made = self.decide_activations(&exchange.by, &exchange.claims, &target, now)?;
        events.extend(made.iter().cloned().map(Event::Activated));
        Ok(made)
    }

    /// All that is pending once the events so far are applied.
    pub(crate) fn ask<'a>(
        &self,
        exchange: &'a Exchange,
        history: &'a History,
        before: Option<&OfficeContainer>,
        made: &'a [Activated],
        now: Time,
    ) -> Result<Ask<'a>, FleetRefusal> {
        let (serial, brought) = (exchange.context.id.serial(), &exchange.certificate);
        let certificate = self.certificate_to_issue(before, brought, &serial, now)?;
        let (by, id, carried) = (&exchange.by, exchange.context.id, Vec::new());
        Ok(Ask { by, id, history, certificate, made, settled: &[], carried, serial })
    }

    /// What it means that a container has applied everything up to `sequence`.
    pub(crate) fn acknowledged(
        &self,
        container: &OfficeContainer,
        sequence: u64,
        results: &[OpResult],
        by_receipt: bool,
        now: Time,
    ) -> Acknowledged {
        let (mut confirmed, mut removed, mut short) = (Vec::new(), Vec::new(), Vec::new());
        let history = &container.history;
        let mut purposes: Vec<_> = history.purposes(sequence).collect();
        purposes.sort_by_key(|(number, purpose)| (purpose.activation, purpose.step, *number));
        for group in purposes.chunk_by(|(_, one), (_, other)| one == other) {
            let Some((_, purpose)) = group.first().copied() else { continue };
            if history.is_unfinished(sequence, purpose) {
                continue;
            }
            let no = purpose.activation;
            match purpose.step {
                Step::Assign | Step::Activate => confirmed.push(no),
                Step::Replace => {}
                Step::Withdraw | Step::Return => {
                    let numbers = group.iter().map(|(number, _)| *number);
                    match self.shortfall(no, numbers, results) {
                        None => removed.push(Removed {
                            activation: no,
                            back_at: self.back_at(container, no, now),
                        }),
                        Some(units) => short.push(Shortfall { activation: no, removed: units }),
                    }
                }
            }
        }
        let said_at = None;
        Acknowledged { id: container.id, sequence, confirmed, removed, short, by_receipt, said_at }
    }

    /// How many units were removed, where it was less than all: the rest had moved to another container.
    fn shortfall(
        &self,
        no: ActivationNo,
        numbers: impl Iterator<Item = u64>,
        results: &[OpResult],
    ) -> Option<u32> {
        let activation = self.activations.get(no)?;
        let line = self.entitlements.line(activation.entitlement, activation.line)?;
        let given = line.product_at(activation.revision);
        let numbers: Vec<u64> = numbers.collect();
        // What is not counted has no operation where other parts stay.
        let all = numbers.len() == given.features.len();
        let mut counts: Vec<Count> = given.features.iter().map(|one| one.count_per_unit).collect();
        counts.retain(|count| all || *count != Count::Uncounted);
        let per_unit = |place: usize| match counts.get(place) {
            Some(Count::Counted(each)) => u64::from(*each),
            _ => 1,
        };
        let mut least = activation.quantity;
        for (place, number) in numbers.into_iter().enumerate() {
            let result = results.iter().find(|result| result.sequence == number);
            let taken = match result {
                Some(OpResult { result: OpOutcome::NoEffect, .. }) => Some(0),
                Some(result) => result.taken,
                None => None,
            };
            if let Some(taken) = taken {
                let units = taken / per_unit(place).max(1);
                least = least.min(u32::try_from(units).unwrap_or(u32::MAX));
            }
        }
        let root = activation.part_of.unwrap_or(no);
        let whole = least == activation.quantity && !self.fleet.moves.is_loose(root);
        (!whole).then_some(least)
    }

    /// From when on units count as back that a container says it removed now.
    pub(crate) fn back_at(&self, container: &OfficeContainer, no: ActivationNo, now: Time) -> Time {
        if container.anchored {
            return now;
        }
        let activation = self.activations.get(no);
        let line = activation.and_then(|one| self.entitlements.line(one.entitlement, one.line));
        let days = line.and_then(|line| line.sold.terms().returns.cool_down_days);
        now.plus(self.policies.cool_down(days))
    }
}

/// What reported transfers did to activations.
pub(crate) fn carried_by(events: &[Event]) -> impl Iterator<Item = &Carried> {
    let reported = events.iter().filter_map(|event| match event {
        Event::MoveReported(event) => Some(event),
        _ => None,
    });
    reported.flat_map(MoveReported::all_carried)
}

/// What a context says about its container.
fn find(container: &OfficeContainer, context: &Verified<Context>) -> Result<Finding, FleetRefusal> {
    let finding = judge(container, context)?;
    // No operation changed since, but a transfer was forgotten.
    let forgot = context.moved < container.moved;
    let finding = match finding {
        Finding::Acknowledges { sequence } if forgot => Finding::Rollback { seen: sequence },
        other => other,
    };
    if matches!(finding, Finding::Rollback { .. }) && context.at < container.last_context_at {
        // A restored container makes new contexts; an old file that somebody found does not accuse it.
        let (serial, at, last) = (container.id.serial(), context.at, container.last_context_at);
        return Err(FleetRefusal::StaleContext { serial, at, last });
    }
    Ok(finding)
}

/// What an event stores of a context.
pub(crate) fn sight(exchange: &Exchange, known: Option<&OfficeContainer>) -> Sight {
    let context = &exchange.context;
    let renamed = known.is_some_and(|container| *container.name != *context.name);
    Sight {
        context: context.payload_hash(),
        at: context.at,
        sequence: context.sequence,
        hash: context.history_hash,
        ratchet: context.ratchet,
        name: renamed.then(|| context.name.as_str().into()),
        keyset_version: context.keyset_version,
        revocation_sequence: context.revocation_sequence,
        // That it is anchored is signed by the very key that is said to be: only the staff's word counts.
        binding: context.binding.map(|binding| BindingLevel { anchored: false, ..binding }),
        moved: context.moved,
    }
}
