//! The embedded engine: one SQLite file in WAL mode, synced fully at every commit.
//!
//! Invariants: an entry that `append` acknowledged survives a power cut (`synchronous=FULL`,
//! checked when the file is opened; `NORMAL` was measured to lose acknowledged commits); one
//! writer, by the folder's lock; after an I/O error the connection is given up, and what the system
//! may hold in memory only is written anew by a checkpoint before anything is read from it.
//! Not here: the snapshots' form and any meaning of entries.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, Row, params};
use tenure_document::{Hash, Time};

use crate::{
    anchor::archived,
    entry::{Entry, GENESIS, Head},
    fault::{Corruption, Damage, LedgerError},
    folder_lock::{FolderLock, LockError, in_words},
    port::{Beginning, Cut, Ledger, Reader},
    snapshot_folder::SnapshotFolder,
    sqlite_anchor,
    sqlite_checkpoint::Checkpointer,
    sqlite_connection::{
        LOG_BYTES, connect_reading, connect_writing, reading, reading_at, signed, writing,
    },
};

/// Snapshots kept: one more than needed, should the newest be damaged.
const SNAPSHOTS: usize = 2;

/// A page of entries ends after this many bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

const COLUMNS: &str =
    "sequence, at, epoch, previous, hash, events_hash, root, signature, leaves, payload";

/// The writing side of the ledger in a folder.
#[derive(Debug)]
pub struct SqliteLedger {
    reading: SqliteReader,
    log: Checkpointer,
    folder: PathBuf,
    _lock: FolderLock,
}

/// A reading side; also of a ledger that a running server writes.
#[derive(Debug)]
pub struct SqliteReader {
    /// None between a failed connection and the next one.
    connection: Option<Connection>,
    file: PathBuf,
    snapshots: SnapshotFolder,
}

impl SqliteLedger {
    /// Opens the ledger in `folder` (`ledger.db`, `snapshots/`), or makes one, and locks the
    /// folder.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] if another program has it open; [`LedgerError::Io`] if it
    /// is no ledger or can't be synced fully.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        let lock = FolderLock::take(folder).map_err(locked)?;
        // Made by us and not by SQLite, so that nobody else can read it; the log takes after it.
        let mut owner_only = OpenOptions::new();
        match owner_only.write(true).create_new(true).mode(0o600).open(folder.join("ledger.db")) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(LedgerError::io("be made", error));
            }
            _ => {}
        }
        let reading = SqliteReader::at(folder, Some(connect_writing(folder)?));
        let log = Checkpointer::new(&reading.file, u64::from(LOG_BYTES));
        Ok(Self { reading, log, folder: folder.to_owned(), _lock: lock })
    }

    /// Gives the space of entries that were removed back to the file system. Takes as much space
    /// again while it runs; nothing is lost if it is broken off.
    ///
    /// # Errors
    /// [`LedgerError::Full`]: there is not so much space; the ledger is as it was.
    pub fn compact(&mut self) -> Result<(), LedgerError> {
        self.log.wait();
        let connection = self.reading.connection()?;
        let done = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        done.map_err(|error| writing(GENESIS, error))
    }

    /// The connection, for tests that set limits of SQLite's own or alter rows behind the ledger's
    /// back.
    #[doc(hidden)]
    pub fn connection(&self) -> Result<&Connection, LedgerError> {
        self.reading.connection()
    }
}

impl SqliteReader {
    /// Opens the ledger in `folder` for reading. Takes no lock and changes nothing.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        let file = folder.join("ledger.db");
        Ok(Self::at(folder, Some(connect_reading(&file)?)))
    }

    fn at(folder: &Path, connection: Option<Connection>) -> Self {
        let snapshots = SnapshotFolder::new(folder.join("snapshots"), SNAPSHOTS);
        Self { connection, file: folder.join("ledger.db"), snapshots }
    }

    fn connection(&self) -> Result<&Connection, LedgerError> {
        self.connection
            .as_ref()
            .ok_or_else(|| LedgerError::io("be read", "it is not open after a failure"))
    }
}

impl Reader for SqliteReader {
    fn head(&mut self) -> Result<Option<Head>, LedgerError> {
        let reading = || reading("read its head");
        let sql = format!("SELECT {COLUMNS} FROM entry ORDER BY sequence DESC LIMIT 1");
        let mut statement = self.connection()?.prepare_cached(&sql).map_err(reading())?;
        let found =
            statement.query_row([], |row| Ok(entry_of(row))).optional().map_err(reading())?;
        Ok(found.transpose()?.map(|entry| entry.head()))
    }

    fn beginning(&mut self) -> Result<Beginning, LedgerError> {
        sqlite_anchor::beginning(self.connection()?)
    }

    fn read(&mut self, from: u64, max: usize) -> Result<Vec<Entry>, LedgerError> {
        let beginning = self.beginning()?;
        if from < beginning.sequence {
            return Err(archived(from, &beginning));
        }
        let reading = || reading_at("read its entries", from);
        let sql =
            format!("SELECT {COLUMNS} FROM entry WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2");
        let mut statement = self.connection()?.prepare_cached(&sql).map_err(reading())?;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![signed(from), max]).map_err(reading())?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => entry_of(row),
                Ok(None) => break,
                Err(error) => Err(reading()(error)),
            };
            match row {
                Ok(entry) => {
                    bytes += entry.stored_bytes();
                    page.push(entry);
                }
                // What is whole comes first; the next page begins with the damage and names it.
                Err(_) if !page.is_empty() => break,
                Err(error) => return Err(error),
            }
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, LedgerError> {
        let mut sequences = self.snapshots.list()?;
        if let Some(cut) = sqlite_anchor::kept_at(self.connection()?)? {
            sequences.retain(|sequence| *sequence > cut);
            sequences.push(cut);
        }
        Ok(sequences)
    }

    fn load_snapshot(&mut self, sequence: u64) -> Result<Vec<u8>, LedgerError> {
        match sqlite_anchor::kept_at(self.connection()?)? {
            Some(cut) if cut == sequence => sqlite_anchor::snapshot(self.connection()?),
            _ => self.snapshots.load(sequence),
        }
    }

    fn save_snapshot(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), LedgerError> {
        self.snapshots.save(sequence, bytes)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, LedgerError> {
        let connection = Some(connect_reading(&self.file)?);
        Ok(Box::new(Self {
            connection,
            file: self.file.clone(),
            snapshots: self.snapshots.clone(),
        }))
    }
}

