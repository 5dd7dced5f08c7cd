//! Booking transfers that went without the office, from what either side reports.
//!
//! Invariants: units change their container in the books once, with the first report of who gave them, so that the sum
//! over all containers stays what was issued; the word of who got them alone changes nothing, because anybody can make a
//! container that says so; a report that says nothing new makes no event; what can't be booked as whole units of an
//! activation stays in the book of transfers, and the activation does not come back by itself.
//! Deliberately not here: the transfers themselves (container), settlements (issuing).

use super::catching_up::Owed;
use super::container::OfficeContainer;
use super::moves::{Booked, BookedState, Carried, MoveReported, Removed};
use super::whereabouts::{Whereabouts, root_of};
use crate::office::event::Event;
use crate::office::numbers::ActivationNo;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{Bytes, ContainerId, Context, Direction, Move, MoveState, Time};

/// So many open claims of one container are kept: whoever made it can say what they like. It tells the others again.
const CLAIMS_MAX: usize = 100;

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
        let mut places = Whereabouts::new(self, made);
        let (mut told, mut owed) = (BTreeMap::new(), Vec::new());
        let mut reported: Vec<MoveReported> = Vec::new();
        let mut claims = CLAIMS_MAX.saturating_sub(self.fleet.moves.claims_of(container.id));
        for report in &context.moves {
            let booked = self.fleet.moves.get(&report.nonce);
            let Some(state) = next_state(booked, report, container.id) else { continue };
            let state = match state {
                BookedState::Claimed if came_on(&places, container.id, report) => {
                    BookedState::Arrived
                }
                BookedState::Claimed if booked.is_none() => {
                    let root = root_of(&report.item_id);
                    if root.is_none_or(|root| self.activations.get(root).is_none()) || claims == 0 {
                        continue;
                    }
                    claims -= 1;
                    state
                }
                state => state,
            };
            let carried = match (booked, state) {
                (None, BookedState::Refunded) | (_, BookedState::Claimed) => Vec::new(),
                (None, _)
                | (Some(Booked { state: BookedState::Claimed, .. }), BookedState::Arrived) => {
                    let fresh = owed_by(&places, container.id, report, state);
                    let carried = fresh.as_ref().and_then(|fresh| {
                        places.carry(fresh.root, (fresh.from, fresh.to), fresh.units)
                    });
                    owed.extend(fresh.filter(|_| carried.is_none()));
                    carried.unwrap_or_default()
                }
                (Some(booked), BookedState::Refunded) => carry_back(&mut places, booked),
                _ => Vec::new(),
            };
            if let Some(root) = root_of(&report.item_id).filter(|_| state != BookedState::Claimed) {
                told.insert(report.nonce.clone(), (root, state));
            }
            let completed =
                carried.iter().filter_map(|one| self.completed(&places, container, one, now));
            let removed = completed.collect();
            let (report, by, caught_up) = (report.clone(), container.id, Vec::new());
            reported.push(MoveReported { by, report, state, carried, removed, caught_up });
        }
        let over = |one: &&MoveReported| {
            !matches!(one.state, BookedState::InTransit | BookedState::Claimed)
        };
        let settled = reported.iter().filter(over).map(|one| one.report.nonce.clone());
        let settled = settled.collect();
        if let Some(last) = reported.last_mut() {
            last.caught_up = self.catch_up(&mut places, &told, owed);
            for carried in last.caught_up.iter().flat_map(|one| &one.carried) {
                last.removed.extend(self.completed(&places, container, carried, now));
            }
        }
        events.extend(reported.into_iter().map(Event::MoveReported));
        settled
    }

    /// The removal that is complete now that it is known where the rest of it went.
    fn completed(
        &self,
        places: &Whereabouts,
        container: &OfficeContainer,
        carried: &Carried,
        now: Time,
    ) -> Option<Removed> {
        let no = carried.activation;
        let removed = self.fleet.moves.shortfall(no)?;
        carried.part?;
        let (left, _) = places.at(no)?;
        let back_at = self.back_at(container, no, now);
        (left == removed).then_some(Removed { activation: no, back_at })
    }
}

/// Whether all that the source has of it is on its way there by the word of who gave it, and nobody has seen it arrive:
/// a container that only carries things on may never tell, and who says that it came from there takes it from nobody.
fn came_on(places: &Whereabouts, by: ContainerId, report: &Move) -> bool {
    let claimed = owed_by(places, by, report, BookedState::Arrived);
    claimed.is_some_and(|claimed| places.only_travels(claimed.root, claimed.from, claimed.units))
}

/// What a report is about that nobody has told before, where it is whole units.
fn owed_by(
    places: &Whereabouts,
    by: ContainerId,
    report: &Move,
    state: BookedState,
) -> Option<Owed> {
    let (from, to) = match report.direction {
        Direction::Out => (by, report.other),
        Direction::In => (report.other, by),
    };
    let root = root_of(&report.item_id)?;
    let units = places.units(root, report.count)?;
    let (nonce, arrived) = (report.nonce.clone(), state == BookedState::Arrived);
    Some(Owed { nonce, root, from, to, units, arrived })
}

/// The source has its units back. They are as many as went: where some of them have gone on in the books, the target
/// had others to give.
fn carry_back(places: &mut Whereabouts, booked: &Booked) -> Vec<Carried> {
    let (source, target) = (booked.source, booked.target);
    let there = |no: &ActivationNo| places.at(*no).is_some_and(|(_, at)| at == target);
    let numbers = booked.activations.iter();
    // The office may have ruled it before the source said it.
    let away: Vec<ActivationNo> =
        numbers.copied().filter(|no| places.at(*no).is_some_and(|(_, at)| at != source)).collect();
    if !away.iter().all(there) {
        let root = root_of(&booked.item_id);
        let units = root.and_then(|root| Some((root, places.units(root, booked.count)?)));
        if let Some((root, units)) = units
            && let Some(carried) = places.carry(root, (target, source), units)
        {
            return carried;
        }
    }
    away.iter().for_each(|no| places.put(*no, source));
    away.into_iter().map(|activation| Carried { activation, part: None, to: source }).collect()
}

/// The state of a transfer after a report; nothing when the report says nothing new.
fn next_state(booked: Option<&Booked>, report: &Move, by: ContainerId) -> Option<BookedState> {
    use BookedState::{Arrived, Claimed, Contradiction, InTransit, RefundOrdered, Refunded};
    let says = match report.state {
        MoveState::Sent => InTransit,
        MoveState::Received | MoveState::Credited => Arrived,
        MoveState::Refunded => Refunded,
    };
    let Some(booked) = booked else {
        let claimed = report.direction == Direction::In && says == Arrived;
        return Some(if claimed { Claimed } else { says });
    };
    let (source, target, told) = match report.direction {
        Direction::Out => (by, report.other, booked.source_told && !booked.forgotten),
        Direction::In => (report.other, by, booked.target_told),
    };
    let same = booked.source == source
        && booked.target == target
        && booked.item_id == report.item_id
        && booked.count == report.count
        && booked.transfer == report.transfer;
    let next = match (booked.state, says) {
        _ if !same => Contradiction,
        (Contradiction, _) => Contradiction,
        (Claimed, _) if report.direction == Direction::In => Claimed,
        (Claimed, Refunded) => Contradiction,
        (Claimed, _) => Arrived,
        (state, InTransit) => state,
        (InTransit, says) => says,
        (Arrived, Arrived) => Arrived,
        (Refunded | RefundOrdered, Refunded) => Refunded,
        (Arrived | Refunded | RefundOrdered, _) => Contradiction,
    };
    (next != booked.state || !told).then_some(next)
}
