//! Keeping and giving back: renewal of one lease, renewal of many, release.
//!
//! The right to renew or release is the lease's token, either in `Authorization: Lease <token>` or in the body;
//! never in a URL.

use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, LeaseId, Time};
use utoipa::ToSchema;

use crate::checkout::LeaseGrant;
use crate::problem::Problem;

/// `POST /api/v1/leases/{id}/renewal`; the body may be empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewalRequest {
    /// The lease's token, unless it is in the `Authorization` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Echoed in the new lease document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes>,
}

/// `POST /api/v1/renewals`: many leases in one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewals {
    /// What to renew.
    pub renewals: Vec<WantedRenewal>,
}

/// One lease of a renewal of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedRenewal {
    /// The lease.
    #[schema(value_type = String)]
    pub lease: LeaseId,
    /// Its token.
    pub token: String,
    /// Echoed in the new lease document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes>,
}

/// Answer of a renewal of many, in the order asked; always 200.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RenewalsAnswer {
    /// One outcome per wanted renewal.
    pub renewals: Vec<RenewalOutcome>,
}

/// What became of one renewal: a lease or a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RenewalOutcome {
    /// The lease as asked.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// The lease, with its new end and document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseGrant>,
    /// Why it was not renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Answer of `DELETE /api/v1/leases/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseAnswer {
    /// The lease.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// When its seats came back.
    #[schema(value_type = String, format = DateTime)]
    pub released_at: Time,
}
