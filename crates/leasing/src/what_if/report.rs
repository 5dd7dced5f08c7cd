//! The report of a what-if: plain figures, by feature and by requester group.
//!
//! Invariants: "before" is what was recorded, "after" what would have been; a denial gained is a request granted
//! before and denied after, a denial lost the other way round. Deliberately not here: how it is shown.

use crate::denial::Denied;
use crate::ids::DenialId;
use tenure_document::{Holder, LeaseId, Time, Version};

/// What a what-if found.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfReport {
    /// The first entry's time; none: there was none.
    pub from: Option<Time>,
    /// The last entry's time.
    pub to: Option<Time>,
    /// Entries read.
    pub entries: u64,
    /// All requests together.
    pub totals: Outcomes,
    /// Requests left as they were, because no model decides them: suspended server, revoked or missing keys.
    pub not_judged: u64,
    /// By feature, most denials gained first.
    pub features: Vec<FeatureEffect>,
    /// By feature and requester group, in the same order.
    pub groups: Vec<GroupEffect>,
    /// By feature and pool; empty where there is no named pool on either side.
    pub pools: Vec<PoolEffect>,
    /// Some of the denials gained, in the order of time.
    pub gained: Vec<RequestExample>,
    /// Some of the denials lost, in the order of time.
    pub lost: Vec<RequestExample>,
    /// There were more features or groups than are told apart: the rest stands under `(others)`.
    pub cut: bool,
}

/// How requests fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Requests: wanted features of checkouts, uses of metered features.
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
    pub gained: u64,
    /// Denied in fact, granted in the replay.
    pub lost: u64,
}

/// A number over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    /// The highest it was.
    pub peak: u64,
    /// When it first was that.
    pub peak_at: Option<Time>,
    /// Its average over time, in thousandths.
    pub average_milli: u64,
    /// What it was in the end.
    pub last: u64,
}

/// The same level in fact and in the replay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// In fact.
    pub before: Level,
    /// In the replay.
    pub after: Level,
}

/// What changes for a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureEffect {
    /// Its name.
    pub feature: String,
    /// How its requests fared.
    pub outcomes: Outcomes,
    /// Seats in use, or units used up.
    pub used: Compared,
    /// Reserved seats that are not in use.
    pub reserved_idle: Compared,
}

/// What changes for a requester group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEffect {
    /// The feature.
    pub feature: String,
    /// The group's name.
    pub group: String,
    /// How its requests fared.
    pub outcomes: Outcomes,
    /// Seats of its leases, shared ones counted for each.
    pub held: Compared,
}

/// What changes for a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolEffect {
    /// The feature.
    pub feature: String,
    /// The pool.
    pub pool: String,
    /// Seats of leases from it, shared ones counted for each.
    pub held: Compared,
}

/// A request that fared differently.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestExample {
    /// When.
    pub at: Time,
    /// Who asked.
    pub holder: Holder,
    /// The requester group.
    pub group: String,
    /// For what.
    pub feature: String,
    /// The lowest version that would have done.
    pub version: Version,
    /// How many.
    pub count: u64,
    /// The lease that was granted in fact.
    pub lease: Option<LeaseId>,
    /// The denial that happened in fact.
    pub denial: Option<DenialId>,
    /// The denial: of a gained one as it would be, of a lost one as it was.
    pub denied: Denied,
    /// The rule that decided over the requester then: its line, and its text.
    pub rule: Option<(u32, String)>,
}
