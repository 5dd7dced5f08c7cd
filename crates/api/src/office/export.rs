//! Exports: entitlements as one JSON document.
//!
//! The XML and CSV forms carry the same facts and are texts; their shapes are described in docs/OFFICE.md.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

use super::activation::ActivationRow;
use super::entitlement::Entitlement;

/// `GET /api/v1/exports/entitlements.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntitlementExport {
    /// The publisher.
    pub publisher: String,
    /// As of this instant.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The entitlements.
    pub entitlements: Vec<ExportedEntitlement>,
}

/// An entitlement with its activations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExportedEntitlement {
    /// The entitlement.
    #[serde(flatten)]
    pub entitlement: Entitlement,
    /// Its activations.
    pub activations: Vec<ActivationRow>,
}
