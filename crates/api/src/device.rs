//! Wire types of the device agent: the three calls that a device needs, and its doctor.
//!
//! List containers, get a context, apply an update; the rest is for looking. Contexts and receipts are armoured texts;
//! an update goes in as the bytes of its file and is answered like on a license server
//! ([`UpdateAnswer`](crate::UpdateAnswer)). Values of hardware traits never stand here.

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerId, ContainerKind, Count, Hash, MachineKind, Time, Version};
use utoipa::{IntoParams, ToSchema};

use crate::office::schema::{ContainerKindSchema, CountSchema};
use crate::schema::MachineKindSchema;

/// The media type of an armoured receipt: asked for by `Accept`, it is answered alone.
pub const RECEIPT_MEDIA_TYPE: &str = "application/vnd.tenure.receipt";

/// `GET /api/v1/containers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceContainers {
    /// The containers of this device.
    pub containers: Vec<DeviceContainer>,
}

/// One container of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceContainer {
    /// Serial for people.
    #[schema(example = "T-XXXX-XXXX-XXXX")]
    pub serial: String,
    /// Container ID.
    #[schema(value_type = String)]
    pub id: ContainerId,
    /// Name for people.
    pub name: String,
    /// What kind it is.
    #[schema(value_type = ContainerKindSchema)]
    pub kind: ContainerKind,
    /// Generation.
    pub generation: u32,
    /// Last applied operation.
    pub sequence: u64,
    /// History up to there.
    #[schema(value_type = String)]
    pub history_hash: Hash,
    /// Items it holds.
    pub items: u64,
    /// The publisher whose licenses it takes; absent before a key set is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// It opens on this machine.
    pub open: bool,
    /// Why it does not, a kebab-case word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// When the newest signed word of the office reached it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_contact: Option<Time>,
}

/// One container with its content: `GET /api/v1/containers/{serial}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceContainerDetail {
    /// The container.
    pub container: DeviceContainer,
    /// What it holds.
    pub items: Vec<DeviceItem>,
    /// Moves that are not settled.
    #[serde(default)]
    pub moves: Vec<DeviceMove>,
}

/// One item of a container, and whether it may be used now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceItem {
    /// Item ID.
    pub id: String,
    /// Feature name.
    pub feature: String,
    /// Version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Seats or units.
    #[schema(value_type = CountSchema)]
    pub count: Count,
    /// Units consumed.
    #[serde(default)]
    pub consumed: u64,
    /// Product, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Begins here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts: Option<Time>,
    /// Ends here; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// The container must reach the office before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub contact_before: Option<Time>,
    /// It may be used now.
    pub usable: bool,
    /// Why it may not, a kebab-case word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A move between containers that is not settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceMove {
    /// The nonce that names it.
    pub nonce: String,
    /// `out`, or `in` for one that was asked for.
    pub direction: String,
    /// The item.
    pub item: String,
    /// How much of it.
    pub count: u64,
}

/// In what form a context is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentForm {
    /// Armoured text.
    #[default]
    Armor,
    /// The text of a QR code.
    Qr,
}

/// Query of `GET /api/v1/containers/{serial}/context`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContextQuery {
    /// In what form; armoured when left out.
    #[serde(default)]
    #[param(inline)]
    pub form: DocumentForm,
}

/// How well the machine fits a container: `GET /api/v1/doctor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DoctorAnswer {
    /// What kind of machine this is.
    #[schema(value_type = MachineKindSchema)]
    pub machine: MachineKind,
    /// What that was concluded from.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Each container.
    pub containers: Vec<DoctorContainer>,
}

/// How well the machine fits one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DoctorContainer {
    /// Serial for people.
    pub serial: String,
    /// Name for people.
    pub name: String,
    /// Weight of the traits that match; absent where nothing is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<u32>,
    /// Weight of all traits bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// Weight needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
    /// Every trait.
    #[serde(default)]
    pub traits: Vec<DoctorTrait>,
    /// What is wrong, one line each.
    #[serde(default)]
    pub faults: Vec<String>,
    /// What to do, one line each.
    #[serde(default)]
    pub advice: Vec<String>,
}

/// One hardware trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DoctorTrait {
    /// Its kind.
    #[schema(example = "dmi-product-uuid")]
    pub kind: String,
    /// Its weight.
    pub weight: u32,
    /// `matched`, `changed`, `absent` or `new`.
    pub status: String,
}
