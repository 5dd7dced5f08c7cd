//! Why the office's answer is no.
//!
//! Invariants: closed; every one has a stable code and a message that says what is wrong and what would do.
//! Deliberately not here: the reasons themselves (each with its part of the office).

use super::activation_refusal::ActivationRefusal;
use super::catalog_refusal::{CatalogRefusal, CustomerRefusal};
use super::entitlement_refusal::EntitlementRefusal;
use super::fleet::refusal::FleetRefusal;
use super::hooks::refusal::HookRefusal;
use super::host_keys::refusal::HostKeyRefusal;
use super::staff::refusal::StaffRefusal;
use super::usage::refusal::UsageRefusal;

/// The answer is no, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum Refusal {
    /// About what is sold.
    Catalog(#[from] CatalogRefusal),
    /// About customers.
    Customer(#[from] CustomerRefusal),
    /// About what was bought.
    Entitlement(#[from] EntitlementRefusal),
    /// About what is in which container.
    Activation(#[from] ActivationRefusal),
    /// About a container.
    Fleet(#[from] FleetRefusal),
    /// About users, policies, approvals and published documents.
    Staff(#[from] StaffRefusal),
    /// About web hooks.
    Hook(#[from] HookRefusal),
    /// About host keys.
    HostKey(#[from] HostKeyRefusal),
    /// About a report of use.
    Usage(#[from] UsageRefusal),
    /// About a row of a list, of which nothing was done.
    #[error("line {line}: {refusal}; nothing of the list was done")]
    Import {
        /// The line.
        line: u64,
        /// What is wrong with it.
        refusal: Box<Refusal>,
    },
    /// Two rows of a list change the same thing.
    #[error("line {line} changes what a line before it changes; nothing of the list was done")]
    ImportTwice {
        /// The second of them.
        line: u64,
    },
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Catalog(refusal) => refusal.code(),
            Refusal::Customer(refusal) => refusal.code(),
            Refusal::Entitlement(refusal) => refusal.code(),
            Refusal::Activation(refusal) => refusal.code(),
            Refusal::Fleet(refusal) => refusal.code(),
            Refusal::Staff(refusal) => refusal.code(),
            Refusal::Hook(refusal) => refusal.code(),
            Refusal::HostKey(refusal) => refusal.code(),
            Refusal::Usage(refusal) => refusal.code(),
            Refusal::Import { refusal, .. } => refusal.code(),
            Refusal::ImportTwice { .. } => "import-twice",
        }
    }
}
