//! One process per folder.
//!
//! Invariants: the lock is the kernel's (`flock`): it ends with the process, however it ends; the file's content (the
//! process number) is for people only.
//! Deliberately not here: waiting; locks over a network file system that does not have them.

use crate::error::VaultError;
use rustix::fs::{FlockOperation, Mode, OFlags};
use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

/// Name of the lock file in the folder.
const LOCK_FILE: &str = "tenure.lock";

/// The exclusive use of a folder, until dropped.
pub struct FolderLock {
    // The open file holds the lock.
    _file: File,
}

impl FolderLock {
    /// Takes the folder for this process.
    ///
    /// # Errors
    /// [`VaultError::InUse`] at once when another process has it; [`VaultError::Io`].
    pub fn take(folder: &Path) -> Result<FolderLock, VaultError> {
        let path = folder.join(LOCK_FILE);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| VaultError::io("open", &path, errno))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(VaultError::InUse {
                    path: folder.to_owned(),
                    pid: read_pid(File::from(file)),
                });
            }
            Err(errno) => return Err(VaultError::io("lock", &path, errno)),
        }
        let mut file = File::from(file);
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|error| VaultError::io("write", &path, error))?;
        Ok(FolderLock { _file: file })
    }
}

fn read_pid(file: File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
