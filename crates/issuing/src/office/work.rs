//! What the next update of a container has to do: operations for everything that is pending there.
//!
//! Invariants: the fixed order (withdrawn, returned, assigned, replaced, activated), parts of an activation before what
//! is left of it, then by number; every piece of work has an operation, so that there is one to wait for; nothing is
//! decided here that the state does not say, so that the same state makes the same operations.
//! Deliberately not here: numbers and hashes of operations, certificates (fleet).

use super::activation_command::{Activated, Issued};
use super::activations::{Activation, ActivationState, Step};
use super::items::{item_id, items, seats};
use super::line::Line;
use super::state::Office;
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
        let mut found = Vec::new();
        for (activation, ends) in held.chain(made) {
            let Some(line) = self.entitlements.line(activation.entitlement, activation.line) else {
                continue;
            };
            let Some(step) = step_of(&activation, line) else {
                continue;
            };
            let ops = match ends {
                Some(_) => self.ops(&Line { ends, ..line.clone() }, &activation, step),
                None => self.ops(line, &activation, step),
            };
            let issued = Issued { activation: activation.no, step, revision: line.revision };
            let place =
                (self.turn_of(&activation, step), activation.part_of.is_none(), activation.no);
            found.push((place, Work { issued, ops }));
        }
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, work)| work).filter(|work| !work.ops.is_empty()).collect()
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

    fn ops(&self, line: &Line, activation: &Activation, step: Step) -> Vec<Op> {
        match step {
            Step::Withdraw | Step::Return => self.removal(line, activation),
            Step::Assign | Step::Activate => {
                let items = items(line, activation, &self.publisher.name);
                items.into_iter().map(|item| Op::Add { item }).collect()
            }
            Step::Replace => self.replacement(line, activation),
        }
    }

    /// The same for an activation by itself.
    pub(crate) fn removal_of(&self, activation: &Activation) -> Vec<Op> {
        let line = self.entitlements.line(activation.entitlement, activation.line);
        line.map_or_else(Vec::new, |line| self.removal(line, activation))
    }

    /// Takes out what the container was given, as it was given.
    fn removal(&self, line: &Line, activation: &Activation) -> Vec<Op> {
        let root = activation.part_of.and_then(|root| self.activations.get(root));
        let given = line.product_at(root.unwrap_or(activation).revision);
        let no = activation.part_of.unwrap_or(activation.no);
        let mut ops = Vec::new();
        for feature in &given.features {
            let count = match (activation.part_of, feature.count_per_unit) {
                (None, _) => None,
                // What is not counted stays as long as anything of the activation does.
                (Some(_), Count::Uncounted) => continue,
                (Some(_), each) => match seats(each, activation.quantity) {
                    Some(Count::Counted(seats)) => Some(u64::from(seats)),
                    _ => continue,
                },
            };
            ops.push(Op::Withdraw { item_id: item_id(line, no, &feature.feature), count });
        }
        ops
    }

    /// Brings the items of a container from how they were given to how they are now.
    fn replacement(&self, line: &Line, activation: &Activation) -> Vec<Op> {
        let (given, now) = (line.product_at(activation.revision), &line.sold.product);
        let no = activation.part_of.unwrap_or(activation.no);
        let mut ops = Vec::new();
        for feature in &given.features {
            if now.place(&feature.feature).is_none() {
                let item_id = item_id(line, no, &feature.feature);
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
