//! What is proposed, and what of the recorded changes it takes the place of.
//!
//! Invariants: a proposal holds for the whole range: a recorded change of the same kind does not undo it; changes of
//! other kinds happen as they did. Deliberately not here: what the changes do (apply).

use crate::event::Event;
use crate::request::Command;
use std::collections::BTreeSet;

/// The kinds of what is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proposed {
    model: bool,
    properties: BTreeSet<String>,
}

impl Proposed {
    pub(super) fn of(proposal: &[Command]) -> Proposed {
        let mut proposed = Proposed::default();
        for command in proposal {
            match command {
                Command::SetModel { .. } | Command::DeleteModel { .. } => proposed.model = true,
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
            Event::PropertiesSet { by, mut changes } => {
                changes.retain(|key, _| !self.properties.contains(key));
                (!changes.is_empty()).then_some(Event::PropertiesSet { by, changes })
            }
            event => Some(event),
        }
    }
}
