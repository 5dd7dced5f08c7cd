//! The server itself: its chain of trust, container, properties, health and version.
//!
//! Updates go to the server as the bytes of the file (armoured or bare), not wrapped in JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerId, Hash, HostId, Time};
use utoipa::ToSchema;

use crate::schema::HostIdSchema;

/// `GET /api/v1/chain`: all that a client needs, besides its pinned root, to verify leases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChainAnswer {
    /// The server's container.
    #[schema(value_type = String)]
    pub server: ContainerId,
    /// Keyset documents (envelope JSON), lowest version first.
    pub keysets: Vec<String>,
    /// The server's certificate document (envelope JSON); absent before the first update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The newest revocation document (envelope JSON).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<String>,
}

/// The server's container: `GET /api/v1/container`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContainerAnswer {
    /// Container ID.
    #[schema(value_type = String)]
    pub id: ContainerId,
    /// Serial for people, `T-XXXX-XXXX-XXXX`.
    pub serial: String,
    /// Name for people.
    pub name: String,
    /// Generation.
    pub generation: u32,
    /// Last applied operation.
    pub sequence: u64,
    /// History up to there.
    #[schema(value_type = String)]
    pub history_hash: Hash,
    /// Version of the adopted keyset.
    pub keyset_version: u64,
    /// Sequence of the adopted revocation list.
    pub revocation_sequence: u64,
    /// Number of items held.
    pub items: u32,
    /// Time never goes below this.
    #[schema(value_type = String, format = DateTime)]
    pub time_high_water: Time,
    /// The server holds a certificate and can sign leases that clients accept.
    pub certified: bool,
}

/// Answer of `POST /api/v1/container/update`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UpdateAnswer {
    /// Nothing was new: all operations had been applied before.
    pub already_applied: bool,
    /// Last applied operation.
    pub sequence: u64,
    /// History up to there.
    #[schema(value_type = String)]
    pub history_hash: Hash,
    /// One result per operation applied now.
    #[serde(default)]
    pub results: Vec<UpdateResult>,
    /// The receipt document, armoured.
    pub receipt: String,
}

/// What one operation of an update did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UpdateResult {
    /// Number of the operation.
    pub sequence: u64,
    /// ID of the operation.
    pub op_id: String,
    /// Result code.
    pub result: String,
}

/// One property of the server: `GET /api/v1/properties`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Property {
    /// Property name.
    #[schema(example = "lease.floating-seconds")]
    pub name: String,
    /// Its value now.
    pub value: serde_json::Value,
    /// Its value when nobody sets it.
    pub default: serde_json::Value,
    /// It can be changed over the API.
    pub editable: bool,
    /// Group for display.
    pub group: String,
    /// What it does, in one sentence.
    pub description: String,
    /// What values it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<PropertyValues>,
}

/// What values a property takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PropertyValues {
    /// `true` or `false`.
    Flag,
    /// A whole number; the name ends in its unit.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// One of these words.
    Word {
        /// All that are allowed.
        words: Vec<String>,
    },
    /// Names with commas between them.
    Names {
        /// The longest text, in bytes.
        max: u64,
    },
    /// It can't be changed.
    Fixed {
        /// Why not.
        reason: String,
    },
}

/// `PATCH /api/v1/properties`: new values by name; `null` returns to the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct PropertiesChange(
    /// New values by property name.
    pub BTreeMap<String, serde_json::Value>,
);

/// `GET /health`: 200 when the server can grant, else 503.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// In one word.
    pub status: HealthStatus,
    /// Why it is not `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Last committed ledger entry.
    pub sequence: u64,
}

/// Health in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HealthStatus {
    /// Grants are served.
    Ok,
    /// Reads are served, grants are not.
    Degraded,
    /// The server is about to stop.
    Stopping,
}

/// `GET /version`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VersionAnswer {
    /// `tenure`.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Version of the API.
    pub api: String,
}

/// `GET /api/v1/host-ids`: what identifies the machine the server runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HostIds {
    /// The identifiers, most stable first.
    #[schema(value_type = Vec<HostIdSchema>)]
    pub host_ids: Vec<HostId>,
}

/// `POST /api/v1/suspend`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendRequest {
    /// Shown to everybody who is refused meanwhile.
    #[serde(default)]
    pub reason: String,
}

/// `GET /api/v1/status`, and the answer of suspend and resume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// No new grants by an administrator's order.
    pub suspended: bool,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ledger time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Time,
    /// Last committed ledger entry.
    pub sequence: u64,
    /// Its hash.
    #[schema(value_type = String)]
    pub head: Hash,
    /// Live leases.
    pub leases: u64,
    /// Why grants are refused, when the ledger can't be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// Alarms about the clock, newest last; then what works beside the server and fails, such as the daily archive.
    #[serde(default)]
    pub alarms: Vec<String>,
}
