//! Pools as a list shows them: what each should have, has, and has in use.
//!
//! Counts are seats, or units where the feature is metered; an absent count is as many as one likes.

use serde::{Deserialize, Serialize};
use tenure_document::Version;
use utoipa::ToSchema;

/// A pool: `GET /api/v1/pools`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolRow {
    /// Its name.
    pub name: String,
    /// `named`; `leaving` where the model no longer names it and leases are still out; `default`.
    pub kind: String,
    /// The line of the model that first mentions it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Seats of all its slices that were not to be had.
    pub short: u64,
    /// Seats in use.
    pub used: u64,
    /// Seats kept by reservations and not in use.
    pub reserved: u64,
    /// What the model gives it, in the order of the text.
    pub slices: Vec<PoolSliceRow>,
    /// What of each item is in it.
    pub items: Vec<PoolItemRow>,
}

/// A slice of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolSliceRow {
    /// Feature name.
    pub feature: String,
    /// Lowest version that will do.
    #[schema(value_type = String)]
    pub version: Version,
    /// How many, as the model writes it.
    #[schema(example = "60%")]
    pub amount: String,
    /// The most that one holder may have of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// How many that is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
    /// How many there were for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<u64>,
    /// How many less than it states.
    pub short: u64,
    /// Its line in the model.
    pub line: u32,
}

/// What of an item is in a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolItemRow {
    /// The item.
    pub item: String,
    /// Feature name.
    pub feature: String,
    /// Version of the item.
    #[schema(value_type = String)]
    pub version: Version,
    /// What the pool should have of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u64>,
    /// What it has now, overdraft not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allotted: Option<u64>,
    /// Of these, in use or used up.
    pub used: u64,
    /// Of these, kept by reservations and not in use.
    pub reserved: u64,
    /// Of these, free for whom the rules let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<u64>,
    /// Free beyond them, in the overdraft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdraft: Option<u64>,
    /// `normal`; `waiting` for seats that others have in use; `over`: more in use than it should have.
    pub status: String,
}
