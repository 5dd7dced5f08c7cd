//! The layers of a process: the file of a data folder, and the environment.
//!
//! Deliberately not here: flags; whoever has them puts them on top.

use super::{
    environment::read_environment,
    file::read_file,
    layers::{Layer, Layers},
    table::Table,
};
use crate::exit::Failure;
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// File and environment of a server or an office; flags come on top.
///
/// # Errors
/// A key nobody knows, a file that can't be read.
pub fn layers(
    table: &Table,
    data: Option<&Path>,
    config: Option<&Path>,
) -> Result<Layers, Failure> {
    // What is there and can't be reached, a link to nowhere, is refused like any file that can't be read.
    let is_there = |file: &PathBuf| {
        !fs::symlink_metadata(file).is_err_and(|error| {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        })
    };
    let inside = data.map(|data| data.join(table.file)).filter(is_there);
    let file = match config.map(Path::to_owned).or(inside) {
        Some(file) => read_file(&file, table.keys)?,
        None => Layer::default(),
    };
    Ok(Layers {
        file,
        environment: read_environment(std::env::vars_os(), table)?,
        flags: Layer::default(),
    })
}
