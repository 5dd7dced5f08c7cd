//! Connections to the ledger's SQLite file: how they are opened, what the file must be, what its
//! errors mean.
//!
//! Invariants: a connection that writes syncs fully or is refused; one that reads can't write; a file
//! of another program or of a later format is not touched.
//! Not here: what is in the tables (`sqlite`, `sqlite_anchor`).

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::{
    entry::GENESIS,
    fault::{Corruption, Damage, LedgerError},
};

/// "Tenu" in the file's header: told apart from other SQLite files.
const APPLICATION: i32 = 0x5465_6e75;
const FORMAT: i32 = 1;
/// The format of a ledger that was cut: a program that knows nothing of cuts would take the entries
/// before it for lost.
pub(crate) const FORMAT_CUT: i32 = 2;

/// Page of a new ledger: a batch of some hundred checkouts is 80 KB in one row, and each page of it
/// is a write of its own. Measured: half the processor time per commit of 4 KiB pages.
pub(crate) const FILE_PAGE: u32 = 16 * 1024;

/// The log is carried over into the main file when it has about this many bytes, beside the writer
/// (`sqlite_checkpoint`).
pub(crate) const LOG_BYTES: u32 = 64 * 1024 * 1024;
/// Where that was not done, SQLite does it in a commit once the log has this many: rarely, because
/// such a commit takes some hundred times as long as the others.
const LOG_BYTES_MAX: u32 = 4 * LOG_BYTES;

const SCHEMA: &str = "
    CREATE TABLE entry (
        sequence INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        previous BLOB NOT NULL,
        hash BLOB NOT NULL,
        events_hash BLOB NOT NULL,
        root BLOB NOT NULL,
        signature BLOB NOT NULL,
        leaves BLOB NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE TABLE probe (filler BLOB) STRICT;";

pub(crate) fn connect_writing(folder: &Path) -> Result<Connection, LedgerError> {
    let opening = || reading("be opened");
    let connection = Connection::open(folder.join("ledger.db")).map_err(opening())?;
    let pragma = |name: &str| {
        connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
    };
    connection.busy_timeout(Duration::from_secs(5)).map_err(opening())?;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA page_size={FILE_PAGE};"
        ))
        .map_err(opening())?;
    let mode = pragma("journal_mode=WAL").map_err(opening())?;
    // A ledger that is there already keeps the pages it was made with.
    let page: u32 =
        connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(opening())?;
    connection
        .pragma_update(None, "wal_autocheckpoint", LOG_BYTES_MAX / page.max(512))
        .map_err(opening())?;
    let synchronous = pragma("synchronous").map_err(opening())?;
    if mode != rusqlite::types::Value::Text("wal".to_owned())
        || synchronous != rusqlite::types::Value::Integer(2)
    {
        let found = format!("journal mode {mode:?}, synchronous {synchronous:?}");
        return Err(LedgerError::io("be made durable", found));
    }
    if is_empty(&connection).map_err(opening())? {
        let made = format!(
            "BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id={APPLICATION}; PRAGMA user_version={FORMAT}; COMMIT;"
        );
        connection.execute_batch(&made).map_err(|error| writing(GENESIS, error))?;
    }
    check_format(&connection)?;
    Ok(connection)
}

pub(crate) fn connect_reading(file: &Path) -> Result<Connection, LedgerError> {
    let connection = connect_beside(file)?;
    // Write access is for the log's index only.
    connection.execute_batch("PRAGMA query_only=ON;").map_err(reading("be opened"))?;
    Ok(connection)
}

/// A connection beside the one that writes; what is committed is not its business.
pub(crate) fn connect_beside(file: &Path) -> Result<Connection, LedgerError> {
    let opening = || reading("be opened");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(opening())?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(opening())?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(opening())?;
    connection
        .execute_batch("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;")
        .map_err(opening())?;
    check_format(&connection)?;
    Ok(connection)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

fn check_format(connection: &Connection) -> Result<(), LedgerError> {
    let number = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id").map_err(reading("be opened"))?;
    let format = number("PRAGMA user_version").map_err(reading("be opened"))?;
    if application != APPLICATION {
        return Err(LedgerError::io("be opened", "ledger.db is not a Tenure ledger"));
    }
    if ![FORMAT, FORMAT_CUT].contains(&format) {
        let found =
            format!("ledger.db has format {format}, this program reads {FORMAT} to {FORMAT_CUT}");
        return Err(LedgerError::io("be opened", found));
    }
    Ok(())
}

pub(crate) fn reading(operation: &'static str) -> impl Fn(rusqlite::Error) -> LedgerError {
    reading_at(operation, GENESIS)
}

/// What a failed read from entry `sequence` on means.
pub(crate) fn reading_at(
    operation: &'static str,
    sequence: u64,
) -> impl Fn(rusqlite::Error) -> LedgerError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            let detail = format!("the database file is damaged: {error}");
            Corruption::new(sequence, Damage::Unreadable, detail).into()
        }
        _ => LedgerError::io(operation, error),
    }
}

/// What a failed write means.
pub(crate) fn writing(sequence: u64, error: rusqlite::Error) -> LedgerError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => LedgerError::Full,
        Some(ErrorCode::ConstraintViolation) => LedgerError::HeadMoved { sequence },
        _ => LedgerError::io("write an entry", error),
    }
}

/// SQLite's integers are signed; sequences and epochs never get that far.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
