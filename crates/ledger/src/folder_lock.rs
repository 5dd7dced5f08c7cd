//! The lock of a folder: one program at a time. Data folders of servers and key folders of publishers
//! take it alike.
//!
//! Invariants: held as long as the value lives; it is the kernel's, so it ends with the program,
//! however that ends. The process number in the file is for people only.
//! Not here: locks between threads; waiting; network file systems that have no such lock.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, open},
    io::Errno,
};
use thiserror::Error;

/// Name of the lock file in the folder.
const LOCK_FILE: &str = "tenure.lock";

/// The exclusive use of a folder, until dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Why a folder was not locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another program has it.
    #[error("{} is in use by {}", .folder.display(), in_words(*.process))]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Its process, if it wrote itself into the file.
        process: Option<u32>,
    },
    /// The lock file can't be made or written.
    #[error("{} can't be locked", .folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the lock, at once or not at all.
    ///
    /// # Errors
    /// [`LockError::InUse`] while another program, or another place of this one, has it.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { folder: folder.to_owned(), source };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = open(folder.join(LOCK_FILE), flags, Mode::from_raw_mode(0o600));
        let mut file = File::from(file.map_err(|errno| failed(errno.into()))?);
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let (folder, process) = (folder.to_owned(), holder(&file));
                return Err(LockError::InUse { folder, process });
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Who holds a lock, for people.
pub(crate) fn in_words(process: Option<u32>) -> String {
    process.map_or("another program".to_owned(), |process| format!("process {process}"))
}

fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
