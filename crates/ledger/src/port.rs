//! The port: the few verbs that a store of entries must offer. SQLite and memory stand behind it,
//! PostgreSQL fits later.
//!
//! Invariants asked of an engine: `append` is atomic and durable when it returns `Ok` (the entry
//! survives a power cut from then on); it refuses an entry that does not follow the stored head;
//! entries are never changed or removed.
//! Not here: any knowledge of events, state or time.

use crate::{
    entry::{Entry, Head},
    fault::LedgerError,
};

/// Reading side: can be used beside the one writer.
pub trait Reader: Send {
    /// The last entry's head; none in an empty ledger.
    fn head(&mut self) -> Result<Option<Head>, LedgerError>;

    /// Entries from sequence `from` on, in order, at most `max` of them. An engine may return fewer
    /// to keep a page small, but returns none only where none follow. Does not check hashes: the
    /// caller does.
    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError>;

    /// Sequences of the snapshots kept, newest first.
    fn snapshots(&mut self) -> Result<Vec<u64>, LedgerError>;

    /// The bytes of the snapshot taken after entry `sequence`.
    fn load_snapshot(&mut self, sequence: u64) -> Result<Vec<u8>, LedgerError>;

    /// Keeps a snapshot, atomically and durably, and lets go of all but the newest few.
    fn save_snapshot(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError>;

    /// Another, independent reading side of the same ledger.
    fn reader(&self) -> Result<Box<dyn Reader>, LedgerError>;
}

/// Writing side. Opening one takes the ledger's lock; dropping it gives the lock back.
pub trait Ledger: Send {
    /// What the writer itself sees: after an append that did not fail, the new entry too.
    fn reading(&mut self) -> &mut dyn Reader;

    /// Appends one entry, durably. [`LedgerError::Full`] and [`LedgerError::HeadMoved`] leave the
    /// store as it was; after any other error it is unknown whether the entry is stored, and
    /// nothing may be asked of this engine before [`Ledger::reopen`].
    fn append(&mut self, entry: &Entry) -> Result<(), LedgerError>;

    /// Whether `bytes` could be stored durably now. Leaves nothing behind.
    fn probe(&mut self, bytes: usize) -> Result<(), LedgerError>;

    /// Lets go of everything held in memory and begins again from what is on disk. The lock is kept
    /// meanwhile.
    fn reopen(&mut self) -> Result<(), LedgerError>;

    /// The writer's epoch: goes into its entries, and an entry of an older epoch is refused. One
    /// engine that is alone by its lock has no need to raise it.
    fn epoch(&self) -> u64 {
        1
    }
}
