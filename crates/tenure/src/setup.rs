//! A licensed server folder made in one go, for bench and whole-program tests: publisher keys, identity and
//! container, an issued update, applied. The same functions as the commands, on real files.
//!
//! Invariant: nothing here is a short cut; what comes out is what the commands of the README make.
//! Deliberately not here: any way to license a server without a publisher's signature.

use crate::offline;
use anyhow::Context as _;
use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};
use tenure_document::{Item, RootPin};

/// What was made.
#[derive(Debug, Clone)]
pub struct Licensed {
    /// Data folder of the license server.
    pub data: PathBuf,
    /// What applications pin.
    pub root: RootPin,
}

/// Publisher keys, a server folder and a license for it, under `folder`.
///
/// # Errors
/// A folder exists already or can't be written; an item makes no sense.
pub fn licensed_server(folder: &Path, name: &str, items: Vec<Item>) -> anyhow::Result<Licensed> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("making {}", folder.display()))?;
    let (keys, data) = (folder.join("publisher"), folder.join("server"));
    let root = offline::make_keys(&keys, "Example Publisher")?;
    offline::init_server(&data, &keys.join("keyset.tnr"), name)?;
    let context = offline::context(&data)?;
    let update = offline::issue(&keys, &context, items)?;
    offline::apply(&data, &update)?;
    Ok(Licensed { data, root })
}

/// A counted, concurrent, permanent item of version 1.0 with default terms.
///
/// # Panics
/// Never for the constant names of the bench.
pub fn plain_item(feature: &str, seats: u64) -> Item {
    let text = serde_json::json!({"id": feature, "feature": feature, "version": "1.0", "count": seats, "expiry": "permanent"});
    serde_json::from_value(text).unwrap_or_else(|error| panic!("item {feature}: {error}"))
}

/// Copies a folder with its permission bits; for servers that begin from the same license.
///
/// # Errors
/// A file can't be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            // `fs::copy` keeps the permission bits.
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
