//! Carrying SQLite's log over into the main file, beside the writer.
//!
//! SQLite does that in the commit that finds the log long: that commit then takes as long as a hundred others, and
//! everybody waits for it. Here a thread of its own carries over what the log holds while commits go on behind it; the
//! writer then only carries over what came meanwhile, and the log begins anew in the same file.
//! Invariants: one run at a time, none after the ledger is closed; what is durable never depends on a run: one that
//! fails leaves the log longer, and SQLite's own way (`sqlite_connection`) is still there.
//! Not here: what is committed (`sqlite`).

use std::{
    path::{Path, PathBuf},
    thread::JoinHandle,
};

use rusqlite::Connection;
use tracing::{debug, warn};

use crate::{
    fault::LedgerError,
    sqlite_connection::{FILE_PAGE, connect_beside},
};

/// The log of one ledger.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    file: PathBuf,
    /// Carried over when it has about so many bytes.
    bytes_max: u64,
    /// Bytes since the last run began, roughly.
    bytes: u64,
    running: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(crate) fn new(file: &Path, bytes_max: u64) -> Self {
        Self { file: file.to_owned(), bytes_max, bytes: 0, running: None }
    }

    /// A commit of so many bytes is in the log, on the connection that writes.
    pub(crate) fn committed(&mut self, bytes: usize, connection: &Connection) {
        // The log takes whole pages: the last one of what is large, and the one that says where it is.
        self.bytes += bytes as u64 + 2 * u64::from(FILE_PAGE);
        match &self.running {
            None if self.bytes >= self.bytes_max => self.begin(),
            Some(running) if running.is_finished() => self.finish(connection),
            _ => {}
        }
    }

    /// Waits for a run that is under way.
    pub(crate) fn wait(&mut self) {
        if let Some(running) = self.running.take() {
            // A panic is told by its own message, and changes nothing here.
            let _ = running.join();
        }
    }

    fn begin(&mut self) {
        self.bytes = 0;
        let file = self.file.clone();
        let carry = move || {
            if let Err(error) = connect_beside(&file).and_then(|connection| carry(&connection)) {
                warn!(error = error.chain(), "the ledger's log was not carried over beside it");
            }
        };
        match std::thread::Builder::new().name("ledger-log".to_owned()).spawn(carry) {
            Ok(thread) => self.running = Some(thread),
            Err(error) => warn!(%error, "no thread to carry over the ledger's log"),
        }
    }

    /// The rest, which came meanwhile: little, and only then the log can begin anew.
    fn finish(&mut self, connection: &Connection) {
        self.wait();
        if let Err(error) = carry(connection) {
            debug!(error = error.chain(), "the rest of the ledger's log stays for the next time");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wait();
    }
}

/// Writes what the log holds into the main file and syncs that, as far as nobody who reads still needs the log.
fn carry(connection: &Connection) -> Result<(), LedgerError> {
    let carried = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    carried.map_err(|error| LedgerError::io("carry over its log", error))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sqlite_connection::{connect_reading, connect_writing};

    const FILLER: u32 = 64 * 1024;

    fn commit(log: &mut Checkpointer, connection: &Connection) {
        let inserted = connection.execute("INSERT INTO probe VALUES (zeroblob(?1))", [FILLER]);
        inserted.expect("there is room");
        log.committed(FILLER as usize, connection);
    }

    fn count(connection: &Connection) -> i64 {
        let counted = connection.query_row("SELECT count(*) FROM probe", [], |row| row.get(0));
        counted.expect("the rows can be counted")
    }

    #[test]
    fn the_log_begins_anew_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = connect_writing(folder.path()).expect("a new ledger");
        let mut log = Checkpointer::new(&folder.path().join("ledger.db"), 1024 * 1024);
        let mut runs = 0;
        for _ in 0..200 {
            commit(&mut log, &connection);
            if let Some(running) = &log.running {
                while !running.is_finished() {
                    std::thread::yield_now();
                }
                runs += 1;
            }
        }
        let length = fs::metadata(folder.path().join("ledger.db-wal")).expect("a log").len();
        assert!(runs > 5 && length < 4 * 1024 * 1024, "{runs} runs, {length} bytes of log");
        let reading = connect_reading(&folder.path().join("ledger.db")).expect("it can be read");
        assert_eq!([count(&connection), count(&reading)], [200, 200]);
    }

    #[test]
    fn commits_go_on_meanwhile_and_a_reader_holds_nothing_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger.db");
        let connection = connect_writing(folder.path()).expect("a new ledger");
        let reading = connect_reading(&file).expect("it can be read");
        let mut log = Checkpointer::new(&file, 1);
        reading.execute_batch("BEGIN").expect("a transaction");
        assert_eq!(count(&reading), 0);
        for _ in 0..100 {
            commit(&mut log, &connection);
        }
        assert_eq!([count(&connection), count(&reading)], [100, 0]);
        reading.execute_batch("COMMIT").expect("an end");
        drop((log, connection));
        assert_eq!(count(&reading), 100);
    }

    #[test]
    fn without_its_file_a_run_is_given_up_and_commits_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = connect_writing(folder.path()).expect("a new ledger");
        let mut log = Checkpointer::new(&folder.path().join("nothing/here.db"), 1);
        for _ in 0..10 {
            commit(&mut log, &connection);
        }
        log.wait();
        assert_eq!(count(&connection), 10);
    }
}
