//! The machine of these tests: a room with seats that are taken for a while.
//!
//! It has what the ledger cares about: refusals, commands without effect, events that fall due,
//! documents, a counter in the state that would show an event applied twice, and a command that
//! panics.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use tenure_ledger::{Document, Machine, Now, Priority};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub seats: usize,
    pub taken: BTreeMap<u64, Time>,
    pub next: u64,
    pub applied: u64,
    /// Seconds that somebody wishes to take a seat for, as soon as there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<u64>,
}

impl Room {
    pub fn with(seats: usize) -> Self {
        Self { seats, taken: BTreeMap::new(), next: 1, applied: 0, wishes: Vec::new() }
    }
}

#[derive(Clone, Debug)]
pub enum Command {
    Take {
        seconds: u64,
    },
    Give {
        id: u64,
    },
    /// Takes a seat when one is free.
    Wish {
        seconds: u64,
    },
    /// Decided without effect.
    Nod,
    Panic,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    Taken { id: u64, until: Time },
    Given { id: u64 },
    Ended { ids: Vec<u64> },
    Wished { seconds: u64 },
    Fulfilled { id: u64, until: Time },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSeats,
    Unknown,
}

impl Machine for Room {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Take { .. } if self.taken.len() >= self.seats => Err(Refusal::NoSeats),
            Command::Take { seconds } => {
                let until = now.at.plus(Duration::from_secs(*seconds));
                Ok(vec![Event::Taken { id: self.next, until }])
            }
            Command::Give { id } if self.taken.contains_key(id) => {
                Ok(vec![Event::Given { id: *id }])
            }
            Command::Give { .. } => Err(Refusal::Unknown),
            Command::Wish { seconds } => Ok(vec![Event::Wished { seconds: *seconds }]),
            Command::Nod => Ok(Vec::new()),
            Command::Panic => panic!("asked to"),
        }
    }

    fn due(&self, now: Now) -> Vec<Event> {
        let over = |(id, until): (&u64, &Time)| (*until <= now.at).then_some(*id);
        let ids: Vec<u64> = self.taken.iter().filter_map(over).collect();
        match (ids.is_empty(), self.wishes.first()) {
            (false, _) => vec![Event::Ended { ids }],
            // One at a time: what is due is asked for until there is nothing more.
            (true, Some(seconds)) if self.taken.len() < self.seats => {
                let until = now.at.plus(Duration::from_secs(*seconds));
                vec![Event::Fulfilled { id: self.next, until }]
            }
            _ => Vec::new(),
        }
    }

    fn apply(&mut self, event: &Event, _at: Time) {
        self.applied += 1;
        match event {
            Event::Taken { id, until } => {
                self.taken.insert(*id, *until);
                self.next = id + 1;
            }
            Event::Given { id } => self.taken.retain(|taken, _| taken != id),
            Event::Ended { ids } => self.taken.retain(|id, _| !ids.contains(id)),
            Event::Wished { seconds } => self.wishes.push(*seconds),
            Event::Fulfilled { id, until } => {
                self.wishes.remove(0);
                self.taken.insert(*id, *until);
                self.next = id + 1;
            }
        }
    }

    fn document(&self, event: &Event, sequence: u64) -> Option<Document> {
        let Event::Taken { id, until } = event else { return None };
        // From the state on purpose: a replay after the seat was given back can't make it again.
        self.taken.get(id)?;
        let payload =
            format!(r#"{{"id":{id},"until":"{until}","sequence":{sequence}}}"#).into_bytes();
        Some(Document { payload_type: "application/vnd.tenure.test-seat.v1+json", payload })
    }

    fn repeatable_until(events: &[Event]) -> Option<Time> {
        let end = |event: &Event| match event {
            Event::Taken { until, .. } => Some(*until),
            _ => None,
        };
        events.iter().filter_map(end).max()
    }

    fn priority(command: &Command) -> Priority {
        match command {
            Command::Give { .. } => Priority::High,
            _ => Priority::Normal,
        }
    }
}
