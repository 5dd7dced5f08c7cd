//! The reading side of an archive: folders of files with old entries, with the ledger they were
//! taken from behind them, read as one.
//!
//! Invariants: only files that this server signed are read; what the live ledger begins with must be
//! what the archive ends with, or they are not shown as one; a hole between files is named. Old
//! states are folded from the snapshots that were archived beside the entries, or from the first
//! entry. Nothing is changed.
//! Not here: a file's form (`segment`), how entries get there (`archiving`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use tenure_document::PublicKey;

use crate::{
    anchor::check_anchor,
    entry::{Entry, GENESIS, Head},
    fault::{Corruption, Damage, LedgerError},
    port::{Beginning, Reader},
    segment::{Lines, Segment},
    snapshot_folder::SnapshotFolder,
};

/// A page of entries ends after this many bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Archived entries and those of the live ledger behind them.
pub struct Archive {
    /// By their first entries.
    segments: Vec<Segment>,
    snapshots: Vec<SnapshotFolder>,
    names: String,
    live: Option<Live>,
    cursor: Option<Lines>,
}

struct Live {
    reader: Box<dyn Reader>,
    begins: u64,
}

impl Archive {
    /// The archive in these folders, which may hold a part each, with the ledger behind it.
    ///
    /// # Errors
    /// [`LedgerError::WrongArchive`] says which folder or file does not belong there, or what is
    /// missing between archive and ledger.
    pub fn before(
        folders: &[PathBuf],
        mut reader: Box<dyn Reader>,
        key: &PublicKey,
    ) -> Result<Self, LedgerError> {
        let mut archive = Self::of(folders, key)?;
        if archive.segments.is_empty() {
            let text = format!("there are no archived entries in {}", archive.names);
            return Err(LedgerError::WrongArchive(text));
        }
        let begins = archive.meets(folders, reader.as_mut(), key)?;
        archive.live = Some(Live { reader, begins });
        Ok(archive)
    }

    /// The archive alone; may be empty.
    pub(crate) fn of(folders: &[PathBuf], key: &PublicKey) -> Result<Self, LedgerError> {
        let mut segments = Vec::new();
        for folder in folders {
            for path in files(folder)? {
                segments.push(Segment::open(path, key)?);
            }
        }
        segments.sort_by_key(|segment| (segment.promise.first, segment.promise.last));
        let snapshots = folders.iter().map(|folder| snapshots(folder)).collect();
        let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        Ok(Self { segments, snapshots, names: names.join(", "), live: None, cursor: None })
    }

    /// The last entry archived, as it is promised.
    pub(crate) fn last(&self) -> Option<&Segment> {
        self.segments.iter().max_by_key(|segment| segment.promise.last)
    }

    /// The entry that the ledger begins with, if this archive ends with the same one.
    fn meets(
        &mut self,
        folders: &[PathBuf],
        reader: &mut dyn Reader,
        key: &PublicKey,
    ) -> Result<u64, LedgerError> {
        let Some(anchor) = check_anchor(reader, key)? else { return Ok(GENESIS) };
        let begins = anchor.sequence;
        let wrong = |text: String| Err(LedgerError::WrongArchive(text));
        let last = self.last().map_or(0, |segment| segment.promise.last);
        if last < begins {
            let advice = match folders.iter().any(|folder| anchor.names(folder)) {
                true => ", and is not there: is its disk not mounted?",
                false => "; name that folder, too",
            };
            return wrong(format!(
                "the archive in {} ends with entry {last}, the ledger begins with entry {begins}: \
                 what is between them was archived to {}{advice}",
                self.names, anchor.archive
            ));
        }
        let met = self.archived(begins, 1)?.pop();
        if met.is_none_or(|entry| entry.head() != anchor.head()) {
            return wrong(format!(
                "the archive in {} holds another entry {begins} than the one this ledger begins with: \
                 it is of a ledger that went on differently, such as a restored backup",
                self.names
            ));
        }
        Ok(begins)
    }

