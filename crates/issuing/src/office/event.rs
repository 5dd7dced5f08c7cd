//! What happened at an office, as its ledger stores it.
//!
//! Invariants: a stored format: JSON with the tag `type`, self-describing; a released shape decodes for ever (golden
//! test), a changed one gets a new tag; an event carries everything that `apply` needs, no choice is left to it.
//! Deliberately not here: the payloads (each with its part of the office), the decisions, the changes.

use super::activation_command::{Activated, CameBack, ReturnAsked};
use super::catalog::{LicenseModelSet, ProductSet, RelationChanged};
use super::command::Command;
use super::customers::{CustomerForgotten, CustomerSet};
use super::entitlement_command::{
    EntitlementChanged, EntitlementMade, EntitlementOrdered, EntitlementTurned, LineExtended,
    LineReduced, LineReplaced,
};
use super::fleet::moves::{ClaimAccepted, MoveReported, RefundRuled};
use super::fleet::orders::{
    Acknowledged, ContainerDescribed, ContainerGone, ContainerMet, ContextTaken, OpsIssued,
    Regenerated, Ruled, SuccessorProposed,
};
use super::hooks::book::{DeliveryAttempted, HookDeleted, HookSet, HookTested};
use super::host_keys::command::{
    HostKeyRevoked, HostKeysAdded, HostKeysChanged, HostKeysIssued, HostLimitReached, HostUserSeen,
};
use super::papers::{KeysetPublished, RevocationPublished};
use super::staff::approvals::{ApprovalEnded, Question};
use super::staff::people::{UserDeleted, UserSet};
use super::staff::policy::PoliciesChanged;
use super::usage::book::UsageTaken;
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
    /// A container was met for the first time.
    ContainerMet(ContainerMet),
    /// A context was taken in.
    ContextTaken(ContextTaken),
    /// Operations are known to be applied.
    Acknowledged(Acknowledged),
    /// Operations were added to a container's history.
    OpsIssued(OpsIssued),
    /// What is said about a container was changed.
    ContainerDescribed(ContainerDescribed),
    /// A container was given up.
    ContainerGone(ContainerGone),
    /// A container out of step was ruled upon.
    Ruled(Ruled),
    /// A key came that says it is a container's next.
    SuccessorProposed(SuccessorProposed),
    /// A container began a new generation.
    Regenerated(Regenerated),
    /// One side told of a transfer that went without the office.
    MoveReported(MoveReported),
    /// The source of a transfer shall have its item back.
    RefundRuled(RefundRuled),
    /// What only the target of a transfer told is believed.
    ClaimAccepted(ClaimAccepted),
    /// A key list was published.
    KeysetPublished(KeysetPublished),
    /// A revocation list was published.
    RevocationPublished(RevocationPublished),
    /// A license server told what was used.
    UsageTaken(UsageTaken),
    /// A user was made or changed.
    UserSet(UserSet),
    /// A user was deleted.
    UserDeleted(UserDeleted),
    /// Policies were changed.
    PoliciesChanged(PoliciesChanged),
    /// An order waits for a second person.
    ApprovalAsked(Question<Command>),
    /// It does not any more.
    ApprovalEnded(ApprovalEnded),
    /// A web hook was made or changed.
    HookSet(HookSet),
    /// A web hook was deleted.
    HookDeleted(HookDeleted),
    /// A web hook is tried.
    HookTested(HookTested),
    /// A web hook was told, or could not be.
    DeliveryAttempted(DeliveryAttempted),
    /// A group of host keys was made.
    HostKeysIssued(HostKeysIssued),
    /// Keys for more hosts were made.
    HostKeysAdded(HostKeysAdded),
    /// The terms of a group of host keys were changed.
    HostKeysChanged(HostKeysChanged),
    /// A host key was taken back.
    HostKeyRevoked(HostKeyRevoked),
    /// A user of a host key was counted.
    HostUserSeen(HostUserSeen),
    /// Somebody came when a group of host keys was full.
    HostLimitReached(HostLimitReached),
}
