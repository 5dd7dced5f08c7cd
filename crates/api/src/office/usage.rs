//! Usage as license servers reported it.
//!
//! Sums by day: no holder's name or pseudonym is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was used of one item of one license server on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageRow {
    /// The license server's container, by its serial.
    pub serial: String,
    /// Customer's running number, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The item; empty for denials, which no item answers for.
    pub item: String,
    /// `name@version` of its product, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Feature name, where it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// The day (UTC).
    #[schema(example = "2026-11-22")]
    pub day: String,
    /// Seats that began to be held.
    pub checkouts: u64,
    /// Requests denied.
    pub denials: u64,
    /// Most seats held at one time.
    pub peak: u64,
    /// Seats times seconds held.
    pub seat_seconds: u64,
    /// Metered units consumed; those that were taken back since are off it.
    pub consumed: u64,
}

/// What was used on one day by all that was asked for: `GET /api/v1/usage/days`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageDay {
    /// The day (UTC).
    #[schema(example = "2026-11-22")]
    pub day: String,
    /// Items with use.
    pub items: u64,
    /// Seats that began to be held.
    pub checkouts: u64,
    /// Requests denied.
    pub denials: u64,
    /// The most seats of each item held at one time, added up: never less than what was held at any time.
    pub peak: u64,
    /// Seats times seconds held.
    pub seat_seconds: u64,
    /// Metered units consumed; those that were taken back since are off it.
    pub consumed: u64,
}
