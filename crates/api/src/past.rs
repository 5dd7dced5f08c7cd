//! What was: the state at an instant, why something was granted or denied, the story of a device, use over time.
//!
//! Instants are UTC. Counts of what has no limit are absent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_document::{Holder, HostId, LeaseId, Time, Version};
use utoipa::ToSchema;

use crate::checkout::RemedyAnswer;
use crate::pools::PoolRow;
use crate::reservations::ReservationGroupRow;
use crate::rows::{DenialRow, DeviceRow, FeatureRow, LeaseRow, TicketRow};
use crate::schema::{HolderSchema, HostIdSchema};

/// Which list of a past instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryOf {
    /// Features by name and version.
    Features,
    /// Devices that held something.
    Devices,
    /// Live leases.
    Leases,
    /// The denials that were listed.
    Denials,
    /// What each pool should have had, had, and had in use.
    Pools,
    /// Who waited.
    Queue,
    /// The groups of reservations.
    Reservations,
}

impl HistoryOf {
    /// All of them.
    pub const ALL: &'static [HistoryOf] = &[
        HistoryOf::Features,
        HistoryOf::Devices,
        HistoryOf::Leases,
        HistoryOf::Denials,
        HistoryOf::Pools,
        HistoryOf::Queue,
        HistoryOf::Reservations,
    ];

    /// The word in a query.
    pub fn word(self) -> &'static str {
        match self {
            HistoryOf::Features => "features",
            HistoryOf::Devices => "devices",
            HistoryOf::Leases => "leases",
            HistoryOf::Denials => "denials",
            HistoryOf::Pools => "pools",
            HistoryOf::Queue => "queue",
            HistoryOf::Reservations => "reservations",
        }
    }
}

/// The state at a past instant: `GET /api/v1/history?at=`. With `what` the page of that list and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryAnswer {
    /// The instant asked for.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Last entry at or before that instant.
    pub sequence: u64,
    /// Feature usage at that instant.
    pub features: Vec<FeatureRow>,
    /// The leases live at that instant.
    pub leases: Vec<LeaseRow>,
    /// The devices that held something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceRow>,
    /// The denials that were listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<DenialRow>,
    /// The pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolRow>,
    /// Who waited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<TicketRow>,
    /// The groups of reservations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reservations: Vec<ReservationGroupRow>,
    /// The list asked for; without it features and leases as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<HistoryOf>,
    /// Page of that list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Rows on a full page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Rows on all pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Further figures by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, u64>,
}

impl Default for HistoryAnswer {
    fn default() -> HistoryAnswer {
        HistoryAnswer {
            at: Time::EPOCH,
            sequence: 0,
            features: Vec::new(),
            leases: Vec::new(),
            devices: Vec::new(),
            denials: Vec::new(),
            pools: Vec::new(),
            queue: Vec::new(),
            reservations: Vec::new(),
            what: None,
            page: None,
            size: None,
            total: None,
            figures: BTreeMap::new(),
        }
    }
}

/// Why a lease was granted or a request denied: `GET /api/v1/leases/{id}/explanation`,
/// `GET /api/v1/denials/{id}/explanation`. Everything as it stood at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplanationAnswer {
    /// The lease or the denial.
    pub id: String,
    /// `granted` or `denied`.
    pub outcome: String,
    /// The entry of the ledger.
    pub sequence: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Who asked.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// Feature name as asked.
    pub feature: String,
    /// The lowest version that would have done.
    #[schema(value_type = String)]
    pub version: Version,
    /// Count as asked.
    pub count: u64,
    /// Fewer would have done.
    #[serde(default, skip_serializing_if = "crate::checkout::is_false")]
    pub partial: bool,
    /// Asked to borrow for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_seconds: Option<u64>,
    /// Facts about the requester, as asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dictionary: BTreeMap<String, Vec<String>>,
    /// Only items with these selectors would have done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// What was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantShown>,
    /// Why it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialShown>,
    /// What the model in force said about the requester; absent without a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesShown>,
    /// The pools tried, in order.
    pub pools: Vec<PoolStanding>,
    /// The items looked at, in the order in which they are drawn on; then those out of the question.
    pub sources: Vec<SourceShown>,
    /// All of it for people, several lines.
    pub text: String,
}

/// What a model said about a requester.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesShown {
    /// Version of the model.
    pub version: u64,
    /// Name of the model.
    pub model: String,
    /// The rules that matched, in order; the last one decided. None: the default pool only.
    pub matched: Vec<RuleShown>,
    /// It refused the requester.
    pub denied: bool,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleShown {
    /// The line of the model that it begins on.
    pub line: u32,
    /// Its text, as written.
    pub text: String,
}

/// What was granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GrantShown {
    /// The version granted.
    #[schema(value_type = String)]
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// Seat numbers as inclusive ranges.
    pub seats: Vec<[u32; 2]>,
    /// Items that the seats come from.
    pub items: Vec<String>,
    /// Explanation code of the grant.
    pub code: String,
    /// Its first end.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
}

/// Why a request was denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DenialShown {
    /// Denial code.
    pub reason: String,
    /// The reason for people.
    pub explanation: String,
    /// The nearest way to a grant.
    pub remedy: RemedyAnswer,
    /// The same holder was granted the feature at this instant, within its retry window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recovered_at: Option<Time>,
}

