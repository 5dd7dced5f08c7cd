//! `tenure folder-server`: a license server that is asked through a shared directory, with its view in the terminal.
//!
//! Invariants: it starts with a valid license only; it is the same server as `tenure server run`, with the same ledger,
//! and listens on loopback for its administrator; a second one on the same directory is refused.
//! Deliberately not here: the files beside it (`home`), what the view looks like (`view`).

use super::{home::Home, view};
use crate::{
    clock::wall,
    exit::Failure,
    logs, say,
    serve::Serving,
    settings::{self, SERVER, Settings},
};
use clap::{Args, Subcommand};
use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    time::Duration,
};

/// The view is drawn this often.
const REDRAW: Duration = Duration::from_secs(1);

/// Serve licenses through a shared directory.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct FolderServerArgs {
    #[command(subcommand)]
    command: Option<FolderServerCommand>,
    /// Folder of the manager: License.xml, PathLicenseFile.xml and the server's data.
    #[arg(value_name = "DIR", required = true)]
    dir: Option<PathBuf>,
    /// The shared directory; remembered in PathLicenseFile.xml.
    #[arg(long, value_name = "PATH")]
    shared: Option<PathBuf>,
    /// Address and port for the administrator and the pages.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// No view: log lines only.
    #[arg(long)]
    plain: bool,
}

#[derive(Debug, Subcommand)]
enum FolderServerCommand {
    /// Write Registration.xml, for the publisher to issue a license to; make the license server first if need be.
    Register {
        /// Folder of the manager.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The publisher's key list, where there is no license server yet.
        #[arg(long, value_name = "FILE")]
        keyset: Option<PathBuf>,
        /// What people call the server.
        #[arg(long, value_name = "NAME", default_value = "license server")]
        name: String,
    },
    /// Put the publisher's update into License.xml.
    License {
        /// Folder of the manager.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The update.
        #[arg(value_name = "FILE")]
        update: PathBuf,
    },
}

impl FolderServerArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The license is missing or not valid; another server serves the directory.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Some(FolderServerCommand::Register { dir, keyset, name }) => {
                let path = Home::new(dir).register(keyset.as_deref(), &name)?;
                say!("{}", path.display());
                note!("next: send this file to the publisher");
                Ok(())
            }
            Some(FolderServerCommand::License { dir, update }) => {
                say!("{}", Home::new(dir).license(&update)?.display());
                Ok(())
            }
            None => self.serve(),
        }
    }

    fn serve(self) -> anyhow::Result<()> {
        let dir = self.dir.ok_or_else(|| Failure::usage("name the folder of the manager"))?;
        let home = Home::new(dir);
        let shared = home.shared(self.shared.as_deref())?;
        home.apply()?;
        let mut layers = settings::layers(&SERVER, Some(&home.data()), None)?;
        layers.flags.set("listen", self.listen, "--listen");
        layers.flags.set("shared_folder.directory", shared.display().to_string(), "--shared");
        layers.flags.set("shared_folder.required", "true", "folder-server");
        let drawn = std::io::stdout().is_terminal() && !self.plain;
        let settings = Settings::resolve(&layers)?;
        settings.check()?;
        // Log lines would tear the view apart.
        let filter = if drawn { "error" } else { settings.log_filter.0.as_str() };
        logs::start(filter, settings.log_format)?;
        let mut serving = Serving::start(&home.data(), &settings, false)?;
        say::ready(format_args!("listening on {}", serving.url()));
        say::ready(format_args!("sharing {}", shared.display()));
        let told = if drawn {
            serving.show_until_told(REDRAW, |serving| {
                let Some(state) = serving.shared_state() else { return };
                let (url, shared) = (serving.url(), shared.display().to_string());
                let text = serving.look(move |leasing, now| {
                    view::text(leasing, now, &state, (&shared, &url), wall())
                });
                if let Some(text) = text {
                    // Home, the text, and nothing below it: no flicker, and no program to depend on.
                    let mut out = std::io::stdout().lock();
                    let _ = write!(out, "\x1b[H\x1b[2J{text}").and_then(|()| out.flush());
                }
            })
        } else {
            serving.wait_until_told()
        };
        let stopped = serving.stop();
        told.and(stopped)
    }
}
