//! What happened at an office, as its ledger stores it.
//!
//! Invariants: a stored format: JSON with the tag `type`, self-describing; a released shape decodes for ever (golden
//! test), a changed one gets a new tag; an event carries everything that `apply` needs, no choice is left to it.
//! Deliberately not here: the payloads (each with its part of the office), the decisions, the changes.

use super::activation_command::{Activated, CameBack, ReturnAsked};
use super::catalog::{LicenseModelSet, ProductSet, RelationChanged};
use super::customers::{CustomerForgotten, CustomerSet};
use super::entitlement_command::{
    EntitlementChanged, EntitlementMade, EntitlementOrdered, EntitlementTurned, LineExtended,
    LineReduced, LineReplaced,
};
use serde::{Deserialize, Serialize};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// A product was made or changed.
    ProductSet(ProductSet),
    /// A license model was made or changed.
    LicenseModelSet(LicenseModelSet),
    /// One product takes the place of another.
    RelationSet(RelationChanged),
    /// It does not any more.
    RelationDeleted(RelationChanged),
    /// A customer was made or changed.
    CustomerSet(CustomerSet),
    /// What tells who a customer is was erased.
    CustomerForgotten(CustomerForgotten),
    /// An entitlement was made.
    EntitlementMade(EntitlementMade),
    /// More was bought on an entitlement.
    EntitlementOrdered(EntitlementOrdered),
    /// What is said about an entitlement was changed.
    EntitlementChanged(EntitlementChanged),
    /// An entitlement was suspended, resumed or withdrawn.
    EntitlementTurned(EntitlementTurned),
    /// A line may be used longer.
    LineExtended(LineExtended),
    /// Something else stands in the place of a line's product.
    LineReplaced(LineReplaced),
    /// Units were taken off a line.
    LineReduced(LineReduced),
    /// Units shall be put into a container.
    Activated(Activated),
    /// Units shall come back.
    ReturnAsked(ReturnAsked),
    /// Units that cooled down are free again.
    CameBack(CameBack),
}
