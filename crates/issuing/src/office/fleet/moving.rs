//! Booking transfers that went without the office, from what either side reports.
//!
//! Invariants: units change their container in the books once, with the first report of either side, so that the sum over
//! all containers stays what was issued; a report that says nothing new makes no event; what can't be booked as whole
//! units of an activation stays in the book of transfers, and the activation does not come back by itself.
//! Deliberately not here: the transfers themselves (container), settlements (issuing).

use super::container::OfficeContainer;
use super::moves::{Booked, BookedState, Carried, MoveReported, Removed};
use crate::office::activation_command::ActivationPart;
use crate::office::activations::{Activation, ActivationState};
use crate::office::event::Event;
use crate::office::numbers::ActivationNo;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{Bytes, ContainerId, Context, Count, Direction, Move, MoveState, Time};

/// What this decision has changed of activations so far.
struct Changed {
    /// Quantity and container, where they differ from the state.
    held: BTreeMap<ActivationNo, (u32, ContainerId)>,
    /// The number of the next part.
    next: ActivationNo,
}

impl Changed {
    /// A part of an activation, with a number of its own.
    fn split(
        &mut self,
        activation: ActivationNo,
        (quantity, container): (u32, ContainerId),
        part: u32,
    ) -> ActivationPart {
        let no = self.next;
        self.next = self.next.after(1);
        self.held.insert(activation, (quantity - part, container));
        ActivationPart { activation: no, quantity: part }
    }
}

impl Office {
    /// Books what a context reports; gives the transfers that are settled by it.
    ///
    /// `made`: so many numbers of activations are given out by the same decision already.
    pub(crate) fn take_moves(
        &self,
        container: &OfficeContainer,
        context: &Context,
        made: usize,
        events: &mut Vec<Event>,
        now: Time,
    ) -> Vec<Bytes> {
        let steps = u32::try_from(made).unwrap_or(u32::MAX);
        let mut changed =
            Changed { held: BTreeMap::new(), next: self.activations.next().after(steps) };
        let mut settled = Vec::new();
        for report in &context.moves {
            let booked = self.fleet.moves.get(&report.nonce);
            let Some(state) = next_state(booked, report, container.id) else { continue };
            let carried = match (booked, state) {
                (None, BookedState::Refunded) => Vec::new(),
                (None, _) => self.carry(container.id, report, &mut changed),
                (Some(booked), BookedState::Refunded) => self.carry_back(booked),
                _ => Vec::new(),
            };
            if state != BookedState::InTransit {
                settled.push(report.nonce.clone());
            }
            let completed = carried.iter().filter_map(|one| self.completed(container, one, now));
            let removed = completed.collect();
            let report = report.clone();
            let by = container.id;
            events.push(Event::MoveReported(MoveReported { by, report, state, carried, removed }));
        }
        settled
    }

    /// The units that a transfer takes along, where they are whole units; mostly of one activation.
    fn carry(&self, by: ContainerId, report: &Move, changed: &mut Changed) -> Vec<Carried> {
        let (source, to) = match report.direction {
            Direction::Out => (by, report.other),
            Direction::In => (report.other, by),
        };
        let Some(root) = root_of(&report.item_id) else { return Vec::new() };
        let Some((units, all)) = self.units(root, report.count) else { return Vec::new() };
        let mut candidates = self.parts_of(root, source, changed);
        if let Some(place) = candidates.iter().position(|(_, quantity)| *quantity == units) {
            candidates.swap(0, place);
        }
        let there: u64 = candidates.iter().map(|(_, quantity)| u64::from(*quantity)).sum();
        if !all && there < u64::from(units) {
            return Vec::new();
        }
        let mut left = if all { u32::MAX } else { units };
        let mut carried = Vec::new();
        for (activation, quantity) in candidates {
            if left == 0 {
                break;
            }
            let part =
                (quantity > left).then(|| changed.split(activation, (quantity, source), left));
            if part.is_none() {
                changed.held.insert(activation, (quantity, to));
            }
            if let Some(part) = part {
                changed.held.insert(part.activation, (part.quantity, to));
            }
            left -= quantity.min(left);
            carried.push(Carried { activation, part, to });
        }
        carried
    }

