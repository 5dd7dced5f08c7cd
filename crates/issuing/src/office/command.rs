//! Everything that can be asked of an office.
//!
//! Invariants: a command that waits for a second person is stored, so its shape is a stored format.
//! Deliberately not here: deciding (`decide`).

use super::activation_command::ActivationCommand;
use super::catalog::CatalogCommand;
use super::customers::CustomerCommand;
use super::entitlement_command::EntitlementCommand;
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
    /// Nothing: only what falls due by itself.
    Tick,
}
