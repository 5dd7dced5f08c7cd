//! A folder of snapshot files.
//!
//! Not here: how a file gets there whole (`whole_file`) and what is in it (`snapshot`).

use std::{fs, io, path::PathBuf};

use crate::{fault::LedgerError, whole_file::write_whole};

const ENDING: &str = ".snapshot";

/// The snapshots of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotFolder {
    path: PathBuf,
    kept: usize,
}

impl SnapshotFolder {
    /// The folder at `path`, made with the first snapshot, that keeps the newest `kept` of them.
    pub(crate) fn new(path: PathBuf, kept: usize) -> Self {
        Self { path, kept }
    }

    /// Sequences of the snapshots, newest first.
    pub(crate) fn list(&self) -> Result<Vec<u64>, LedgerError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(LedgerError::io("list its snapshots", error)),
        };
        let mut sequences = Vec::new();
        for entry in entries {
            let name =
                entry.map_err(|error| LedgerError::io("list its snapshots", error))?.file_name();
            let sequence: Option<u64> =
                name.to_str().and_then(|name| name.strip_suffix(ENDING)?.parse().ok());
            sequences.extend(sequence);
        }
        sequences.sort_unstable_by(|a: &u64, b| b.cmp(a));
        Ok(sequences)
    }

    pub(crate) fn load(&self, sequence: u64) -> Result<Vec<u8>, LedgerError> {
        fs::read(self.path.join(name(sequence)))
            .map_err(|error| LedgerError::io("read a snapshot", error))
    }

    pub(crate) fn save(&self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError> {
        write_whole(&self.path, &name(sequence), bytes, "write a snapshot")?;
        for old in self.list()?.into_iter().skip(self.kept) {
            // One that stays costs space only.
            let _ = fs::remove_file(self.path.join(name(old)));
        }
        Ok(())
    }
}

/// Padded so that they also stand in order in a listing.
fn name(sequence: u64) -> String {
    format!("{sequence:020}{ENDING}")
}
