//! Rows of the administration plane's lists: features, items, devices, leases, denials, journal.
//!
//! Counts of an uncounted feature are absent, never a magic number.

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, Holder, HostId, LeaseId, MachineKind, Time, Version};
use utoipa::ToSchema;

use crate::checkout::{DesiredFeature, PoolTried, RemedyAnswer};
use crate::schema::{HolderSchema, HostIdSchema, MachineKindSchema};

/// One feature and version: `GET /api/v1/features`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureRow {
    /// Feature name.
    pub name: String,
    /// Version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Seats (metered: units) of the live items; absent when uncounted.
    pub total: Option<u64>,
    /// Seats in use; metered: units consumed.
    pub used: u64,
    /// Seats free without overdraft; absent when uncounted.
    pub available: Option<u64>,
    /// Seats allowed beyond the total; absent when unlimited.
    pub overdraft: Option<u64>,
    /// Seats in use beyond the total.
    pub overdraft_used: u64,
    /// Seats kept by reservations, in use or not.
    #[serde(default)]
    pub reserved: u64,
    /// Of these, not in use.
    #[serde(default)]
    pub reserved_idle: u64,
    /// Seats in use by borrowed leases.
    #[serde(default)]
    pub borrowed: u64,
    /// Consumption is counted instead of seats.
    pub metered: bool,
    /// No limit.
    pub uncounted: bool,
    /// The earliest end of its items; absent when none ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_expiry: Option<Time>,
    /// The latest end of its items; absent when one never ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_expiry: Option<Time>,
    /// Number of live items.
    pub items: u32,
    /// Denials since the server's denial list begins.
    #[serde(default)]
    pub denials: u64,
}

/// One feature over all versions: `GET /api/v1/features/summary`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureSummary {
    /// Feature name.
    pub name: String,
    /// Versions, lowest first.
    #[schema(value_type = Vec<String>)]
    pub versions: Vec<Version>,
    /// Seats of all versions; absent when uncounted.
    pub total: Option<u64>,
    /// Seats in use.
    pub used: u64,
    /// Seats free without overdraft and not reserved; absent when uncounted.
    pub available: Option<u64>,
    /// Seats kept by reservations, in use or not.
    #[serde(default)]
    pub reserved: u64,
    /// Of these, not in use.
    #[serde(default)]
    pub reserved_idle: u64,
    /// Seats in use beyond the total.
    pub overdraft_used: u64,
    /// Consumption is counted instead of seats.
    #[serde(default)]
    pub metered: bool,
    /// No limit.
    #[serde(default)]
    pub uncounted: bool,
    /// The earliest end of its items; absent when none ends.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_expiry: Option<Time>,
    /// The latest end of its items; absent when one never ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_expiry: Option<Time>,
    /// Denials since the server's denial list begins.
    #[serde(default)]
    pub denials: u64,
}

/// One feature with what stands behind it: `GET /api/v1/features/{name}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureDetail {
    /// Feature name.
    pub name: String,
    /// One row per version.
    pub versions: Vec<FeatureRow>,
    /// Its items, also those that have not begun or have ended.
    pub items: Vec<ItemRow>,
    /// Its live leases; the first thousand.
    pub leases: Vec<LeaseRow>,
}

/// One item of the container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemRow {
    /// Item ID.
    pub id: String,
    /// Feature name.
    pub feature: String,
    /// Version.
    #[schema(value_type = String)]
    pub version: Version,
    /// Seats or units; absent when uncounted.
    pub count: Option<u64>,
    /// Seats in use; metered: units consumed.
    pub used: u64,
    /// Seats kept by reservations, in use or not.
    #[serde(default)]
    pub reserved: u64,
    /// Of these, not in use.
    #[serde(default)]
    pub reserved_idle: u64,
    /// Begins here.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start: Option<Time>,
    /// Ends here; absent when permanent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expiry: Option<Time>,
    /// `not-started`, `live`, `in-grace` or `ended`.
    pub state: String,
    /// `concurrent` or `metered`.
    pub kind: String,
    /// What one seat counts: `process`, `session`, `device` or `user`.
    pub seat_basis: String,
    /// The item with all its terms, as it was issued.
    pub terms: serde_json::Value,
}

/// One device: `GET /api/v1/devices`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceRow {
    /// The device.
    #[schema(value_type = HostIdSchema)]
    pub host: HostId,
    /// Alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Kind of machine.
    #[schema(value_type = MachineKindSchema)]
    pub kind: MachineKind,
    /// Its live leases.
    pub leases: u32,
    /// Of these, how many only wait for their end, because the device was dropped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u32,
    /// Seats it holds.
    pub seats: u64,
    /// Names of the features it holds.
    pub features: Vec<String>,
    /// Users on it that hold something.
    pub users: Vec<String>,
    /// The latest end of its leases.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// When it last asked or renewed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Time>,
}