impl Ledger for SqliteLedger {
    fn reading(&mut self) -> &mut dyn Reader {
        &mut self.reading
    }

    fn append(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        // The first entry has nothing before it; any other must find the one it was made after, and
        // no older epoch may write.
        let sql = "INSERT INTO entry SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
            WHERE ?1 = 0 OR EXISTS
                (SELECT 1 FROM entry WHERE sequence = ?1 - 1 AND hash = ?4 AND epoch <= ?3)";
        let mut leaves = Vec::with_capacity(entry.leaves.len() * 32);
        entry.leaves.iter().for_each(|leaf| leaves.extend_from_slice(leaf.as_bytes()));
        let connection = self.reading.connection()?;
        let mut statement =
            connection.prepare_cached(sql).map_err(|error| writing(entry.sequence, error))?;
        let inserted = statement.execute(params![
            signed(entry.sequence),
            entry.at.as_millis(),
            signed(entry.epoch),
            entry.previous.as_bytes().as_slice(),
            entry.hash.as_bytes().as_slice(),
            entry.events_hash.as_bytes().as_slice(),
            entry.root.as_bytes().as_slice(),
            entry.signature.as_slice(),
            leaves,
            entry.payload.as_slice(),
        ]);
        match inserted {
            Ok(1) => {
                self.log.committed(entry.stored_bytes(), connection);
                Ok(())
            }
            Ok(_) => Err(LedgerError::HeadMoved { sequence: entry.sequence }),
            Err(error) => Err(writing(entry.sequence, error)),
        }
    }

    fn probe(&mut self, bytes: usize) -> Result<(), LedgerError> {
        let connection = self.reading.connection()?;
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let tried = connection
            .execute("INSERT INTO probe VALUES (zeroblob(?1))", [bytes])
            .and_then(|_| connection.execute("DELETE FROM probe", []));
        tried.map(|_| ()).map_err(|error| writing(GENESIS, error))
    }

    fn cut(&mut self, cut: &Cut) -> Result<bool, LedgerError> {
        sqlite_anchor::cut(self.reading.connection()?, cut)
    }

    fn sweep(&mut self, most: usize) -> Result<usize, LedgerError> {
        sqlite_anchor::sweep(self.reading.connection()?, most)
    }

    fn reopen(&mut self) -> Result<(), LedgerError> {
        // The old connection goes first, whatever it says: nothing is asked of it again.
        self.log.wait();
        self.reading.connection = None;
        let connection = connect_writing(&self.folder)?;
        // After a failed sync the system may show pages that are not on disk. The checkpoint writes
        // all that the log shows into the main file and syncs that: from here on what is read is
        // durable, by another way than the one that failed.
        let done: (i64, i64, i64) = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(|error| writing(GENESIS, error))?;
        if done.0 != 0 {
            return Err(LedgerError::io(
                "secure its log after a failure",
                "a reader is in the way",
            ));
        }
        self.reading.connection = Some(connection);
        Ok(())
    }
}

fn locked(error: LockError) -> LedgerError {
    match error {
        LockError::InUse { folder, process } => LedgerError::Locked(format!(
            "{} has the data folder {} open: only one server can use it at a time",
            in_words(process),
            folder.display()
        )),
        LockError::Io { source, .. } => LedgerError::io("lock its folder", source),
    }
}

/// A row as an entry, or where it is unreadable.
fn entry_of(row: &Row<'_>) -> Result<Entry, LedgerError> {
    let sequence =
        row.get::<_, i64>(0).map_err(reading("read an entry's sequence"))?.cast_unsigned();
    let unreadable = |what: &str| {
        LedgerError::Corrupt(Corruption::new(
            sequence,
            Damage::Unreadable,
            format!("its {what} can't be read"),
        ))
    };
    let number =
        |column: usize, name: &str| row.get::<_, i64>(column).map_err(|_| unreadable(name));
    let bytes = |column: usize, name: &str| -> Result<&[u8], LedgerError> {
        row.get_ref(column)
            .ok()
            .and_then(|value| value.as_blob().ok())
            .ok_or_else(|| unreadable(name))
    };
    let hash = |column: usize, name: &str| {
        bytes(column, name)?.try_into().map(Hash).map_err(|_| unreadable(name))
    };
    let leaves = bytes(8, "document hashes")?;
    if leaves.len() % 32 != 0 {
        return Err(unreadable("document hashes"));
    }
    let leaf = |chunk: &[u8]| chunk.try_into().map(Hash).ok();
    Ok(Entry {
        sequence,
        at: Time::from_millis(number(1, "time")?),
        epoch: number(2, "epoch")?.cast_unsigned(),
        previous: hash(3, "previous hash")?,
        hash: hash(4, "hash")?,
        events_hash: hash(5, "events hash")?,
        root: hash(6, "root")?,
        signature: bytes(7, "signature")?.try_into().map_err(|_| unreadable("signature"))?,
        leaves: leaves.chunks_exact(32).filter_map(leaf).collect(),
        payload: bytes(9, "payload")?.to_vec(),
    })
}
