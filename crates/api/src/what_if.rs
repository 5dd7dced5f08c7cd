//! What-if: recorded requests put again to proposed rules, `/api/v1/model/what-if`.
//!
//! A what-if takes its time: it is begun, looked at until it is done, and may be cancelled. "Before" is what was
//! recorded, "after" what would have been.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_document::{Holder, LeaseId, Time, Version};
use utoipa::ToSchema;

use crate::checkout::{PoolTried, RemedyAnswer};
use crate::reservations::ReservationImport;
use crate::schema::HolderSchema;

/// `POST /api/v1/model/what-if`. What is left out stays as it was, changes in the time range included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIfRequest {
    /// Replay requests from this instant on; from the beginning of the ledger when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Time>,
    /// Up to this instant; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// The text of the proposed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Without any model. Not together with `model`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub without_model: bool,
    /// Proposed groups of reservations, as they are exported and imported: these and no others, all through the
    /// range; an empty list is none at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_groups: Option<ReservationImport>,
    /// Proposed properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub properties: BTreeMap<String, serde_json::Value>,
    /// How requesters are put together: `nothing`, `user`, `device`, `pool` (the first that the
    /// rules then give), `reservation-group` (those of the replay that the device or user is a
    /// member of) or `dictionary:KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "dictionary:department")]
    pub group_by: Option<String>,
    /// Examples for each feature and group, 0 to 100; 5 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<u32>,
}

/// How far a what-if has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhatIfState {
    /// The state at the beginning is put together.
    Preparing,
    /// Requests are replayed.
    Running,
    /// The result is there.
    Done,
    /// Something stood against it; `problem` says what.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// A what-if and how far it has come: `GET /api/v1/model/what-if/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfJob {
    /// Its ID.
    #[schema(example = "W-1")]
    pub id: String,
    /// How far it is.
    pub state: WhatIfState,
    /// Who began it.
    pub by: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Time,
    /// The range asked for.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// Ledger entries done.
    pub entries_done: u64,
    /// Ledger entries in the range; 0 while that is not known.
    pub entries_total: u64,
    /// Requests replayed.
    pub requests: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What was proposed, besides what stayed as it was: `model`, `no-model`, `reservations`, `properties`.
    #[serde(default)]
    pub proposes: Vec<String>,
    /// The text of the proposed model, once it has ended; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The result, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<WhatIfResult>,
}

/// What would have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfResult {
    /// All requests together.
    pub totals: WhatIfOutcomes,
    /// Requests left as they were, because no model decides them: suspended server, missing or revoked keys.
    pub not_judged: u64,
    /// By feature, most denials gained first.
    pub features: Vec<WhatIfFeature>,
    /// By feature and requester group, in the same order.
    pub groups: Vec<WhatIfGroup>,
    /// By feature and pool; empty where there is no named pool before or after.
    pub pools: Vec<WhatIfPool>,
    /// Examples of denials gained, in the order of time.
    pub gained: Vec<WhatIfExample>,
    /// Examples of denials lost, in the order of time.
    pub lost: Vec<WhatIfExample>,
    /// There were more features or groups than are told apart: the rest stands under `(others)`.
    pub cut: bool,
}

/// How requests fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfOutcomes {
    /// Requests for one feature each.
    pub requests: u64,
    /// Granted in fact.
    pub granted_before: u64,
    /// Denied in fact.
    pub denied_before: u64,
    /// Granted in the replay.
    pub granted_after: u64,
    /// Denied in the replay.
    pub denied_after: u64,
    /// Granted in fact, denied in the replay.
    pub denials_gained: u64,
    /// Denied in fact, granted in the replay.
    pub denials_lost: u64,
}

/// A number over time, in fact and in the replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfLevels {
    /// The highest in fact.
    pub peak_before: u64,
    /// The highest in the replay.
    pub peak_after: u64,
    /// The average over time in fact.
    pub average_before: f64,
    /// The average over time in the replay.
    pub average_after: f64,
}

/// What changes for a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfFeature {
    /// Its name.
    pub feature: String,
    /// How its requests fared.
    pub outcomes: WhatIfOutcomes,
    /// Seats in use, or units used up.
    pub used: WhatIfLevels,
    /// Reserved seats that are not in use.
    pub reserved_idle: WhatIfLevels,
}

/// What changes for a requester group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfGroup {
    /// The feature.
    pub feature: String,
    /// The group.
    pub group: String,
    /// How its requests fared.
    pub outcomes: WhatIfOutcomes,
    /// Seats of its leases, shared ones counted for each.
    pub held: WhatIfLevels,
}

/// What changes for a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfPool {
    /// The feature.
    pub feature: String,
    /// The pool.
    pub pool: String,
    /// Seats of leases from it, shared ones counted for each.
    pub held: WhatIfLevels,
}

/// A rule of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfRule {
    /// The line that it begins on.
    pub line: u32,
    /// Its text.
    pub text: String,
}

/// A request that fared differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfExample {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Who asked.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// The requester group.
    pub group: String,
    /// The feature.
    pub feature: String,
    /// The lowest version that would have done.
    #[schema(value_type = String)]
    pub version: Version,
    /// How many.
    pub count: u64,
    /// The lease that was granted in fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub lease: Option<LeaseId>,
    /// The denial that happened in fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<String>,
    /// Code of the denial: of a gained one as it would be, of a lost one as it was.
    pub reason: String,
    /// The reason for people.
    pub explanation: String,
    /// What would help.
    pub remedy: RemedyAnswer,
    /// Where the server looked.
    pub pools: Vec<PoolTried>,
    /// The rule that decided which pools were looked into, or that refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<WhatIfRule>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}
