//! `tenure admin`: everything the administration planes of a license server and of an office can do, as a client of
//! their REST APIs.
//!
//! Tables for people, `--json` for programs; the same server, local or far. Invariants: no password and no token is
//! ever an argument (they would show in process lists); every error says what to do next.
//! Deliberately not here: any decision; the server decides and this shows.

mod connect;
mod container;
mod devices;
mod features;
mod leases;
mod list;
mod model;
mod model_file;
mod named;
mod office;
pub mod output;
mod past;
mod people;
mod pools;
pub mod problem;
mod queue;
mod records;
mod reservations;
mod secret;
mod series;
mod server;
mod table;
mod timeline;
mod wanted;
mod what_if;

pub use connect::{ADDRESS_FILE, Connection, TOKEN_FILE};
pub use office::HostKeyArgs;
pub use problem::failure;

use clap::{Args, Subcommand};
use list::{ListFlags, OrList};

/// Look at and steer a license server, or with --office a publisher's office.
#[derive(Debug, Args)]
pub struct AdminArgs {
    #[command(flatten)]
    connection: named::Named,
    /// Print JSON as the server sent it instead of tables.
    #[arg(long, global = true)]
    json: bool,
    /// Print tables as comma separated values, safe to open in a spreadsheet.
    #[arg(long, global = true, conflicts_with = "json")]
    csv: bool,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make the first administrator, with the one-time token that the server printed at its first start.
    Setup(people::SetupArgs),
    /// Log in and keep the session's token in an owner-only file for the commands that follow.
    Login(people::LoginArgs),
    /// End the session and remove its token file.
    Logout,
    /// Features with seats used, free and expiring.
    #[command(subcommand_required = false, args_conflicts_with_subcommands = true)]
    Features(features::FeaturesArgs),
    /// Devices that hold something.
    Devices(OrList<devices::DevicesCommand>),
    /// Leases: who holds what.
    Leases(OrList<leases::LeasesCommand>),
    /// Who waits for seats, and ending a ticket.
    Queue(OrList<queue::QueueCommand>),
    /// Check out seats as a client would, to try things out.
    Checkout(leases::CheckoutArgs),
    /// Ask what a checkout would get, without taking anything.
    Preview(leases::CheckoutArgs),
    /// Renew a lease by its token.
    Renew(leases::TokenArgs),
    /// Return a lease by its token.
    Release(leases::TokenArgs),
    /// Use of a feature by hour or day; consume units of a metered one, or take a consumption back.
    Usage(series::UsageArgs),
    /// What the server does by default and what can be changed while it runs.
    Properties(OrList<server::PropertiesCommand>),
    /// Seats kept for devices and users.
    Reservations(OrList<reservations::ReservationsCommand>),
    /// People who may log in.
    Users(OrList<people::UsersCommand>),
    /// Public keys of clients that sign their requests.
    ClientKeys(OrList<people::ClientKeysCommand>),
    /// What identifies the machine that the server runs on.
    HostIds,
    /// The server's container: what it holds, its context, updates and receipts.
    #[command(subcommand, visible_alias = "offline")]
    Container(container::ContainerCommand),
    /// The model: named pools, and who may take from them.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// What each pool should have, has, and has in use.
    Pools(ListFlags),
    /// Requests that were refused, and why.
    Denials(ListFlags),
    /// The ledger's events, newest first.
    Journal(OrList<records::JournalCommand>),
    /// Who held what at a past instant.
    History(past::HistoryArgs),
    /// Why a lease was granted or a request denied.
    #[command(subcommand)]
    Explain(past::ExplainCommand),
    /// Stop granting new leases; renewals and returns go on.
    Suspend(server::SuspendArgs),
    /// Grant again.
    Resume,
    /// Ledger time, head, live leases, alarms.
    Status,
    /// Whether the server answers as it should; exit code 4 when not. What keeps it from granting by rule (suspended, no
    /// license) is said beside.
    Health,
    #[command(flatten)]
    Office(Box<office::OfficeAdminCommand>),
}

