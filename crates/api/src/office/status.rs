//! How the office stands, in one answer.
//!
//! Counts only, no names: whoever may log in may see it.

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, KeyId, Time};
use utoipa::ToSchema;

/// A publisher's key that is unlocked in the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficeKey {
    /// Its ID.
    #[schema(value_type = String)]
    pub key: KeyId,
    /// What it signs: `issuer`, `certifier`, `revoker` or `time`.
    #[schema(example = "issuer")]
    pub role: String,
    /// It signs up to and including here.
    #[schema(value_type = String, format = DateTime)]
    pub signs_until: Time,
    /// It signs now; otherwise it is not time yet, over, or it was revoked.
    pub signs_now: bool,
}

/// `GET /api/v1/status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficeStatus {
    /// The publisher.
    pub publisher: String,
    /// Ledger time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Time,
    /// Last committed ledger entry.
    pub sequence: u64,
    /// Its hash.
    #[schema(value_type = String)]
    pub head: Hash,
    /// Newest key set.
    pub keyset_version: u64,
    /// Newest revocation list; 0 is none.
    pub revocation_sequence: u64,
    /// Products that are sold.
    pub products: u64,
    /// License models that are sold under.
    pub license_models: u64,
    /// Customers.
    pub customers: u64,
    /// Entitlements.
    pub entitlements: u64,
    /// Activations, those that came back included.
    pub activations: u64,
    /// Containers.
    pub containers: u64,
    /// Containers that a person must decide about.
    pub out_of_step: u64,
    /// Approvals that wait for a second person.
    pub approvals_waiting: u64,
    /// Messages to webhooks that wait.
    pub deliveries_waiting: u64,
    /// Keys that are unlocked here, the one that ends first before the others.
    #[serde(default)]
    pub keys: Vec<OfficeKey>,
    /// Why nothing can be changed, when the ledger can't be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// Alarms, newest last.
    #[serde(default)]
    pub alarms: Vec<String>,
}
