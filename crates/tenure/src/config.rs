//! `tenure config`: the reference of all keys, and what would be in force for a data folder.
//!
//! Invariant: what it passes, a run does not refuse; both ask `serve::check` or `office::check`.
//! Deliberately not here: the keys themselves (`settings/keys.rs`).

use crate::{
    office, serve,
    settings::{self, OFFICE, OfficeSettings, SERVER, Settings, layers},
    shared_folder,
};
use clap::{Args, Subcommand};
use std::{io::Write as _, path::PathBuf};

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

/// Carries out the command.
///
/// # Errors
/// The configuration makes no sense; what it names can't be used.
pub fn run(command: &ConfigCommand) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match command {
        ConfigCommand::Reference => stdout.write_all(settings::markdown().as_bytes())?,
        ConfigCommand::Check(args) => {
            let table = if args.office { &OFFICE } else { &SERVER };
            let layers = layers(table, args.data.as_deref(), args.config.as_deref())?;
            if args.office {
                office::check(args.data.as_deref(), &OfficeSettings::resolve(&layers)?)?;
            } else {
                let settings = Settings::resolve(&layers)?;
                serve::check(args.data.as_deref(), &settings)?;
                shared_folder::check(&settings)?;
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
