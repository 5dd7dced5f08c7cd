//! What can go wrong with keys, files and folders: each case names the path and says what to do.
//!
//! Invariants: no message holds key material or a passphrase; a wrong passphrase and an altered file look alike,
//! because the seal can't tell them apart.
//! Deliberately not here: exit codes and HTTP statuses.

use std::{io, path::PathBuf};

/// A key, a file or a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Others than the owner may read or write it.
    #[error("{} can be read or changed by other users (mode {mode:o}); make it owner-only with: chmod {} {}", .path.display(), if *.folder { "700" } else { "600" }, .path.display())]
    OpenToOthers {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// True for a folder.
        folder: bool,
    },
    /// It belongs to another user than the one running the program.
    #[error("{} belongs to user {owner}, the program runs as user {user}; run it as the owner", .path.display())]
    NotOwner {
        /// The file or folder.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who runs the program.
        user: u32,
    },
    /// A symbolic link, a device, a folder where a file should be, or the reverse.
    #[error("{} is not a {expected}", .path.display())]
    WrongKind {
        /// What was found.
        path: PathBuf,
        /// "regular file" or "folder".
        expected: &'static str,
    },
    /// It exists and is not overwritten.
    #[error("{} exists already and is not overwritten", .path.display())]
    Exists {
        /// What exists.
        path: PathBuf,
    },
    /// Not a key file, or one of a later version, or outside the bounds.
    #[error("{} is not a usable key file: {what}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The key file is sealed and no passphrase was given.
    #[error("{} is sealed with a passphrase; none was given", .path.display())]
    PassphraseNeeded {
        /// The file.
        path: PathBuf,
    },
    /// The seal did not open.
    #[error("{} can't be opened: the passphrase is wrong or the file was altered", .path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The file is larger than anything that belongs there.
    #[error("{} is larger than {limit} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// The operating system said no.
    #[error("can't {action} {}", .path.display())]
    Io {
        /// What was tried: a verb.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The cryptographic library or the random generator failed.
    #[error("{0} failed")]
    Crypto(&'static str),
}

impl VaultError {
    /// Wraps an error of the operating system.
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
        source: impl Into<io::Error>,
    ) -> VaultError {
        VaultError::Io { action, path: path.to_owned(), source: source.into() }
    }
}
