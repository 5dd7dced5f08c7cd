//! What the next update of a container has to do: operations for everything that is pending there.
//!
//! Invariants: the fixed order (withdrawn, returned, assigned, replaced, activated), parts of an activation before what
//! is left of it, then by number; parts that are together in a container are one item there, with the units of all of
//! them; every piece of work has an operation, so that there is one to wait for; nothing is
//! decided here that the state does not say, so that the same state makes the same operations.
//! Deliberately not here: numbers and hashes of operations, certificates (fleet).

use super::activation_command::{Activated, Issued};
use super::activations::{Activation, ActivationState, Step};
use super::items::{item_id, items, seats};
use super::line::Line;
use super::numbers::ActivationNo;
use super::state::Office;
use std::collections::BTreeMap;
use tenure_document::{ContainerId, Count, Item, Op, Time};

/// What an update does about one activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What is recorded of it.
    pub issued: Issued,
    /// The operations, never none.
    pub ops: Vec<Op>,
}

impl Office {
    /// Everything that is pending for a container, and what `made` adds to it, as operations in their order.
    ///
    /// `made` are activations of the same decision, which no event has put into the state yet; `at` is its time.
    pub fn work(&self, container: ContainerId, made: &[Activated], at: Time) -> Vec<Work> {
        let made = made.iter().filter(|event| event.container == container).map(|event| {
            let ends = event.line_ends;
            (new_activation(event, at), ends)
        });
        let held = self.activations.of_container(container).map(|one| (one.clone(), None));
        let met = self.met(container);
        let mut found = Vec::new();
        for (activation, ends) in held.chain(made) {
            let Some(line) = self.entitlements.line(activation.entitlement, activation.line) else {
                continue;
            };
            let Some(step) = step_of(&activation, line) else {
                continue;
            };
            let others = met.get(&activation.root()).map_or(&[][..], Vec::as_slice);
            let ops = match ends {
                Some(_) => {
                    let line = Line { ends, ..line.clone() };
                    self.ops(&line, (&activation, step), others)
                }
                None => self.ops(line, (&activation, step), others),
            };
            let issued = Issued { activation: activation.no, step, revision: line.revision };
            let place = self.place(&activation, step);
            found.push((place, Work { issued, ops }));
        }
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, work)| work).filter(|work| !work.ops.is_empty()).collect()
    }

    /// What is meant to be used in a container, by the activation whose items it has: parts that meet there are one item.
    fn met(&self, container: ContainerId) -> BTreeMap<ActivationNo, Vec<&Activation>> {
        let mut met: BTreeMap<ActivationNo, Vec<&Activation>> = BTreeMap::new();
        let held = self.activations.of_container(container);
        for one in held.filter(|one| one.state.is_live()) {
            // What is on its way is not there yet.
            if !self.fleet.moves.is_travelling(one.no) {
                met.entry(one.root()).or_default().push(one);
            }
        }
        met
    }

    /// Where a piece of work has its place among the others.
    fn place(&self, activation: &Activation, step: Step) -> (Step, bool, ActivationNo) {
        (self.turn_of(activation, step), activation.part_of.is_none(), activation.no)
    }

    /// When a piece of work has its turn: its own, but a part is taken out before the rest of it, else there would be
    /// nothing left of which to take it.
    fn turn_of(&self, activation: &Activation, step: Step) -> Step {
        let root = activation.part_of.and_then(|root| self.activations.get(root));
        match root.and_then(|root| root.pending) {
            Some(rest) if step.removes() && rest.removes() => step.min(rest),
            _ => step,
        }
    }

    /// The items of an activation as they would be issued now.
    pub fn items_of(&self, activation: &Activation) -> Vec<Item> {
        let line = self.entitlements.line(activation.entitlement, activation.line);
        line.map_or_else(Vec::new, |line| items(line, activation, &self.publisher.name))
    }

    /// The operations of a step. `met` are the live activations of its items in the container, perhaps itself too.
    fn ops(
        &self,
        line: &Line,
        (activation, step): (&Activation, Step),
        met: &[&Activation],
    ) -> Vec<Op> {
        let others = self.others_by_then(line, (activation, step), met);
        if step.removes() {
            return self.removal(line, activation, !others.is_empty());
        }
        let own = (step == Step::Replace).then_some(activation.revision);
        let given = others.iter().map(|(_, revision)| *revision).chain(own).max();
        let units =
            others.iter().map(|(units, _)| *units).fold(activation.quantity, u32::saturating_add);
        let whole = Activation { quantity: units, ..activation.clone() };
        let items = || items(line, &whole, &self.publisher.name).into_iter();
        match given {
            None => items().map(|item| Op::Add { item }).collect(),
            // A container takes what it knows to be on its way off a replacement, and the books may count it elsewhere:
            // where nothing was given before, there is nothing to keep.
            Some(_) if met.iter().all(|one| one.state == ActivationState::Assigned) => {
                let anew = |item: Item| {
                    let (item_id, count) = (item.id.clone(), None);
                    [Op::Withdraw { item_id, count }, Op::Add { item }]
                };
                items().flat_map(anew).collect()
            }
            Some(revision) => self.replacement(line, &whole, revision),
        }
    }

    /// Which others of its items the container has when a step has its turn: how many units, and as of which revision.
    fn others_by_then(
        &self,
        line: &Line,
        (activation, step): (&Activation, Step),
        met: &[&Activation],
    ) -> Vec<(u32, u32)> {
        let place = self.place(activation, step);
        let revision = |one: &Activation| match one.pending {
            None => Some(one.revision),
            Some(step) => (self.place(one, step) < place).then_some(line.revision),
        };
        let others = met.iter().filter(|one| one.no != activation.no);
        others.filter_map(|one| Some((one.quantity, revision(one)?))).collect()
    }

    /// Takes out an activation of a container that is emptied: the rest of one takes along whatever is left of it.
    pub(crate) fn removal_of(&self, activation: &Activation) -> Vec<Op> {
        let line = self.entitlements.line(activation.entitlement, activation.line);
        line.map_or_else(Vec::new, |line| self.removal(line, activation, false))
    }

    /// Takes out what the container was given, as it was given; no more than its own units where others stay.
    fn removal(&self, line: &Line, activation: &Activation, others_stay: bool) -> Vec<Op> {
        let root = activation.part_of.and_then(|root| self.activations.get(root));
        let given = line.product_at(root.unwrap_or(activation).revision);
        let is_part = activation.part_of.is_some() || others_stay;
        let mut ops = Vec::new();
        for feature in &given.features {
            let count = match (is_part, feature.count_per_unit) {
                (false, _) => None,
                // What is not counted stays as long as anything of the activation does.
                (true, Count::Uncounted) => continue,
                (true, each) => match seats(each, activation.quantity) {
                    Some(Count::Counted(seats)) => Some(u64::from(seats)),
                    _ => continue,
                },
            };
            let item_id = item_id(line, activation.root(), &feature.feature);
            ops.push(Op::Withdraw { item_id, count });
        }
        ops
    }

    /// Brings the items of a container from how a revision gave them to how they are now.
    fn replacement(&self, line: &Line, activation: &Activation, revision: u32) -> Vec<Op> {
        let (given, now) = (line.product_at(revision), &line.sold.product);
        let mut ops = Vec::new();
        for feature in &given.features {
            if now.place(&feature.feature).is_none() {
                let item_id = item_id(line, activation.root(), &feature.feature);
                ops.push(Op::Withdraw { item_id, count: None });
            }
        }
        for item in items(line, activation, &self.publisher.name) {
            ops.push(match given.place(&item.feature) {
                Some(_) => Op::Replace { item },
                None => Op::Add { item },
            });
        }
        ops
    }
}

/// What is to be done about an activation.
fn step_of(activation: &Activation, line: &Line) -> Option<Step> {
    use ActivationState::{Confirmed, Delivered};
    let changed =
        matches!(activation.state, Delivered | Confirmed) && activation.revision < line.revision;
    activation.pending.or(changed.then_some(Step::Replace))
}

fn new_activation(event: &Activated, at: Time) -> Activation {
    Activation {
        no: event.activation,
        entitlement: event.activation_id,
        line: event.line,
        container: event.container,
        quantity: event.quantity,
        state: ActivationState::Assigned,
        pending: Some(event.step),
        part_of: None,
        revision: 0,
        activated: at,
        since: at,
        back_at: None,
    }
}
