//! Files and folders that only their owner may read: the check before every use, and how they are made.
//!
//! Invariants: what is read is checked on the open file, not on its name; symbolic links and special files are refused.
//! Deliberately not here: writing (atomic), access lists beyond permission bits.

use crate::{error::VaultError, secret::SecretBytes};
use rustix::fs::{FileType, Mode, OFlags, Stat};
use std::{fs::File, io::Read, path::Path};

/// Reads a file that only its owner may read, of at most `limit` bytes.
///
/// # Errors
/// [`VaultError::OpenToOthers`], [`VaultError::NotOwner`], [`VaultError::WrongKind`], [`VaultError::TooLarge`],
/// [`VaultError::Io`].
pub fn read_owner_only(path: &Path, limit: u64) -> Result<SecretBytes, VaultError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        rustix::io::Errno::LOOP => {
            VaultError::WrongKind { path: path.to_owned(), expected: "regular file" }
        }
        errno => VaultError::io("open", path, errno),
    })?;
    let stat = rustix::fs::fstat(&file).map_err(|errno| VaultError::io("inspect", path, errno))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(VaultError::WrongKind { path: path.to_owned(), expected: "regular file" });
    }
    check_stat(path, &stat, false)?;
    read_limited(path, File::from(file), limit)
}

/// Refuses a folder that others can read, that somebody else owns, or that is none.
///
/// # Errors
/// [`VaultError::OpenToOthers`], [`VaultError::NotOwner`], [`VaultError::WrongKind`], [`VaultError::Io`].
pub fn check_owner_only_folder(path: &Path) -> Result<(), VaultError> {
    let stat =
        rustix::fs::stat(path).map_err(|errno| VaultError::io("open folder", path, errno))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Err(VaultError::WrongKind { path: path.to_owned(), expected: "folder" });
    }
    check_stat(path, &stat, true)
}

/// Refuses a folder that others can write, or that is none.
pub(crate) fn check_unwritable_folder(path: &Path) -> Result<(), VaultError> {
    let stat =
        rustix::fs::stat(path).map_err(|errno| VaultError::io("open folder", path, errno))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
        return Err(VaultError::WrongKind { path: path.to_owned(), expected: "folder" });
    }
    if stat.st_mode & 0o022 != 0 {
        let mode = stat.st_mode & 0o777;
        return Err(VaultError::OpenToOthers { path: path.to_owned(), mode, folder: true });
    }
    Ok(())
}

/// Makes a folder (and its parents) that only its owner may enter; an existing one is checked instead.
///
/// # Errors
/// As [`check_owner_only_folder`].
pub fn create_owner_only_folder(path: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::DirBuilderExt;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent)
            .map_err(|error| VaultError::io("make folder", parent, error))?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(VaultError::io("make folder", path, error))
        }
        _ => check_owner_only_folder(path),
    }
}

fn check_stat(path: &Path, stat: &Stat, folder: bool) -> Result<(), VaultError> {
    let user = rustix::process::geteuid().as_raw();
    if stat.st_uid != user {
        return Err(VaultError::NotOwner { path: path.to_owned(), owner: stat.st_uid, user });
    }
    if stat.st_mode & 0o077 != 0 {
        return Err(VaultError::OpenToOthers {
            path: path.to_owned(),
            mode: stat.st_mode & 0o777,
            folder,
        });
    }
    Ok(())
}

fn read_limited(path: &Path, file: File, limit: u64) -> Result<SecretBytes, VaultError> {
    let mut bytes = Vec::new();
    let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    let secret = SecretBytes::new(bytes);
    read.map_err(|error| VaultError::io("read", path, error))?;
    if secret.len() as u64 > limit {
        return Err(VaultError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(secret)
}
