//! The command tree: every command with its flags, and who carries it out.
//!
//! Deliberately not here: what any command does.

use crate::{
    admin, bench, completions, config, demo, device, directory, lmstat, manager, office, offline,
    serve, wizard,
};
use clap::{CommandFactory as _, Parser, Subcommand};

/// Tenure: software licensing you host yourself.
#[derive(Debug, Parser)]
#[command(name = "tenure", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole story on this machine in a few seconds: keys, license, server, applications.
    Demo(demo::DemoArgs),
    /// A license server: make its data folder, carry documents, run it.
    #[command(subcommand)]
    Server(ServerCommand),
    /// A publisher's office: make its data folder, run it.
    #[command(subcommand)]
    Office(office::OfficeCommand),
    /// Look at and steer a running license server.
    Admin(admin::AdminArgs),
    /// The status of a license server as FlexNet Publisher's lmstat prints it, for monitors that read that.
    Lmstat(lmstat::LmstatArgs),
    /// The pages of license servers by themselves: for one or several servers, here or elsewhere.
    Manager(manager::ManagerArgs),
    /// A device's own containers: licenses without a license server.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Carry licenses between a device and its publisher: in one go, or in steps with files on a stick.
    Wizard(wizard::WizardArgs),
    /// A license server that is asked through files in a shared directory.
    FolderServer(directory::FolderServerArgs),
    /// Ask for licenses through files in a shared directory.
    FolderClient(directory::FolderClientArgs),
    /// Publisher keys: root, keyset, rotation, revocation.
    #[command(subcommand)]
    Keys(offline::KeysCommand),
    /// Issue items to a container: a signed update for the context it sent.
    Issue(offline::IssueArgs),
    /// Show what a document says, who signed it, and whether it can be believed.
    Inspect(offline::InspectArgs),
    /// Find signed documents that contradict each other, in any pile of them.
    Audit(offline::AuditArgs),
    /// The ledger of a stopped or running server: verify, export, show, look back, archive.
    #[command(subcommand)]
    Ledger(offline::LedgerCommand),
    /// Lay load on a license server, check every answer, print figures.
    Bench(bench::BenchArgs),
    /// The configuration of a license server or an office: every key, and what is in force.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Completions for a shell: bash, zsh, fish.
    Completions(completions::CompletionsArgs),
}

#[derive(Debug, Subcommand)]
enum ServerCommand {
    /// Make the data folder of a license server: identity key and container.
    Init(offline::ServerInitArgs),
    /// Write the container's context, for the publisher to issue updates to.
    Context(offline::ServerContextArgs),
    /// Apply an update file while the server is stopped.
    Apply(offline::ServerApplyArgs),
    /// Write the container's receipt: proof of what has been applied.
    Receipt(offline::ServerReceiptArgs),
    /// Serve.
    Run(serve::RunArgs),
}

/// Carries out one command line.
///
/// # Errors
/// Whatever the command says.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Server(ServerCommand::Init(args)) => args.run(),
        Command::Server(ServerCommand::Context(args)) => args.run(),
        Command::Server(ServerCommand::Apply(args)) => args.run(),
        Command::Server(ServerCommand::Receipt(args)) => args.run(),
        Command::Server(ServerCommand::Run(args)) => serve::run(&args),
        Command::Office(command) => command.run(),
        Command::Admin(args) => admin::run(args),
        Command::Lmstat(args) => args.run(),
        Command::Manager(args) => args.run(),
        Command::Device(command) => command.run(),
        Command::Wizard(args) => args.run(),
        Command::FolderServer(args) => args.run(),
        Command::FolderClient(args) => args.run(),
        Command::Keys(command) => command.run(),
        Command::Issue(args) => args.run(),
        Command::Inspect(args) => args.run(),
        Command::Audit(args) => args.run(),
        Command::Ledger(command) => command.run(),
        Command::Bench(args) => bench::run(&args),
        Command::Config(command) => config::run(&command),
        Command::Completions(args) => completions::run(&args, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{OFFICE, SERVER, environment::read_environment};

    #[test]
    fn what_a_command_takes_from_the_environment_stops_no_server() {
        let mut names = Vec::new();
        variables(&Cli::command(), &mut names);
        assert!(names.iter().any(|name| name == "TENURE_DEVICE"), "{names:?}");
        for table in [&SERVER, &OFFICE] {
            let variables = names.iter().map(|name| (name.clone(), "x".into()));
            assert_eq!(read_environment(variables, table).err().map(|f| f.message), None);
        }
    }

    fn variables(command: &clap::Command, names: &mut Vec<std::ffi::OsString>) {
        names.extend(command.get_arguments().filter_map(|one| one.get_env()).map(Into::into));
        command.get_subcommands().for_each(|one| variables(one, names));
    }
}
