//! What is proposed, and what of the recorded changes it takes the place of.
//!
//! Invariants: a proposal holds for the whole range: a recorded change of the same kind does not undo it; changes of
//! other kinds happen as they did. An import of reservations is meant as all of them.
//! Deliberately not here: what the changes do (apply).

use crate::event::Event;
use crate::queue::Queue;
use crate::refusal::Refusal;
use crate::request::{Command, ReservationChange};
use crate::reservation_admin::assume_reservations;
use crate::state::Leasing;
use crate::term::Now;
use std::collections::BTreeSet;

/// The kinds of what is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proposed {
    model: bool,
    reservations: bool,
    properties: BTreeSet<String>,
}

impl Proposed {
    pub(super) fn of(proposal: &[Command]) -> Proposed {
        let mut proposed = Proposed::default();
        for command in proposal {
            match command {
                Command::SetModel { .. } | Command::DeleteModel { .. } => proposed.model = true,
                Command::ChangeReservations { .. } => proposed.reservations = true,
                Command::SetProperties { changes, .. } => {
                    proposed.properties.extend(changes.keys().cloned());
                }
                _ => {}
            }
        }
        proposed
    }

    /// What of a recorded change happens in the replay too.
    pub(super) fn leaves(&self, event: Event) -> Option<Event> {
        match event {
            Event::ModelSet(_) | Event::ModelDeleted(_) => (!self.model).then_some(event),
            Event::ReservationsSet { .. } | Event::ReservationsDeleted { .. } => {
                (!self.reservations).then_some(event)
            }
            Event::PropertiesSet { by, mut changes } => {
                changes.retain(|key, _| !self.properties.contains(key));
                (!changes.is_empty()).then_some(Event::PropertiesSet { by, changes })
            }
            event => Some(event),
        }
    }
}

/// Changes the scratch state as a command proposes.
pub(super) fn propose(state: &mut Leasing, command: &Command, now: Now) -> Result<(), Refusal> {
    let events = match command {
        Command::ChangeReservations { by, change: ReservationChange::Import { postings, .. } } => {
            assume_reservations(state, by, postings, now)?
        }
        command => state.decide(command, now)?,
    };
    events.iter().for_each(|event| state.apply(event, now.at));
    Ok(())
}

/// What stands against every grant is no part of the replay: requests denied for such reasons are not judged at all.
pub(super) fn open_up(state: &mut Leasing) {
    state.queue = Queue::default();
    state.suspended = None;
    state.reconcile_until = None;
    state.settings.signature_required = false;
}

/// Whether an event changes what the figures of the record are taken from.
pub(super) fn is_of_fact(event: &Event) -> bool {
    !matches!(
        event,
        Event::Denied(_)
            | Event::Renewed(_)
            | Event::UserSet { .. }
            | Event::UserDeleted { .. }
            | Event::ClientKeyAdded { .. }
            | Event::ClientKeyRevoked { .. }
    )
}