/// Carries out one command.
///
/// # Errors
/// The server refuses or can't be reached, or a file can't be read.
pub fn run(args: AdminArgs) -> anyhow::Result<()> {
    let out = output::Output::new(args.json).or_csv(args.csv);
    let at = &args.connection.0;
    let asked = if args.command.is_for_office(at) {
        problem::Asked::Office(at.office_address().unwrap_or_default())
    } else {
        problem::Asked::LicenseServer(at.named_address().unwrap_or_default())
    };
    carry_out(at, &out, args.command).map_err(|error| problem::elsewhere(error, asked))
}

impl AdminCommand {
    /// Whether an office is asked: it has the command alone, or both have it and an office is meant.
    fn is_for_office(&self, at: &Connection) -> bool {
        use AdminCommand as Command;
        match self {
            Command::Office(_) => true,
            Command::Setup(_) | Command::Login(_) | Command::Users(_) | Command::Usage(_) => {
                at.is_office()
            }
            Command::Logout | Command::Journal(_) | Command::Status | Command::Health => {
                at.is_office()
            }
            _ => false,
        }
    }
}

fn carry_out(at: &Connection, out: &output::Output, command: AdminCommand) -> anyhow::Result<()> {
    match command {
        AdminCommand::Office(command) => office::run(at, out, *command),
        AdminCommand::Setup(setup) if at.is_office() => office::setup(at, out, &setup),
        AdminCommand::Login(login) if at.is_office() => office::login(at, out, &login),
        AdminCommand::Users(command) if at.is_office() => {
            office::users(at, out, &command.command())
        }
        AdminCommand::Usage(usage) if at.is_office() => office::usage(at, out, usage.range()),
        AdminCommand::Status if at.is_office() => office::status(at, out),
        AdminCommand::Setup(setup) => people::setup(at, out, &setup),
        AdminCommand::Login(login) => people::login(at, out, &login),
        AdminCommand::Logout => people::logout(at),
        AdminCommand::Features(command) => features::run(at, out, &command),
        AdminCommand::Devices(command) => devices::run(at, out, &command.command()),
        AdminCommand::Leases(command) => leases::run(at, out, &command.command()),
        AdminCommand::Queue(command) => queue::run(at, out, &command.command()),
        AdminCommand::Checkout(wanted) => leases::checkout(at, out, &wanted),
        AdminCommand::Preview(wanted) => leases::preview(at, out, &wanted),
        AdminCommand::Renew(lease) => leases::renew(at, out, &lease),
        AdminCommand::Release(lease) => leases::release(at, out, &lease),
        AdminCommand::Usage(usage) => series::run(at, out, &usage),
        AdminCommand::Properties(command) => server::properties(at, out, &command.command()),
        AdminCommand::Reservations(command) => reservations::run(at, out, &command.command()),
        AdminCommand::Users(command) => people::users(at, out, &command.command()),
        AdminCommand::ClientKeys(command) => people::client_keys(at, out, &command.command()),
        AdminCommand::HostIds => server::host_ids(at, out),
        AdminCommand::Container(command) => container::run(at, out, &command),
        AdminCommand::Model(command) => model::run(at, out, &command),
        AdminCommand::Pools(list) => pools::run(at, out, &list),
        AdminCommand::Denials(list) => records::denials(at, out, &list),
        AdminCommand::Journal(command) => records::journal(at, out, &command.command()),
        AdminCommand::History(at_instant) => past::history(at, out, &at_instant),
        AdminCommand::Explain(command) => past::explain(at, out, &command),
        AdminCommand::Suspend(reason) => server::suspend(at, out, &reason),
        AdminCommand::Resume => server::resume(at, out),
        AdminCommand::Status => server::status(at, out),
        AdminCommand::Health => server::health(at, out),
    }
}
