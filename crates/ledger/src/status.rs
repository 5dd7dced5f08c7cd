//! How the engine is doing, for health checks, metrics and people.
//!
//! Invariants: counters only rise; `degraded` is set from the first failed commit to the next one
//! that succeeds.
//! Not here: how it is shown.

use tenure_document::{Hash, Time};

use crate::timekeeper::ClockAlarm;

/// How the engine is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineStatus {
    /// Sequence of the last entry.
    pub sequence: u64,
    /// Hash of the last entry.
    pub head: Hash,
    /// Ledger time of the last entry.
    pub at: Time,
    /// Why changes are not or may not be recorded at the moment.
    pub degraded: Option<String>,
    /// Whether the storage has no space left.
    pub full: bool,
    /// Commits that failed since the start.
    pub failures: u64,
    /// Entries written since the start.
    pub batches: u64,
    /// Commands taken since the start.
    pub commands: u64,
    /// Of these, refused.
    pub refused: u64,
    /// Of these, answered from the record of an earlier one.
    pub replayed: u64,
    /// Commands turned away because too many were waiting.
    pub overloaded: u64,
    /// Idempotency keys remembered.
    pub keys: u64,
    /// The last snapshot's sequence.
    pub snapshot: Option<u64>,
    /// Entries since then.
    pub entries_since_snapshot: u64,
    /// Time spent in commits since the start, microseconds of the boot clock.
    pub commit_micros: u64,
    /// Commands waiting.
    pub waiting: u64,
    /// Clock alarms that no entry holds yet.
    pub clock_alarms: Vec<ClockAlarm>,
    /// Clock alarms recorded, as far as they are kept in memory.
    pub clock_alarms_recorded: u64,
}
