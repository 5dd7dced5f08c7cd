//! Waiting: the ticket that a checkout gives in place of seats.
//!
//! A ticket is asked about with its token, in the header like that of a lease: `GET /api/v1/tickets/{id}?wait=30`
//! answers like a checkout, with leases as soon as there are any, else with the ticket.

use serde::{Deserialize, Serialize};
use tenure_document::{LeaseId, Time};
use utoipa::ToSchema;

/// What a holder gets that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketAnswer {
    /// The ticket.
    #[schema(example = "T-17")]
    pub id: String,
    /// Needed to take what comes, or to wait no longer: `Authorization: Lease <token>`.
    pub token: String,
    /// What it waits for: one feature, or all that are wanted together.
    pub features: Vec<String>,
    /// So many are served before it; absent when it no longer waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u64>,
    /// Its place in the line, from 1; absent when it no longer waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// It may take so long; no promise, and absent when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_seconds: Option<u64>,
    /// It waits until then at most.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Where to ask: answered as soon as something comes, or after the seconds named.
    #[schema(example = "/api/v1/tickets/T-17?wait=30")]
    pub poll: String,
}

/// Answer of `DELETE /api/v1/tickets/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketEndAnswer {
    /// The ticket.
    pub id: String,
    /// When its waiting ended.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Time,
    /// Leases that were held for it, or taken with it, and are free again.
    #[schema(value_type = Vec<String>)]
    pub released: Vec<LeaseId>,
}
