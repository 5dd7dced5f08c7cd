//! What the core tells about itself, and the snapshots it keeps of its state.
//!
//! Not here: how either is shown.

use crate::{
    core::{Core, State},
    fault::LedgerError,
    fold::Since,
    machine::Machine,
    options::Options,
    status::EngineStatus,
    timekeeper::RecordedAlarm,
};

impl<M: Machine> Core<M> {
    /// How the engine is doing.
    pub fn status(&self) -> EngineStatus {
        let (head, keys, since, recorded) = match &self.state {
            State::Live(fold) => {
                (fold.head, fold.keys.len(), fold.since, fold.clock.alarms().count())
            }
            State::Lost { head, .. } => (*head, 0, Since::default(), 0),
        };
        EngineStatus {
            sequence: head.sequence,
            head: head.hash,
            at: head.at,
            degraded: self.degraded.clone(),
            full: self.full.is_some(),
            failures: self.tally.failures,
            batches: self.tally.batches,
            commands: self.tally.commands,
            refused: self.tally.refused,
            replayed: self.tally.replayed,
            overloaded: 0,
            keys: keys as u64,
            snapshot: since.snapshot,
            entries_since_snapshot: since.entries,
            commit_micros: self.tally.commit_micros,
            waiting: 0,
            clock_alarms: self.keeper.pending().to_vec(),
            clock_alarms_recorded: recorded as u64,
        }
    }

    /// Recorded clock alarms, oldest first, as far as they are kept in memory.
    pub fn clock_alarms(&self) -> Vec<RecordedAlarm> {
        match &self.state {
            State::Live(fold) => fold.clock.alarms().cloned().collect(),
            State::Lost { .. } => Vec::new(),
        }
    }

    /// Keeps a snapshot of the committed state. Must not be called between [`Core::decide`] and
    /// [`Core::commit`].
    pub fn save_snapshot(&mut self) -> Result<(), LedgerError> {
        let State::Live(fold) = &mut self.state else { return Ok(()) };
        if fold.since.entries > 0 || fold.since.snapshot.is_none() {
            let bytes = fold.to_snapshot(self.signer.as_ref())?;
            self.ledger.reading().save_snapshot(fold.head.sequence, &bytes)?;
            fold.since = Since { snapshot: Some(fold.head.sequence), ..Since::default() };
        }
        Ok(())
    }

    /// Whether so much has come since the last snapshot that another one is worth its while.
    pub(crate) fn snapshot_is_due(&self) -> bool {
        let State::Live(fold) = &self.state else { return false };
        let Options { snapshot_entries, snapshot_bytes, .. } = self.options;
        fold.since.entries >= snapshot_entries || fold.since.bytes >= snapshot_bytes
    }

    /// A snapshot of entry `sequence` is being taken elsewhere: count from here on.
    pub(crate) fn snapshot_begun(&mut self) {
        if let State::Live(fold) = &mut self.state {
            fold.since = Since { snapshot: fold.since.snapshot, ..Since::default() };
        }
    }

    /// The snapshot taken elsewhere is kept.
    pub(crate) fn snapshot_taken(&mut self, sequence: u64) {
        if let State::Live(fold) = &mut self.state {
            fold.since.snapshot = Some(sequence);
        }
    }
}
