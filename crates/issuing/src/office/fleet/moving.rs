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
                (None, BookedState::Refunded) => None,
                (None, _) => self.carry(container.id, report, &mut changed),
                (Some(booked), BookedState::Refunded) => self.carry_back(booked),
                _ => None,
            };
            if state != BookedState::InTransit {
                settled.push(report.nonce.clone());
            }
            let removed = carried.as_ref().and_then(|one| self.completed(container, one, now));
            let report = report.clone();
            let by = container.id;
            events.push(Event::MoveReported(MoveReported { by, report, state, carried, removed }));
        }
        settled
    }

    /// The units that a transfer takes along, where they are whole units of one activation.
    fn carry(&self, by: ContainerId, report: &Move, changed: &mut Changed) -> Option<Carried> {
        let (source, to) = match report.direction {
            Direction::Out => (by, report.other),
            Direction::In => (report.other, by),
        };
        let root = root_of(&report.item_id)?;
        let candidates = self.parts_of(root, source, changed);
        let (units, whole_only) = self.units(root, report.count)?;
        let fits = |quantity: u32| if whole_only { true } else { quantity >= units };
        let (no, quantity) = candidates
            .iter()
            .find(|(_, quantity)| whole_only || *quantity == units)
            .or_else(|| candidates.iter().find(|(_, quantity)| fits(*quantity)))
            .copied()?;
        if whole_only || quantity == units {
            changed.held.insert(no, (quantity, to));
            return Some(Carried { activation: no, part: None, to });
        }
        let part = ActivationPart { activation: changed.next, quantity: units };
        changed.held.insert(no, (quantity - units, source));
        changed.held.insert(part.activation, (units, to));
        changed.next = changed.next.after(1);
        Some(Carried { activation: no, part: Some(part), to })
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

    fn carry_back(&self, booked: &Booked) -> Option<Carried> {
        let activation = booked.activation?;
        // The office ruled it before the source said it.
        let there = self.activations.get(activation)?.container == booked.source;
        (!there).then_some(Carried { activation, part: None, to: booked.source })
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
