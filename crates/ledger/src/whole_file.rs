//! Files that are written whole or not at all.
//!
//! Invariants: a file under its final name was complete and synced before it got the name; the
//! folder is synced after. Leftovers of a crash are never read and go with the next file. Only the
//! owner can read them.
//! Not here: what is in a file (`snapshot`, `segment`).

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use crate::fault::LedgerError;

const UNFINISHED: &str = ".unfinished";

/// Writes `bytes` to `folder/name`, in place of what had that name; the folder is made if it is not
/// there. `operation` words a failure.
pub(crate) fn write_whole(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    operation: &'static str,
) -> Result<(), LedgerError> {
    write(folder, name, bytes).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => LedgerError::Full,
        _ => LedgerError::io(operation, error),
    })
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    remove_unfinished(folder)?;
    let unfinished = folder.join(format!("{name}{UNFINISHED}"));
    let written = write_synced(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, folder.join(name)))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(UNFINISHED)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
