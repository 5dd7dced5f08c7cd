//! What a state machine must offer to be run by the engine, and the time it is given.
//!
//! Invariants: a machine has no clock, no chance and no files; the same state, command and [`Now`]
//! decide the same events, and the same events applied in the same order give the same state on
//! every machine and in every later release.
//! Not here: how commands are queued, committed and answered (`core`, `engine`).

use serde::{Serialize, de::DeserializeOwned};
use tenure_document::Time;

/// The instant a batch is decided at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Ledger time: never before the previous entry's; everything that starts or ends in the state
    /// is measured by it.
    pub at: Time,
    /// What the wall clock shows; may jump, kept for rules that compare the two.
    pub wall: Time,
    /// Milliseconds since this machine was booted, sleep included.
    pub since_boot_ms: i64,
}

/// A document that an event gives rise to, before the batch's signature is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Payload type, as in the envelope.
    pub payload_type: &'static str,
    /// Payload bytes, exactly as they are signed.
    pub payload: Vec<u8>,
}

/// Which of two queues a command waits in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Keeps what exists: renewals and releases. Served first when there is more to do than time.
    High,
    /// Asks for something new.
    #[default]
    Normal,
}

/// A pure state machine whose state is the fold of its events.
///
/// The serialised state is a stored format: the genesis entry of a ledger holds the state it starts
/// from, so an old state must be readable for ever (`#[serde(default)]` for new members), as must
/// every old event. Snapshots hold it too, but those can be thrown away.
pub trait Machine: Serialize + DeserializeOwned + Send + 'static {
    /// What is asked of the machine.
    type Command: Send + 'static;
    /// What has happened; self-describing and stored for ever.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// Why the answer is no.
    type Refusal: Send + 'static;

    /// Decides without changing anything. No events mean that there is nothing to change: nothing
    /// is stored then.
    fn decide(&self, command: &Self::Command, now: Now) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// What falls due by `now` without anybody asking (ends of leases). Called at the start of
    /// every batch and after its commands, each time again and again with its events applied until
    /// it is empty, which must be so after a few times.
    fn due(&self, now: Now) -> Vec<Self::Event>;

    /// Changes the state; total, and the only way the state changes. `at` is the time of the entry
    /// that holds the event.
    fn apply(&mut self, event: &Self::Event, at: Time);

    /// The document an event gives rise to. Called right after `apply` of that event with the
    /// sequence of its entry, and again when an idempotent retry replays it: build it from the
    /// event alone where possible, because a replay sees a later state, and a document that comes
    /// out different by then is left out of the replayed answer.
    fn document(&self, event: &Self::Event, sequence: u64) -> Option<Document>;

    /// Appends an event as compact JSON: byte for byte what serde writes, which a machine may do quicker.
    fn write(event: &Self::Event, json: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(json, event)
    }

    /// Until when a repetition of the command that led to these events may come; its answer is remembered that long
    /// if that is longer than usual.
    fn repeatable_until(_events: &[Self::Event]) -> Option<Time> {
        None
    }

    /// Which queue a command waits in.
    fn priority(_command: &Self::Command) -> Priority {
        Priority::Normal
    }
}
