//! The leasing state as the machine that the ledger runs.
//!
//! Kept here: the two floors meet in this newtype and nowhere else; it translates the instant, nothing more.
//! Deliberately not here: decisions (leasing), commits and signatures (ledger).

use serde::{Deserialize, Serialize};
use tenure_container::Reading;
use tenure_document::{Lease, Payload, Time};
use tenure_leasing::{Command, Event, Leasing, Refusal};
use tenure_ledger::{Document, Machine, Now, Priority};

/// The state of a license server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeasingMachine(pub Leasing);

/// The instant of a decision as the leasing floor takes it.
pub(crate) fn instant_of(now: Now) -> tenure_leasing::Now {
    tenure_leasing::Now {
        at: now.at,
        reading: Reading { wall: now.wall, since_boot_ms: now.since_boot_ms },
    }
}

impl Machine for LeasingMachine {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
        self.0.decide(command, instant_of(now))
    }

    fn due(&self, now: Now) -> Vec<Event> {
        self.0.due(instant_of(now))
    }

    fn apply(&mut self, event: &Event, at: Time) {
        self.0.apply(event, at);
    }

    fn document(&self, event: &Event, _sequence: u64) -> Option<Document> {
        let payload = self.0.document(event)?;
        Some(Document { payload_type: Lease::TYPE, payload })
    }

    fn write(event: &Event, json: &mut Vec<u8>) -> serde_json::Result<()> {
        event.write(json)
    }

    fn repeatable_until(events: &[Event]) -> Option<Time> {
        // Who borrowed and never saw the answer may ask again when it is back in the network.
        let end = |event: &Event| match event {
            Event::Granted(lease) => Some(lease.expires),
            _ => None,
        };
        events.iter().filter_map(end).max()
    }

    fn priority(command: &Command) -> Priority {
        match command {
            Command::Renew(_)
            | Command::Release(_)
            | Command::Claim(_)
            | Command::Cancel(_)
            | Command::Undo(_)
            | Command::Tick => Priority::High,
            _ => Priority::Normal,
        }
    }
}
