//! `tenure device …`: the containers of a device, without a license server.
//!
//! Invariants: documents come from files or standard input and go to files or standard output; a container is open for
//! as long as one call takes; where a folder holds one container it need not be named.
//! Deliberately not here: what a container does (`tenure_vault`), what the agent answers (`tenure_device`).

mod carry;
mod doctor;
mod init;
mod list;
mod place;
mod pull;
mod serve;
mod transfer;

use clap::Subcommand;

pub use place::usual as usual_folder;

/// A device's containers.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Make a container, bound to this machine.
    Init(init::InitArgs),
    /// The containers of this device.
    List(list::ListArgs),
    /// One container with its content.
    Show(list::ShowArgs),
    /// Write a container's context, for the publisher to issue updates to.
    Context(carry::ContextArgs),
    /// Apply an update file.
    Apply(carry::ApplyArgs),
    /// Write a container's receipt: proof of what has been applied.
    Receipt(carry::ReceiptArgs),
    /// Which traits of the machine match, which changed, and what to do.
    Doctor(doctor::DoctorArgs),
    /// Ask the publisher's office for what it has, and apply it; for a timer.
    Pull(pull::PullArgs),
    /// Move items from container to container, without the publisher's office.
    #[command(subcommand)]
    Transfer(transfer::TransferCommand),
    /// Begin the next generation, with a new key: after the publisher said so.
    Regenerate(transfer::RegenerateArgs),
    /// Serve the containers over HTTP on this machine, with a page for a browser.
    Serve(serve::ServeArgs),
}

impl DeviceCommand {
    /// Carries out the command.
    ///
    /// # Errors
    /// Whatever stands in the way, with its code.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            DeviceCommand::Init(args) => args.run(),
            DeviceCommand::List(args) => args.run(),
            DeviceCommand::Show(args) => args.run(),
            DeviceCommand::Context(args) => args.run(),
            DeviceCommand::Apply(args) => args.run(),
            DeviceCommand::Receipt(args) => args.run(),
            DeviceCommand::Doctor(args) => args.run(),
            DeviceCommand::Pull(args) => args.run(),
            DeviceCommand::Transfer(command) => command.run(),
            DeviceCommand::Regenerate(args) => args.run(),
            DeviceCommand::Serve(args) => args.run(),
        }
    }
}