/// How a pool stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolStanding {
    /// Pool name; `default` for what is in no named pool.
    pub pool: String,
    /// Seats in it that could serve this request, overdraft included; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Of these, in use.
    pub used: u64,
    /// Of these, idle and reserved for others.
    #[serde(default)]
    pub reserved: u64,
    /// Of these, free; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<u64>,
}

/// How an item stood, in one pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceShown {
    /// Item ID.
    pub item: String,
    /// Its version.
    #[schema(value_type = String)]
    pub version: Version,
    /// The pool; absent where the item was out of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Seats reserved for the asker's `device` or `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<String>,
    /// Its end; absent when permanent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Time>,
    /// Everything there was of it there, overdraft included; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Of that, in use.
    pub used: u64,
    /// Of that, free for the asker; absent when as many as one likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<u64>,
    /// Seats that the asker held already and shares.
    #[serde(default)]
    pub shared: u32,
    /// So many of the grant come from here.
    pub taken: u64,
    /// `taken`, `not-needed`, `none-free`, `too-few`, or why it was out of the question.
    pub verdict: String,
}

/// The story of a device: `GET /api/v1/devices/{type}/{value}/timeline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineAnswer {
    /// The device.
    #[schema(value_type = HostIdSchema)]
    pub host: HostId,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Until when; earlier than asked for where it is not complete.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// False: the ledger goes on, ask again with `from` at this `to`.
    pub complete: bool,
    /// What happened, oldest first.
    pub items: Vec<TimelineRow>,
    /// Page, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub size: u32,
    /// Rows on all pages.
    pub total: u64,
    /// The leases held in that time, from grant to end, in the order of their grants; the first thousand.
    #[serde(default)]
    pub holdings: Vec<HoldingRow>,
    /// So many leases were held in that time.
    #[serde(default)]
    pub holdings_total: u64,
}

/// The story of a feature on all devices: `GET /api/v1/features/{name}/timeline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureTimeline {
    /// Feature name.
    pub feature: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Until when; earlier than asked for where it is not complete.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// False: the ledger goes on, ask again with `from` at this `to`.
    pub complete: bool,
    /// What happened, oldest first.
    pub items: Vec<TimelineRow>,
    /// Page, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub size: u32,
    /// Rows on all pages.
    pub total: u64,
    /// The leases held in that time, from grant to end, in the order of their grants; the first thousand.
    pub holdings: Vec<HoldingRow>,
    /// So many leases were held in that time.
    pub holdings_total: u64,
}

/// A lease from its grant to its end, in a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoldingRow {
    /// The lease.
    #[schema(value_type = String)]
    pub lease: LeaseId,
    /// Who held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HolderSchema>)]
    pub holder: Option<Holder>,
    /// Feature name.
    pub feature: String,
    /// Seats.
    pub count: u64,
    /// When it was granted; it may be before the story begins.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// When it ended; absent when it was still held at the end of the story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Time>,
    /// How it ended: `released`, `taken-over`, `expired` or `dropped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

/// Something that happened to a device or with a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineRow {
    /// The entry of the ledger.
    pub sequence: u64,
    /// When; of several renewals the first.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// When it last happened.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Time,
    /// What: `granted`, `renewed`, `not-renewed`, `released`, `not-released`, `taken-over`, `expired`, `dropped`,
    /// `denied`, `queued`, `claimed`, `unqueued`, `reserved`, `unreserved`, `consumed`, `taken-back`, `reported`,
    /// `device-dropped`.
    pub what: String,
    /// The lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub lease: Option<LeaseId>,
    /// The denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<String>,
    /// The consumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Who, in the story of a feature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HolderSchema>)]
    pub holder: Option<Holder>,
    /// Feature name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// Seats or units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How often: more than once for renewals in a row only.
    pub times: u64,
    /// Further words for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The length of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeriesBy {
    /// Hours, of the last 35 days.
    Hour,
    /// Days, of the last 400 days.
    #[default]
    Day,
}

impl SeriesBy {
    /// The word in a query.
    pub fn word(self) -> &'static str {
        match self {
            SeriesBy::Hour => "hour",
            SeriesBy::Day => "day",
        }
    }
}

/// Use of a feature over time: `GET /api/v1/usage/history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageHistory {
    /// Feature name.
    pub feature: String,
    /// Only out of this pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The named pools out of which the feature was ever used.
    #[serde(default)]
    pub pools: Vec<String>,
    /// The length of the rows.
    pub by: SeriesBy,
    /// One row per hour or day, oldest first, without gaps; the last one is under way.
    pub rows: Vec<UsageBucket>,
}

/// One hour or day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageBucket {
    /// Its beginning; later in the first, where nothing is known before.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Its end; now in the last.
    #[schema(value_type = String, format = DateTime)]
    pub to: Time,
    /// The most seats in use at once.
    pub used_peak: u64,
    /// Seats in use times seconds: divided by the seconds of the row, their average.
    pub used_seconds: u64,
    /// Seats in use at the end.
    pub used_last: u64,
    /// The most seats reserved at once.
    pub reserved_peak: u64,
    /// Seats reserved times seconds.
    pub reserved_seconds: u64,
    /// Leases granted.
    pub granted: u64,
    /// Requests denied.
    pub denied: u64,
    /// Requests that had to wait.
    pub queued: u64,
    /// Units of metered use.
    pub consumed: u64,
    /// Units taken back.
    pub undone: u64,
}
