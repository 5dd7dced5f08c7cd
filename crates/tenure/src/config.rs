//! `tenure config`: the reference of all keys, and what would be in force for a data folder.
//!
//! Deliberately not here: the keys themselves (`settings/keys.rs`).

use crate::{
    exit::Failure,
    settings::{self, Layer, Layers, OFFICE, OfficeSettings, SERVER, Settings, Table},
};
use clap::{Args, Subcommand};
use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// The configuration of a license server or an office.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the reference page of all keys (Markdown).
    Reference,
    /// Read the configuration as `tenure server run` (or `tenure office run`) would and say what is in force and where it comes from.
    Check(CheckArgs),
}

/// Which configuration.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// That of an office.
    #[arg(long)]
    office: bool,
    /// Data folder; its tenure.toml (office.toml) is read if there is one.
    #[arg(long, env = "TENURE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another configuration file.
    #[arg(long, env = "TENURE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

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
        Some(file) => settings::read_file(&file, table.keys)?,
        None => Layer::default(),
    };
    Ok(Layers {
        file,
        environment: settings::read_environment(std::env::vars_os(), table)?,
        flags: Layer::default(),
    })
}

/// Carries out the command.
///
/// # Errors
/// The configuration makes no sense.
pub fn run(command: &ConfigCommand) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match command {
        ConfigCommand::Reference => stdout.write_all(settings::markdown().as_bytes())?,
        ConfigCommand::Check(args) => {
            let table = if args.office { &OFFICE } else { &SERVER };
            let layers = layers(table, args.data.as_deref(), args.config.as_deref())?;
            if args.office {
                OfficeSettings::resolve(&layers)?.check()?;
            } else {
                Settings::resolve(&layers)?.check()?;
            }
            let width = table.keys.iter().map(|key| key.name.len()).max().unwrap_or(0);
            for key in table.keys {
                let (value, origin) = layers.set(key.name).unwrap_or((key.default, "default"));
                writeln!(
                    stdout,
                    "{:<width$} = {:<20} # {origin}",
                    key.name,
                    if value.is_empty() { "(none)" } else { value }
                )?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_configuration_reference_is_current() {
        expect_test::expect_file!["../../../docs/CONFIGURATION.md"]
            .assert_eq(&crate::settings::markdown());
    }
}