    /// The first entry that is archived.
    fn first(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.promise.first)
    }

    /// Entries of one file from `from` on.
    fn archived(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError> {
        let Some(segment) = self.segments.iter().find(|segment| segment.holds(from)) else {
            let end = self.last().map(|segment| segment.promise.last);
            if self.live.is_none() && end.is_none_or(|end| end < from) {
                return Ok(Vec::new());
            }
            if from < self.first() {
                return Err(LedgerError::Archived {
                    sequence: from,
                    begins: self.first(),
                    archive: format!("another folder than {}", self.names),
                });
            }
            let detail = format!("no file in {} holds it", self.names);
            return Err(Corruption::new(from, Damage::Missing, detail).into());
        };
        // Pages are mostly asked for in order: the file stays open at its place.
        let lines = self.cursor.take().filter(|lines| lines.stands_at(segment, from));
        let mut lines = match lines {
            Some(lines) => lines,
            None => segment.lines(from)?,
        };
        let (mut page, mut bytes) = (Vec::new(), 0);
        while page.len() < max && bytes < PAGE_BYTES {
            match lines.entry() {
                Ok(Some(entry)) => {
                    bytes += entry.stored_bytes();
                    page.push(entry);
                }
                Ok(None) => return Ok(page),
                // What is whole comes first; the next page begins with the damage and names it.
                Err(_) if !page.is_empty() => return Ok(page),
                Err(error) => return Err(error),
            }
        }
        self.cursor = Some(lines);
        Ok(page)
    }
}

impl Reader for Archive {
    fn head(&mut self) -> Result<Option<Head>, LedgerError> {
        if let Some(live) = &mut self.live {
            return live.reader.head();
        }
        let Some(last) = self.last().map(|segment| segment.promise.last) else { return Ok(None) };
        Ok(self.archived(last, 1)?.pop().map(|entry| entry.head()))
    }

    fn beginning(&mut self) -> Result<Beginning, LedgerError> {
        let first = self.first();
        match &mut self.live {
            // A ledger that was not cut is whole by itself.
            Some(live) if live.begins <= first => live.reader.beginning(),
            _ => Ok(Beginning { sequence: first, statement: None }),
        }
    }

    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError> {
        let first = self.first();
        match &mut self.live {
            // The entry that the ledger begins with is in both: the archive's is read, so that it is
            // proved, too.
            Some(live) if from > live.begins || live.begins <= first => live.reader.read(from, max),
            Some(live) => {
                let left = usize::try_from(live.begins - from).unwrap_or(usize::MAX);
                self.archived(from, max.min(left.saturating_add(1)))
            }
            None => self.archived(from, max),
        }
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, LedgerError> {
        let mut all = match &mut self.live {
            Some(live) => live.reader.snapshots()?,
            None => Vec::new(),
        };
        for folder in &self.snapshots {
            all.extend(folder.list()?);
        }
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.dedup();
        Ok(all)
    }

    fn load_snapshot(&mut self, sequence: u64) -> Result<Vec<u8>, LedgerError> {
        if let Some(live) = &mut self.live
            && let Ok(bytes) = live.reader.load_snapshot(sequence)
        {
            return Ok(bytes);
        }
        let missing = || LedgerError::io("read a snapshot", "it is not there");
        self.snapshots.iter().find_map(|folder| folder.load(sequence).ok()).ok_or_else(missing)
    }

    fn save_snapshot(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError> {
        let nowhere = || LedgerError::io("keep a snapshot", "an archive is only read");
        self.live.as_mut().ok_or_else(nowhere)?.reader.save_snapshot(sequence, bytes)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LedgerError> {
        let live = match &self.live {
            Some(live) => Some(Live { reader: live.reader.reader()?, begins: live.begins }),
            None => None,
        };
        Ok(Box::new(Self {
            segments: self.segments.clone(),
            snapshots: self.snapshots.clone(),
            names: self.names.clone(),
            live,
            cursor: None,
        }))
    }
}

/// The snapshots in an archive's folder: all are kept.
pub(crate) fn snapshots(folder: &Path) -> SnapshotFolder {
    SnapshotFolder::new(folder.to_owned(), usize::MAX)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, LedgerError> {
    let reading = |error| {
        LedgerError::WrongArchive(format!(
            "the archive {} can't be read: {error}",
            folder.display()
        ))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(reading)? {
        let path = entry.map_err(reading)?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(Segment::is_named) {
            files.push(path);
        }
    }
    Ok(files)
}