/// One device with its leases: `GET /api/v1/devices/{type}/{value}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceDetail {
    /// The device.
    pub device: DeviceRow,
    /// Its live leases.
    pub leases: Vec<LeaseRow>,
}

/// One lease: `GET /api/v1/leases`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeaseRow {
    /// The lease.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// Who holds it.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// Feature name.
    pub feature: String,
    /// Version of the items that the seats come from.
    #[schema(value_type = String)]
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// Seat numbers as inclusive ranges.
    pub seats: Vec<[u32; 2]>,
    /// Items that the seats come from.
    pub items: Vec<String>,
    /// Pool that the seats come from.
    pub pool: String,
    /// First grant.
    #[schema(value_type = String, format = DateTime)]
    pub granted_at: Time,
    /// Last renewal, or the grant.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Time,
    /// Ends here unless it is renewed.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// The holder renews from here on.
    #[schema(value_type = String, format = DateTime)]
    pub renew_after: Time,
    /// The lease outlives the connection to the server.
    pub borrowed: bool,
    /// The length for which it was borrowed, as it was asked for; absent for a floating lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_seconds: Option<u64>,
    /// A client key stands behind it: checkouts and device sets without this key leave it alone.
    #[serde(default, skip_serializing_if = "crate::checkout::is_false")]
    pub keyed: bool,
    /// Its device was dropped: it can't be renewed, and its seats are free at its end.
    #[serde(default, skip_serializing_if = "crate::checkout::is_false")]
    pub dropped: bool,
    /// Explanation code of the grant.
    pub code: String,
}

/// One denial: `GET /api/v1/denials`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DenialRow {
    /// Denial ID.
    pub id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Who asked.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// Feature name as asked.
    pub feature: String,
    /// Version as asked.
    #[schema(value_type = String)]
    pub version: Version,
    /// Count as asked.
    pub count: u64,
    /// Denial code.
    pub reason: String,
    /// The reason for people.
    pub explanation: String,
    /// The nearest way to a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<RemedyAnswer>,
    /// Where the server looked.
    pub pools: Vec<PoolTried>,
    /// The same holder was granted the feature at this instant, within its retry window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recovered_at: Option<Time>,
}

/// One event of the ledger: `GET /api/v1/journal`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JournalRow {
    /// Sequence of the entry.
    pub sequence: u64,
    /// Position of the event in the entry, from 0.
    pub index: u32,
    /// Time of the entry.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Kind of event.
    pub event: String,
    /// One line for people.
    pub summary: String,
    /// The event as it stands in the ledger.
    pub data: serde_json::Value,
}

/// Whether the ledger is whole: `GET /api/v1/journal/verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JournalCheck {
    /// Nothing is altered, missing or out of order.
    pub whole: bool,
    /// The last entry; the first damaged one when not whole.
    pub sequence: u64,
    /// The entry that the ledger begins with; not 0 when older ones were archived, which are not looked at.
    #[serde(default)]
    pub begins: u64,
    /// Hash of the last entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub head: Option<Hash>,
    /// What is wrong with the damaged entry, a kebab-case word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A check of the whole ledger, under way or done: `POST` and `GET /api/v1/journal/verification`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JournalAudit {
    /// `never` since the server was started, `running`, `done`, or `failed` when it could not be read.
    #[schema(example = "done")]
    pub state: String,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Time>,
    /// Entries that are proven.
    #[serde(default)]
    pub entries_done: u64,
    /// Entries that there were when it began.
    #[serde(default)]
    pub entries_total: u64,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JournalCheck>,
    /// Why there is no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One ticket of the queue: `GET /api/v1/queue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketRow {
    /// The ticket.
    pub id: String,
    /// Who waits.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// For what: one feature, or all that are wanted together.
    pub features: Vec<DesiredFeature>,
    /// `waiting`, or `offered` while seats are held for it.
    #[schema(example = "waiting")]
    pub state: String,
    /// Its priority class; 0 is the best.
    pub class: u32,
    /// Its place in the line, from 1; 0 when seats are held for it.
    pub position: u64,
    /// It may take so long; no promise, and absent when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_seconds: Option<u64>,
    /// Since when it waits.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// Until when at most.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Seats are held for it until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub offered_until: Option<Time>,
    /// By these leases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub leases: Vec<LeaseId>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
