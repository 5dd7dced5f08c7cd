//! Everything a dashboard shows of the licenses, of one instant, in one answer: `GET /api/v1/overview`.
//!
//! Counts of what has no limit are absent. How the server itself is doing stands in its status.

use serde::{Deserialize, Serialize};
use tenure_document::{Time, Version};
use utoipa::ToSchema;

use crate::past::SeriesBy;

/// The licenses at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    /// The instant that it shows.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The length of the stretches of time.
    pub by: SeriesBy,
    /// When each stretch begins, oldest first; each ends with the next, the last one is under way.
    #[schema(value_type = Vec<String>, format = DateTime)]
    pub stretches: Vec<Time>,
    /// Live leases.
    pub leases: u64,
    /// Devices that hold something.
    pub devices: u64,
    /// Tickets in the queue, those with an offer included.
    pub waiting: u64,
    /// Every feature, by name.
    pub features: Vec<OverviewFeature>,
    /// Denials by reason, the most in the last seven days first.
    pub denials: Vec<DenialsByReason>,
    /// Denials before this instant are no longer counted; absent when all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub denials_since: Option<Time>,
    /// Items that end soon, and those in their days of grace, the first to end first; at most 100.
    pub ending: Vec<EndingItem>,
    /// How many they are in all.
    pub ending_total: u64,
}

/// A feature over all versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OverviewFeature {
    /// Feature name.
    pub name: String,
    /// Seats (metered: units); absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Seats in use; metered: units consumed.
    pub used: u64,
    /// Seats free without overdraft and not reserved; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<u64>,
    /// Seats kept by reservations, in use or not.
    pub reserved: u64,
    /// Of these, not in use.
    pub reserved_idle: u64,
    /// Seats allowed beyond the total; absent when unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdraft: Option<u64>,
    /// Seats in use beyond the total.
    pub overdraft_used: u64,
    /// Consumption is counted instead of seats.
    pub metered: bool,
    /// Tickets that wait for it.
    pub waiting: u64,
    /// Requests denied in the stretches shown.
    pub denied: u64,
    /// For each stretch the most seats in use at once; metered: units consumed in it, without those taken back.
    /// Absent where nothing is known.
    #[schema(value_type = Vec<Option<u64>>)]
    pub levels: Vec<Option<u64>>,
}

/// Denials for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DenialsByReason {
    /// Denial code.
    pub reason: String,
    /// In the last 24 hours.
    pub day: u64,
    /// In the last seven days.
    pub week: u64,
}

/// An item that ends soon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndingItem {
    /// Item ID.
    pub id: String,
    /// Feature name.
    pub feature: String,
    /// Version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Seats or units; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Time,
    /// Until when it can still be used; later than its end where it has days of grace.
    #[schema(value_type = String, format = DateTime)]
    pub usable_until: Time,
    /// `not-started`, `live` or `in-grace`.
    pub state: String,
}
