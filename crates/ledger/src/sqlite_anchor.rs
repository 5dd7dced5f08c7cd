//! What a ledger in SQLite begins with after it was cut: one row with the server's statement and the
//! state after that entry.
//!
//! Invariants: the row comes and changes in one synced transaction, together with the file's format;
//! entries before it are removed only after that. The state lies beside the entries and not in a
//! folder of files that may be thrown away.
//! Not here: what statement and state say (`anchor`, `snapshot`).

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::{
    entry::GENESIS,
    fault::LedgerError,
    port::{Beginning, Cut},
    sqlite_connection::{FORMAT_CUT, reading, signed, writing},
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS anchor (
        sequence INTEGER PRIMARY KEY,
        statement TEXT NOT NULL,
        snapshot BLOB NOT NULL
    ) STRICT;";

/// Where the entries begin.
pub(crate) fn beginning(connection: &Connection) -> Result<Beginning, LedgerError> {
    let found = of_row(connection, "SELECT sequence, statement FROM anchor", |row| {
        let sequence = row.get::<_, i64>(0)?.cast_unsigned();
        Ok(Beginning { sequence, statement: Some(row.get(1)?) })
    })?;
    Ok(found.unwrap_or_default())
}

/// The sequence that a state is kept for.
pub(crate) fn kept_at(connection: &Connection) -> Result<Option<u64>, LedgerError> {
    of_row(connection, "SELECT sequence FROM anchor", |row| {
        Ok(row.get::<_, i64>(0)?.cast_unsigned())
    })
}

/// That state.
pub(crate) fn snapshot(connection: &Connection) -> Result<Vec<u8>, LedgerError> {
    let found = of_row(connection, "SELECT snapshot FROM anchor", |row| row.get(0))?;
    found.ok_or_else(|| LedgerError::io("read a snapshot", "it is not there"))
}

/// Begins anew.
pub(crate) fn cut(connection: &Connection, cut: &Cut) -> Result<(), LedgerError> {
    let sequence = cut.head.sequence;
    let failed = |error| writing(sequence, error);
    let transaction =
        Transaction::new_unchecked(connection, rusqlite::TransactionBehavior::Immediate)
            .map_err(failed)?;
    transaction.execute_batch(SCHEMA).map_err(failed)?;
    transaction
        .execute("DELETE FROM anchor WHERE sequence <= ?1", [signed(sequence)])
        .map_err(failed)?;
    // Only with an entry that is there, and never back.
    let put = transaction
        .execute(
            "INSERT INTO anchor SELECT ?1, ?2, ?3
             WHERE EXISTS (SELECT 1 FROM entry WHERE sequence = ?1 AND hash = ?4)
               AND NOT EXISTS (SELECT 1 FROM anchor)",
            params![
                signed(sequence),
                cut.statement,
                cut.snapshot,
                cut.head.hash.as_bytes().as_slice()
            ],
        )
        .map_err(failed)?;
    if put != 1 {
        return Err(LedgerError::HeadMoved { sequence });
    }
    transaction.execute_batch(&format!("PRAGMA user_version={FORMAT_CUT}")).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Removes entries from before the beginning, the oldest first.
pub(crate) fn sweep(connection: &Connection, most: usize) -> Result<usize, LedgerError> {
    let Some(begins) = kept_at(connection)? else { return Ok(0) };
    let sql = "DELETE FROM entry WHERE sequence IN
        (SELECT sequence FROM entry WHERE sequence < ?1 ORDER BY sequence LIMIT ?2)";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(|error| writing(GENESIS, error))?;
    statement.execute(params![signed(begins), most]).map_err(|error| writing(GENESIS, error))
}

/// Something of the one row; none in a ledger that was never cut, which has no such table.
fn of_row<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, LedgerError> {
    let failed = || reading("read what it begins with");
    let format = connection
        .prepare_cached("PRAGMA user_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i32>(0)))
        .map_err(failed())?;
    if format != FORMAT_CUT {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(sql).map_err(failed())?;
    statement.query_row([], read).optional().map_err(failed())
}
