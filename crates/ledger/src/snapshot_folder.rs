//! A folder of snapshot files: written whole or not at all.
//!
//! Invariants: a file under its final name was complete and synced before it got the name; the
//! folder is synced after. Leftovers of a crash are never read and go with the next snapshot.
//! Not here: what is in a snapshot (`snapshot`).

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::fault::LedgerError;

/// Snapshots kept: one more than needed, should the newest be damaged.
const KEPT: usize = 2;

const ENDING: &str = ".snapshot";
const UNFINISHED: &str = ".unfinished";

/// The snapshots of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotFolder {
    path: PathBuf,
}

impl SnapshotFolder {
    /// The folder at `path`; made with the first snapshot.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
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
        fs::read(self.file(sequence, ENDING))
            .map_err(|error| LedgerError::io("read a snapshot", error))
    }

    pub(crate) fn save(&self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError> {
        self.write(sequence, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull => LedgerError::Full,
            _ => LedgerError::io("write a snapshot", error),
        })?;
        for old in self.list()?.into_iter().skip(KEPT) {
            // One that stays costs space only.
            let _ = fs::remove_file(self.file(old, ENDING));
        }
        Ok(())
    }

    fn write(&self, sequence: u64, bytes: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        self.remove_unfinished()?;
        let unfinished = self.file(sequence, UNFINISHED);
        let written = write_synced(&unfinished, bytes)
            .and_then(|()| fs::rename(&unfinished, self.file(sequence, ENDING)))
            .and_then(|()| File::open(&self.path)?.sync_all());
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.to_str().is_some_and(|path| path.ends_with(UNFINISHED)) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn file(&self, sequence: u64, ending: &str) -> PathBuf {
        // Padded so that they also stand in order in a listing.
        self.path.join(format!("{sequence:020}{ending}"))
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
