//! Writing a file as a whole or not at all.
//!
//! Invariants: after a crash at any moment the name holds the old bytes or the new ones; when the call returns, the new
//! ones survive a power cut (file and folder are synced); the permission bits are right from the first byte on.
//! Deliberately not here: merging of concurrent writers; whoever writes holds the folder's lock.

use crate::{chance::random_bytes, error::VaultError};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use std::{fs::File, io::Write, path::Path};

/// Replaces or makes `path` with the given permission bits (0o600 for secrets).
///
/// # Errors
/// [`VaultError::Io`]; the old content is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), VaultError> {
    let beside = write_beside(path, bytes, mode)?;
    if let Err(error) = std::fs::rename(&beside, path) {
        let _ = std::fs::remove_file(&beside);
        return Err(VaultError::io("replace", path, error));
    }
    sync_folder(path)
}

/// As [`write_atomic`], but never replaces anything.
///
/// # Errors
/// [`VaultError::Exists`], [`VaultError::Io`].
pub fn create_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), VaultError> {
    let beside = write_beside(path, bytes, mode)?;
    // A hard link, unlike a rename, fails when the name is taken. File systems of media know no links.
    let mut linked = std::fs::hard_link(&beside, path);
    if linked.as_ref().is_err_and(|error| error.kind() != std::io::ErrorKind::AlreadyExists) {
        let (from, to) = (&beside, path);
        let renamed = rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
        linked = renamed.map_err(std::io::Error::from);
    }
    let _ = std::fs::remove_file(&beside);
    linked.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => VaultError::Exists { path: path.to_owned() },
        _ => VaultError::io("write", path, error),
    })?;
    sync_folder(path)
}

/// Writes and syncs a new file with a chance name in the same folder.
fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> Result<std::path::PathBuf, VaultError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside =
        path.with_file_name(format!(".{name}.{:016x}.new", u64::from_be_bytes(random_bytes()?)));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(&beside, flags, Mode::from_raw_mode(mode))
        .map_err(|errno| VaultError::io("write", path, errno))?;
    let mut file = File::from(file);
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        let _ = std::fs::remove_file(&beside);
        return Err(VaultError::io("write", path, error));
    }
    Ok(beside)
}

fn sync_folder(path: &Path) -> Result<(), VaultError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| VaultError::io("sync folder", folder, error))
}
