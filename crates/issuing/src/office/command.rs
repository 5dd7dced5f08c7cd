//! Everything that can be asked of an office.
//!
//! Invariants: a command that waits for a second person is stored, so its shape is a stored format.
//! Deliberately not here: deciding (`decide`).

use super::activation_command::ActivationCommand;
use super::catalog::CatalogCommand;
use super::customers::CustomerCommand;
use super::entitlement_command::EntitlementCommand;
use super::fleet::orders::{ContainerCommand, Exchange, ReceiptIn};
use super::hooks::book::WebhookCommand;
use super::host_keys::command::{HostCheckAsked, HostKeyCommand};
use super::import_command::Import;
use super::papers::PublishCommand;
use super::staff::approvals::ApprovalCommand;
use super::staff::people::PeopleCommand;
use super::staff::policy::PolicyCommand;
use super::usage::book::UsageIn;
use serde::{Deserialize, Serialize};

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// A change of what is sold.
    Catalog(CatalogCommand),
    /// A change of the customers.
    Customer(CustomerCommand),
    /// A change of what was bought.
    Entitlement(EntitlementCommand),
    /// A change of what is in which container.
    Activation(ActivationCommand),
    /// An order about a container.
    Container(ContainerCommand),
    /// A context that came in, and what is asked with it.
    #[serde(skip)]
    Exchange(Box<Exchange>),
    /// A receipt that came in.
    #[serde(skip)]
    Receipt(Box<ReceiptIn>),
    /// A license server's report of use.
    #[serde(skip)]
    Usage(Box<UsageIn>),
    /// A document of the publisher.
    Publish(PublishCommand),
    /// An order about users.
    People(PeopleCommand),
    /// An answer of a second person.
    Approval(ApprovalCommand),
    /// A change of policies.
    Policy(PolicyCommand),
    /// An order about web hooks.
    Webhook(WebhookCommand),
    /// An order about host keys.
    HostKey(HostKeyCommand),
    /// An application asks about its host key.
    #[serde(skip)]
    HostCheck(Box<HostCheckAsked>),
    /// A list of changes, as a whole.
    Import(Import),
    /// Nothing: only what falls due by itself.
    Tick,
}