    /// The activations with items of `root` that a container has, those that it surely has first.
    fn parts_of(
        &self,
        root: ActivationNo,
        container: ContainerId,
        changed: &Changed,
    ) -> Vec<(ActivationNo, u32)> {
        let of_root = |one: &&Activation| one.part_of.unwrap_or(one.no) == root;
        let never = |one: &&Activation| one.state == ActivationState::Assigned;
        let now = |one: &Activation| {
            changed.held.get(&one.no).copied().unwrap_or((one.quantity, one.container))
        };
        let mut found: Vec<_> = self
            .activations
            .of_container(container)
            .filter(|one| of_root(one) && !never(one))
            .filter(|one| now(one).1 == container)
            .map(|one| ((!one.state.is_live(), one.no), now(one).0))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|((_, no), quantity)| (no, quantity)).collect()
    }

    /// How many units a count of an item is; true: of what is not counted, all goes.
    fn units(&self, root: ActivationNo, count: Count) -> Option<(u32, bool)> {
        let activation = self.activations.get(root)?;
        let line = self.entitlements.line(activation.entitlement, activation.line)?;
        let product = line.product_at(activation.revision);
        let [feature] = product.features.as_slice() else { return None };
        match (feature.count_per_unit, count) {
            (Count::Uncounted, _) => Some((0, true)),
            (Count::Counted(each), Count::Counted(count)) if each > 0 && count % each == 0 => {
                Some((count / each, false))
            }
            _ => None,
        }
    }

    fn carry_back(&self, booked: &Booked) -> Vec<Carried> {
        let numbers = booked.activations.iter().copied();
        // The office may have ruled it before the source said it.
        let away = numbers.filter(|no| {
            self.activations.get(*no).is_some_and(|one| one.container != booked.source)
        });
        let to = booked.source;
        away.map(|activation| Carried { activation, part: None, to }).collect()
    }

    /// The removal that is complete now that it is known where the rest of it went.
    fn completed(
        &self,
        container: &OfficeContainer,
        carried: &Carried,
        now: Time,
    ) -> Option<Removed> {
        let no = carried.activation;
        let removed = self.fleet.moves.shortfall(no)?;
        let left = self.activations.get(no)?.quantity.checked_sub(carried.part?.quantity)?;
        let back_at = self.back_at(container, no, now);
        (left == removed).then_some(Removed { activation: no, back_at })
    }
}

/// The state of a transfer after a report; nothing when the report says nothing new.
fn next_state(booked: Option<&Booked>, report: &Move, by: ContainerId) -> Option<BookedState> {
    use BookedState::{Arrived, Contradiction, InTransit, RefundOrdered, Refunded};
    let says = match report.state {
        MoveState::Sent => InTransit,
        MoveState::Received | MoveState::Credited => Arrived,
        MoveState::Refunded => Refunded,
    };
    let Some(booked) = booked else { return Some(says) };
    let (source, told) = match report.direction {
        Direction::Out => (by, booked.source_told),
        Direction::In => (report.other, booked.target_told),
    };
    let same = booked.source == source
        && booked.item_id == report.item_id
        && booked.count == report.count
        && booked.transfer == report.transfer;
    let next = match (booked.state, says) {
        _ if !same => Contradiction,
        (Contradiction, _) => Contradiction,
        (state, InTransit) => state,
        (InTransit, says) => says,
        (Arrived, Arrived) => Arrived,
        (Refunded | RefundOrdered, Refunded) => Refunded,
        (Arrived | Refunded | RefundOrdered, _) => Contradiction,
    };
    (next != booked.state || !told).then_some(next)
}

/// The activation that an item belongs to, or the one that it was first part of.
pub(crate) fn root_of(item_id: &str) -> Option<ActivationNo> {
    item_id.rsplit_once('.')?.0.parse().ok()
}
