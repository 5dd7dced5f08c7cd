//! The lock of a data folder: one program at a time.
//!
//! Invariants: held as long as the value lives; the system gives it back when the program dies,
//! however it dies.
//! Not here: locks between threads.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use crate::fault::LedgerError;

/// A lock on a folder, through a file `tenure.lock` in it that names the holder's process.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock, at once or not at all.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] names the folder and, if it can, the process that holds the lock.
    pub fn take(folder: &Path) -> Result<Self, LedgerError> {
        let io = |error| LedgerError::io("lock its folder", error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(folder.join("tenure.lock")).map_err(io)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = Read::by_ref(&mut file).take(32).read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another program".to_owned(),
                process => format!("process {process}"),
            };
            let text = format!(
                "{holder} has the data folder {} open: only one server can use it at a time",
                folder.display()
            );
            return Err(LedgerError::Locked(text));
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }
}
