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
    anchor::archived,
    entry::{Entry, GENESIS, Head},
    fault::LedgerError,
    port::{Beginning, Cut, Ledger, Reader},
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
    cut: Option<Cut>,
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

    /// Does what it likes to what the ledger begins with.
    pub fn tamper_cut(&self, change: impl FnOnce(&mut Option<Cut>)) {
        change(&mut self.lock().cut);
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
    fn beginning(&self) -> Beginning {
        self.cut.as_ref().map_or_else(Beginning::default, |cut| Beginning {
            sequence: cut.head.sequence,
            statement: Some(cut.statement.clone()),
        })
    }

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

    fn beginning(&mut self) -> Result<Beginning, LedgerError> {
        Ok(self.disk.lock().beginning())
    }

    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError> {
        let platters = self.disk.lock();
        let beginning = platters.beginning();
        if from < beginning.sequence {
            return Err(archived(from, &beginning));
        }
        let from = platters.entries.partition_point(|entry| entry.sequence < from);
        Ok(platters.entries[from..].iter().take(max).cloned().collect())
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, LedgerError> {
        let platters = self.disk.lock();
        let cut = platters.cut.as_ref().map(|cut| cut.head.sequence);
        let others = platters.snapshots.keys().rev().copied();
        Ok(others.filter(|sequence| cut.is_none_or(|cut| *sequence > cut)).chain(cut).collect())
    }

    fn load_snapshot(&mut self, sequence: u64) -> Result<Vec<u8>, LedgerError> {
        let platters = self.disk.lock();
        let kept = platters.cut.as_ref().filter(|cut| cut.head.sequence == sequence);
        let found =
            kept.map(|cut| &cut.snapshot).or_else(|| platters.snapshots.get(&sequence)).cloned();
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

    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError> {
        let mut platters = self.reading.disk.lock();
        let Head { sequence, hash, .. } = cut.head;
        let there = |entry: &Entry| entry.sequence == sequence && entry.hash == hash;
        if platters.beginning().sequence > sequence || !platters.entries.iter().any(there) {
            return Err(LedgerError::HeadMoved { sequence });
        }
        platters.cut = Some(cut.clone());
        Ok(true)
    }

    fn sweep(&mut self, most: usize) -> Result<usize, LedgerError> {
        let mut platters = self.reading.disk.lock();
        let begins = platters.beginning().sequence;
        let old = platters.entries.partition_point(|entry| entry.sequence < begins).min(most);
        platters.entries.drain(..old);
        platters.synced = platters.synced.saturating_sub(old);
        Ok(old)
    }

    fn reopen(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }
}
