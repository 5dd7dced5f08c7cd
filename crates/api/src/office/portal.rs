//! What a customer or a technician asks with nothing but activation IDs.
//!
//! The activation ID is the credential; IDs that are unknown, mistyped or withdrawn are answered alike. Serials name
//! containers, but only those that hold something of the IDs given.

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerKind, Time};
use utoipa::ToSchema;

use super::activation::ActivationState;
use super::choice::Choice;
use super::container::{ContainerState, LossWhy, MoveRow};
use super::entitlement::EntitlementState;
use super::schema::ContainerKindSchema;

/// Most activation IDs in one request.
pub const IDS_MAX: usize = 50;
/// Most choices in one request.
pub const CHOICES_MAX: usize = 200;

/// `POST /api/v1/portal/look-up`, and `POST /api/v1/portal/containers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookUpRequest {
    /// One or several activation IDs, as they were typed.
    #[schema(min_items = 1, max_items = 50)]
    pub activation_ids: Vec<String>,
}

/// What stands under the IDs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookUpAnswer {
    /// Those that are known, in the order asked for.
    pub entitlements: Vec<PortalEntitlement>,
    /// Those that are not, as they were typed.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// An entitlement as its holder sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalEntitlement {
    /// Activation ID in its written form.
    pub activation_id: String,
    /// Whether it can be used.
    pub state: EntitlementState,
    /// Customer's name.
    pub customer: String,
    /// Not activated before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_from: Option<Time>,
    /// Not activated after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_until: Option<Time>,
    /// Its lines.
    pub lines: Vec<PortalLine>,
}

/// A line as its holder sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalLine {
    /// Number within the entitlement, from 1.
    pub line: u32,
    /// `name@version`.
    pub product: String,
    /// The product for people.
    #[serde(default)]
    pub description: String,
    /// The terms in a few words.
    #[serde(default)]
    pub summary: String,
    /// How many were bought.
    pub bought: u64,
    /// In containers, or on the way to one.
    pub active: u64,
    /// On the way back, not free yet.
    #[serde(default)]
    pub in_return: u64,
    /// Can be activated.
    pub free: u64,
    /// When the first of those on the way back are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub free_again: Option<Time>,
    /// Why none can be activated now; absent: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Ends here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// Kinds of containers that may hold it.
    #[serde(default)]
    #[schema(value_type = Vec<ContainerKindSchema>)]
    pub container_kinds: Vec<ContainerKind>,
    /// May be returned.
    #[serde(default)]
    pub returnable: bool,
    /// Where it is; the first hundred.
    #[serde(default)]
    pub activations: Vec<PortalActivation>,
}

/// So many of one line in one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalActivation {
    /// Its number.
    #[schema(example = "A-0000123")]
    pub activation: String,
    /// Activation ID of its entitlement.
    pub activation_id: String,
    /// Line of the entitlement.
    pub line: u32,
    /// `name@version`.
    pub product: String,
    /// The container, by its serial.
    pub serial: String,
    /// How many.
    pub quantity: u32,
    /// How far it is.
    pub state: ActivationState,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// When what was returned is free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub free_at: Option<Time>,
}

/// `POST /api/v1/portal/activations`: answered by an [`IssuedUpdate`](super::IssuedUpdate).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalActivationRequest {
    /// What goes into the container.
    #[schema(min_items = 1, max_items = 200)]
    pub choices: Vec<Choice>,
    /// The container's context, in any form of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// In place of a context: a container that the office has met, by its serial, and that already holds something of
    /// one of the activation IDs or belongs to the same customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// `POST /api/v1/portal/returns`: answered by an [`IssuedUpdate`](super::IssuedUpdate) that takes it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalReturnRequest {
    /// Activation ID.
    pub activation_id: String,
    /// The activation's number.
    pub activation: String,
    /// How many of it; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub quantity: Option<u32>,
}

/// `POST /api/v1/portal/push`: answered by an [`IssuedUpdate`](super::IssuedUpdate) with all that is pending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalPushRequest {
    /// Activation ID.
    pub activation_id: String,
    /// The container, by its serial.
    pub serial: String,
}

/// `POST /api/v1/portal/replacements`: the container is gone for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalReplacementRequest {
    /// Activation ID.
    pub activation_id: String,
    /// The container, by its serial.
    pub serial: String,
    /// What happened to it.
    pub why: LossWhy,
}

/// What became of a wish for a replacement; beyond the quota it is refused with `replacement-quota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalReplacement {
    /// The container, by its serial.
    pub serial: String,
    /// Its state now.
    pub state: ContainerState,
    /// What happens next, for people.
    pub explanation: String,
}

/// Containers that hold something of the IDs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalContainers {
    /// The containers.
    pub containers: Vec<PortalContainer>,
    /// IDs that are not known, as they were typed.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// A container as the holder of an activation ID sees it: only what comes from the IDs given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PortalContainer {
    /// Serial.
    pub serial: String,
    /// Its name, as it calls itself.
    pub name: String,
    /// What kind it is.
    #[schema(value_type = ContainerKindSchema)]
    pub kind: ContainerKind,
    /// Whether the office trusts it.
    pub state: ContainerState,
    /// When its last context was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_contact: Option<Time>,
    /// Operations that it lacks: an update waits for it.
    pub pending: u64,
    /// What it holds of the IDs given.
    pub activations: Vec<PortalActivation>,
    /// Moves of what it holds.
    #[serde(default)]
    pub moves: Vec<MoveRow>,
}

/// `POST /api/v1/contexts/read`: what a picture or a text holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadContext {
    /// The context as armoured text.
    pub context: String,
    /// The container, by its serial.
    pub serial: String,
    /// Its name.
    pub name: String,
    /// What kind it is.
    #[schema(value_type = ContainerKindSchema)]
    pub kind: ContainerKind,
    /// Items it holds.
    pub items: u64,
    /// When it was made, by the container's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The document for people, one line each.
    #[serde(default)]
    pub summary: Vec<String>,
}
