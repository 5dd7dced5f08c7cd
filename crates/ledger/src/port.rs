//! The port: the few verbs that a store of entries must offer. SQLite and memory stand behind it,
//! PostgreSQL fits later.
//!
//! Invariants asked of an engine: `append` is atomic and durable when it returns `Ok` (the entry
//! survives a power cut from then on); it refuses an entry that does not follow the stored head;
//! entries are never changed, and removed only from the front, behind a [`Cut`].
//! Not here: any knowledge of events, state or time.

use tenure_document::Hash;

use crate::{
    entry::{Entry, Head},
    fault::LedgerError,
};

/// Where the entries of a store begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// The first entry that is there.
    pub sequence: u64,
    /// What was said about it when the ones before it were moved to an archive.
    pub statement: Option<String>,
}

/// What a ledger begins with from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The entry it begins with. It stays, the ones before it go.
    pub head: Head,
    /// The server's signed statement about it.
    pub statement: String,
    /// The snapshot of the state after that entry. Kept as long as the cut, whatever becomes of
    /// other snapshots.
    pub snapshot: Vec<u8>,
    /// SHA-256 of the snapshot: tells apart what is kept for different cuts.
    pub state: Hash,
}

/// Reading side: can be used beside the one writer.
pub trait Reader: Send {
    /// The last entry's head; none in an empty ledger.
    fn head(&mut self) -> Result<Option<Head>, LedgerError>;

    /// The entry that the ledger begins with: the first one of all unless it was cut.
    fn beginning(&mut self) -> Result<Beginning, LedgerError>;

    /// Entries from sequence `from` on, in order, at most `max` of them. An engine may return fewer
    /// to keep a page small, but returns none only where none follow. Does not check hashes: the
    /// caller does.
    ///
    /// # Errors
    /// [`LedgerError::Archived`] before the beginning of a ledger that was cut.
    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError>;

    /// Sequences of the snapshots kept, newest first; the one of a cut is among them.
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

    /// Lets the ledger begin with an entry that is in it: what comes before can't be read from then
    /// on, and goes with [`Ledger::sweep`]. A cut at the place of the present one replaces what is
    /// kept with it. True: done, atomically and durably. False: so far a part of the snapshot was put
    /// aside, nothing is changed; call again with the same cut, other work may come between. Errors
    /// are as those of [`Ledger::append`].
    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError>;

    /// Removes up to `most` entries from before the beginning, or parts of snapshots of other cuts,
    /// and says how many; 0: there is nothing left to remove.
    fn sweep(&mut self, most: usize) -> Result<usize, LedgerError>;

    /// Lets go of everything held in memory and begins again from what is on disk. The lock is kept
    /// meanwhile.
    fn reopen(&mut self) -> Result<(), LedgerError>;

    /// The writer's epoch: goes into its entries, and an entry of an older epoch is refused. One
    /// engine that is alone by its lock has no need to raise it.
    fn epoch(&self) -> u64 {
        1
    }
}
