//! A list that was read, as one command.
//!
//! Invariants: all its steps happen or none; the line of each step is kept, so that a refusal names it.
//! Deliberately not here: reading lists (import), deciding (import_decide).

use super::catalog::CatalogCommand;
use super::customers::CustomerCommand;
use super::entitlement_command::EntitlementCommand;
use serde::{Deserialize, Serialize};

/// Everything that a list changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// By whom.
    pub by: String,
    /// What, in order.
    pub steps: Vec<ImportStep>,
}

/// One change of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportStep {
    /// The line of the text it comes from.
    pub line: u64,
    /// What.
    pub change: ImportChange,
}

/// What a list can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportChange {
    /// What is sold.
    Catalog(CatalogCommand),
    /// Customers.
    Customer(CustomerCommand),
    /// What was bought.
    Entitlement(EntitlementCommand),
}
