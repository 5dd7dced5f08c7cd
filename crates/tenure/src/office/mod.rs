//! `tenure office`: a publisher's back office: its data folder, and running it.
//!
//! Deliberately not here: what the office decides (`tenure_issuing`), how requests are answered (`tenure_office`).

mod folder;
mod init;
mod run;
mod unlocked;

use crate::admin::HostKeyArgs;
use clap::Subcommand;
pub use init::init_office;
pub use run::{OfficeServing, check};

use init::OfficeInitArgs;
use run::OfficeRunArgs;

/// A publisher's office.
#[derive(Debug, Subcommand)]
pub enum OfficeCommand {
    /// Make the data folder of an office: its ledger and the key that signs it.
    Init(OfficeInitArgs),
    /// Serve: API and portal.
    Run(OfficeRunArgs),
    /// License keys bound to host names, of an office that runs: issue, list, show, export, revoke.
    HostKey(HostKeyArgs),
}

impl OfficeCommand {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever the command says.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            OfficeCommand::Init(args) => args.run(),
            OfficeCommand::Run(args) => run::run(&args),
            OfficeCommand::HostKey(args) => args.run(),
        }
    }
}
