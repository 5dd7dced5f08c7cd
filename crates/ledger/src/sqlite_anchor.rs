//! What a ledger in SQLite begins with after it was cut: one row with the server's statement and the
//! state after that entry.
//!
//! Invariants: the row comes and changes in one synced transaction, together with the file's format;
//! entries before it are removed only after that. The state lies beside the entries and not in a
//! folder of files that may be thrown away; it is put there in parts beforehand, so that no single
//! commit is long, and counts only once the row names it.
//! Not here: what statement and state say (`anchor`, `snapshot`).

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

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
        state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS anchor_state (
        state BLOB NOT NULL,
        part INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (state, part)
    ) STRICT;";

/// Of a state, put aside in one commit.
const PART_BYTES: usize = 1024 * 1024;
/// Parts of other states removed in one commit.
const PARTS_SWEPT: i64 = 4;

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
    let state: Option<Vec<u8>> = of_row(connection, "SELECT state FROM anchor", |row| row.get(0))?;
    let missing = || LedgerError::io("read a snapshot", "it is not there");
    parts_of(connection, &state.ok_or_else(missing)?)
}

/// What is there of a state.
fn parts_of(connection: &Connection, state: &[u8]) -> Result<Vec<u8>, LedgerError> {
    let failed = || reading("read what it begins with");
    let sql = "SELECT bytes FROM anchor_state WHERE state = ?1 ORDER BY part";
    let mut statement = connection.prepare_cached(sql).map_err(failed())?;
    let mut rows = statement.query([state]).map_err(failed())?;
    let mut whole = Vec::new();
    while let Some(row) = rows.next().map_err(failed())? {
        let part = row.get_ref(0).map_err(failed())?;
        whole.extend_from_slice(part.as_blob().unwrap_or_default());
    }
    Ok(whole)
}

/// Puts the next part of the state aside; or, if all of it is there, begins anew.
pub(crate) fn cut(connection: &Connection, cut: &Cut) -> Result<bool, LedgerError> {
    let sequence = cut.head.sequence;
    let failed = |error| writing(sequence, error);
    let immediate = TransactionBehavior::Immediate;
    let transaction = Transaction::new_unchecked(connection, immediate).map_err(failed)?;
    transaction.execute_batch(SCHEMA).map_err(failed)?;
    // Only with an entry that is there, and never back.
    let fits: bool = transaction
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE sequence = ?1 AND hash = ?2)
                AND NOT EXISTS (SELECT 1 FROM anchor WHERE sequence > ?1)",
            params![signed(sequence), cut.head.hash.as_bytes().as_slice()],
            |row| row.get(0),
        )
        .map_err(failed)?;
    if !fits {
        return Err(LedgerError::HeadMoved { sequence });
    }
    let state = cut.state.as_bytes().as_slice();
    // The same place again: what is there is not relied upon, it is what is to be replaced.
    let again = "SELECT EXISTS (SELECT 1 FROM anchor WHERE sequence = ?1)";
    let again: bool =
        transaction.query_row(again, [signed(sequence)], |row| row.get(0)).map_err(failed)?;
    if again && !cut.snapshot.starts_with(&parts_of(&transaction, state)?) {
        transaction
            .execute("DELETE FROM anchor_state WHERE state = ?1", [state])
            .map_err(failed)?;
    }
    let there: i64 = transaction
        .query_row("SELECT count(*) FROM anchor_state WHERE state = ?1", [state], |row| row.get(0))
        .map_err(failed)?;
    let next = usize::try_from(there).ok().and_then(|at| cut.snapshot.chunks(PART_BYTES).nth(at));
    if let Some(part) = next {
        transaction
            .execute("INSERT INTO anchor_state VALUES (?1, ?2, ?3)", params![state, there, part])
            .map_err(failed)?;
    } else {
        transaction.execute("DELETE FROM anchor", []).map_err(failed)?;
        transaction
            .execute(
                "INSERT INTO anchor VALUES (?1, ?2, ?3)",
                params![signed(sequence), cut.statement, state],
            )
            .map_err(failed)?;
        transaction.execute_batch(&format!("PRAGMA user_version={FORMAT_CUT}")).map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(next.is_none())
}

/// Removes parts of states that no row names, then entries from before the beginning, the oldest first.
pub(crate) fn sweep(connection: &Connection, most: usize) -> Result<usize, LedgerError> {
    let failed = |error| writing(GENESIS, error);
    let Some(begins) = kept_at(connection)? else { return Ok(0) };
    let states = "DELETE FROM anchor_state WHERE rowid IN
        (SELECT rowid FROM anchor_state WHERE state NOT IN (SELECT state FROM anchor) LIMIT ?1)";
    let parts = connection.execute(states, [PARTS_SWEPT]).map_err(failed)?;
    if parts > 0 {
        return Ok(parts);
    }
    let sql = "DELETE FROM entry WHERE sequence IN
        (SELECT sequence FROM entry WHERE sequence < ?1 ORDER BY sequence LIMIT ?2)";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.execute(params![signed(begins), most]).map_err(failed)
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
