//! `tenure admin --office …`: what the staff of a publisher's office does, as a client of its REST API.
//!
//! The commands that only an office has; logging in, users, journal, status and use are shared with the license server
//! and stand one floor up. Invariants: whatever changes something carries an idempotency key; what waits for a second
//! person says so. Deliberately not here: any decision; the office decides and this shows.

mod activations;
mod approvals;
mod catalog;
mod containers;
mod customers;
mod entitlements;
mod exchange;
mod host_keys;
mod lists;
mod models;
mod office_people;
mod settings;
mod webhooks;

pub use host_keys::HostKeyArgs;
pub use office_people::{login, setup, users};
pub use settings::{status, usage};

use super::{connect::Connection, output::Output};
use clap::Subcommand;
use lists::OrOfficeList;

/// Commands that only an office has.
#[derive(Debug, Subcommand)]
pub enum OfficeAdminCommand {
    /// Office: products that are sold, and how they follow one another.
    Products(OrOfficeList<catalog::ProductsCommand>),
    /// Office: license models, the terms under which products are sold.
    LicenseModels(OrOfficeList<models::ModelsCommand>),
    /// Office: who buys.
    Customers(OrOfficeList<customers::CustomersCommand>),
    /// Office: what customers bought, each under its activation ID.
    Entitlements(OrOfficeList<entitlements::EntitlementsCommand>),
    /// Office: what is in which container, and how far it is.
    Activations(OrOfficeList<activations::ActivationsCommand>),
    /// Office: containers of devices and license servers.
    Containers(OrOfficeList<containers::ContainersCommand>),
    /// Office: license keys bound to host names.
    #[command(visible_alias = "host-key")]
    HostKeys(OrOfficeList<host_keys::HostKeysCommand>),
    /// Office: what waits for a second person.
    Approvals(OrOfficeList<approvals::ApprovalsCommand>),
    /// Office: send a context, get the update for it.
    Exchange(exchange::ExchangeArgs),
    /// Office: send a receipt: what a container has applied.
    Receipt(exchange::ReceiptArgs),
    /// Office: take in a list of customers, products or orders, from CSV or JSON.
    Import(exchange::ImportArgs),
    /// Office: write what was bought (JSON, XML, CSV) or used (CSV).
    Export(exchange::ExportArgs),
    /// Office: who is told of changes.
    Webhooks(OrOfficeList<webhooks::WebhooksCommand>),
    /// Office: what it decides by itself and where it wants a person.
    Policies(OrOfficeList<settings::PoliciesCommand>),
}

/// Carries out one command.
pub fn run(at: &Connection, out: &Output, command: OfficeAdminCommand) -> anyhow::Result<()> {
    match command {
        OfficeAdminCommand::Products(command) => catalog::run(at, out, &command.command()),
        OfficeAdminCommand::LicenseModels(command) => models::run(at, out, &command.command()),
        OfficeAdminCommand::Customers(command) => customers::run(at, out, &command.command()),
        OfficeAdminCommand::Entitlements(command) => entitlements::run(at, out, &command.command()),
        OfficeAdminCommand::Activations(command) => activations::run(at, out, &command.command()),
        OfficeAdminCommand::Containers(command) => containers::run(at, out, &command.command()),
        OfficeAdminCommand::HostKeys(command) => host_keys::run(at, out, &command.command()),
        OfficeAdminCommand::Approvals(command) => approvals::run(at, out, &command.command()),
        OfficeAdminCommand::Exchange(args) => exchange::exchange(at, out, &args),
        OfficeAdminCommand::Receipt(args) => exchange::receipt(at, out, &args),
        OfficeAdminCommand::Import(args) => exchange::import(at, out, &args),
        OfficeAdminCommand::Export(args) => exchange::export(at, &args),
        OfficeAdminCommand::Webhooks(command) => webhooks::run(at, out, &command.command()),
        OfficeAdminCommand::Policies(command) => settings::policies(at, out, &command.command()),
    }
}
