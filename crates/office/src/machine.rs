//! The office's books as the machine that the ledger runs.
//!
//! Kept here: the two floors meet in this newtype and nowhere else; it hands on the ledger's time, nothing more.
//! Deliberately not here: decisions (issuing), commits and signatures (ledger). Documents of the office are signed by
//! publisher keys, after the commit: none of them is the ledger's.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use tenure_issuing::office::{Command, Event, Office, Refusal};
use tenure_ledger::{Document, Machine, Now};

/// The state of an office.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficeMachine(pub Office);

impl Machine for OfficeMachine {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: &Command, now: Now) -> Result<Vec<Event>, Refusal> {
        self.0.decide(command, now.at)
    }

    fn due(&self, now: Now) -> Vec<Event> {
        self.0.due(now.at)
    }

    fn apply(&mut self, event: &Event, at: Time) {
        self.0.apply(event, at);
    }

    fn document(&self, _: &Event, _: u64) -> Option<Document> {
        None
    }
}
