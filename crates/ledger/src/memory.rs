//! A ledger in memory, for tests and simulations: durable only as far as its pretended disk is.
//!
//! Invariants: behaves as the port asks of any engine; a crash ([`MemoryDisk::crash`]) takes away
//! exactly what was not synced.
//! Not here: failures on demand (`failing` wraps any engine).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    entry::{Entry, GENESIS, Head},
    fault::LedgerError,
    port::{Ledger, Reader},
};

/// Snapshots kept.
const SNAPSHOTS: usize = 2;

/// What survives the program in a simulation: open ledgers on it again and again. Clones are the
/// same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Platters>>,
}

#[derive(Debug, Default)]
struct Platters {
    entries: Vec<Entry>,
    /// Entries that survive a crash.
    synced: usize,
    /// Appends are not synced: a disk that lies.
    lying: bool,
    /// Bytes that fit; none: endless.
    space: Option<usize>,
    snapshots: BTreeMap<u64, Vec<u8>>,
    locked: bool,
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the ledger on this disk for writing.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] while another one is open.
    pub fn open(&self) -> Result<MemoryLedger, LedgerError> {
        let mut platters = self.lock();
        if platters.locked {
            return Err(LedgerError::Locked("the ledger is open already".to_owned()));
        }
        platters.locked = true;
        Ok(MemoryLedger { reading: MemoryReader { disk: self.clone() } })
    }

    /// A reading side, beside whoever writes.
    pub fn reader(&self) -> Box<dyn Reader> {
        Box::new(MemoryReader { disk: self.clone() })
    }

    /// Power goes: entries that were not synced are gone, and so is the lock of whoever held it.
    pub fn crash(&self) {
        let mut platters = self.lock();
        let synced = platters.synced;
        platters.entries.truncate(synced);
        platters.locked = false;
    }

    /// From now on appends are (or are not) acknowledged without being synced.
    pub fn lie_about_sync(&self, lying: bool) {
        self.lock().lying = lying;
    }

    /// So many bytes of entries fit in all; none: no limit.
    pub fn limit(&self, space: Option<usize>) {
        self.lock().space = space;
    }

    /// Entries on the disk, synced or not.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Does what it likes to the entries: tests of damage.
    pub fn tamper(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        let mut platters = self.lock();
        change(&mut platters.entries);
        platters.synced = platters.entries.len();
    }

    /// Does what it likes to the snapshots.
    pub fn tamper_snapshots(&self, change: impl FnOnce(&mut BTreeMap<u64, Vec<u8>>)) {
        change(&mut self.lock().snapshots);
    }

    fn lock(&self) -> MutexGuard<'_, Platters> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platters {
    fn fits(&self, bytes: usize) -> bool {
        let Some(space) = self.space else { return true };
        let used: usize = self.entries.iter().map(Entry::stored_bytes).sum();
        used + bytes <= space
    }
}

/// A ledger on a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryLedger {
    reading: MemoryReader,
}

#[derive(Debug)]
struct MemoryReader {
    disk: MemoryDisk,
}

impl Drop for MemoryLedger {
    fn drop(&mut self) {
        self.reading.disk.lock().locked = false;
    }
}

impl Reader for MemoryReader {
    fn head(&mut self) -> Result<Option<Head>, LedgerError> {
        Ok(self.disk.lock().entries.last().map(Entry::head))
    }

    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError> {
        let platters = self.disk.lock();
        let from = platters.entries.partition_point(|entry| entry.sequence < from);
        Ok(platters.entries[from..].iter().take(max).cloned().collect())
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, LedgerError> {
        Ok(self.disk.lock().snapshots.keys().rev().copied().collect())
    }

    fn load_snapshot(&mut self, sequence: u64) -> Result<Vec<u8>, LedgerError> {
        let found = self.disk.lock().snapshots.get(&sequence).cloned();
        found.ok_or_else(|| LedgerError::io("read a snapshot", "it is not there"))
    }

    fn save_snapshot(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError> {
        let mut platters = self.disk.lock();
        platters.snapshots.insert(sequence, bytes.to_vec());
        while platters.snapshots.len() > SNAPSHOTS {
            platters.snapshots.pop_first();
        }
        Ok(())
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LedgerError> {
        Ok(Box::new(MemoryReader { disk: self.disk.clone() }))
    }
}

impl Ledger for MemoryLedger {
    fn reading(&mut self) -> &mut dyn Reader {
        &mut self.reading
    }

    fn append(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let mut platters = self.reading.disk.lock();
        let follows = match platters.entries.last() {
            None => entry.sequence == GENESIS,
            Some(last) => {
                entry.sequence == last.sequence + 1
                    && entry.previous == last.hash
                    && entry.epoch >= last.epoch
            }
        };
        if !follows {
            return Err(LedgerError::HeadMoved { sequence: entry.sequence });
        }
        if !platters.fits(entry.stored_bytes()) {
            return Err(LedgerError::Full);
        }
        platters.entries.push(entry.clone());
        if !platters.lying {
            platters.synced = platters.entries.len();
        }
        Ok(())
    }

    fn probe(&mut self, bytes: usize) -> Result<(), LedgerError> {
        if self.reading.disk.lock().fits(bytes) { Ok(()) } else { Err(LedgerError::Full) }
    }

    fn reopen(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
}
