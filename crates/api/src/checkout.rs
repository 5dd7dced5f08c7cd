//! Asking for seats: checkout, preview and device set.
//!
//! A request hash in a lease document is the SHA-256 of the request's body bytes as they were sent; clients that
//! check it must hash exactly the bytes they put on the wire (`client::body_of`).
//! Each desired feature succeeds or fails by itself unless `all` is set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, Holder, LeaseId, MachineKind, PublicKey, Time, Version};
use utoipa::ToSchema;

use crate::dictionary::Dictionary;
use crate::schema::{DictionaryValueSchema, HolderSchema, MachineKindSchema};
use crate::terms::{Granularity, Seconds};
use crate::ticket::TicketAnswer;

/// `POST /api/v1/leases` and `POST /api/v1/previews`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutRequest {
    /// Who asks.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// What is wanted; without any, the server decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<DesiredFeature>,
    /// Borrow for this long instead of holding a floating lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow: Option<Seconds>,
    /// Round the lease's end up to this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// All features or none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all: bool,
    /// Facts about the requester that rules may ask for, at most 16 KiB in all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, DictionaryValueSchema>)]
    pub dictionary: Dictionary,
    /// Only items with these selectors, at most 4 KiB in all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// Wait in the queue for at most this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Seconds>,
    /// Echoed in the lease document, so that an answer can't be an old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes>,
    /// Bind the lease to this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub client_key: Option<PublicKey>,
}

impl CheckoutRequest {
    /// A request of `holder` for `features`, everything else as the server has it by default.
    pub fn new(holder: Holder, features: Vec<DesiredFeature>) -> Self {
        Self {
            holder,
            features,
            borrow: None,
            granularity: None,
            all: false,
            dictionary: Dictionary::new(),
            selectors: BTreeMap::new(),
            wait: None,
            nonce: None,
            client_key: None,
        }
    }
}

/// One wanted feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DesiredFeature {
    /// Feature name.
    #[schema(example = "cad")]
    pub name: String,
    /// Lowest version that will do; `"0"` for any.
    #[serde(default = "any_version")]
    #[schema(value_type = String, example = "2.0", default = "0")]
    pub version: Version,
    /// Number of seats, at least 1; all features of a request together at most 1,000,000.
    #[serde(default = "one", deserialize_with = "at_least_one")]
    #[schema(minimum = 1, default = 1)]
    pub count: u32,
    /// Fewer seats than `count` will do.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
}

impl DesiredFeature {
    /// `count` seats of `name`, at least `version`.
    pub fn new(name: impl Into<String>, version: Version, count: u32) -> Self {
        Self { name: name.into(), version, count, partial: false }
    }
}

/// Answer of a checkout: 201 when at least one lease was granted, 202 when something is waited for instead, else the
/// denials come as a problem (409).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckoutAnswer {
    /// What was granted.
    pub leases: Vec<LeaseGrant>,
    /// What was not, and why.
    #[serde(default)]
    pub denials: Vec<DenialAnswer>,
    /// What is waited for; only where the request said how long it would wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<TicketAnswer>,
}

/// A granted or renewed lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeaseGrant {
    /// The lease.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// Feature name.
    pub feature: String,
    /// Version of the items that the seats come from.
    #[schema(value_type = String)]
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// Seat numbers, at most 100,000 in one answer; the document has all, as inclusive ranges `[first, last]`.
    pub seats: Vec<u32>,
    /// Instant of the grant or of this renewal.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Time,
    /// The lease ends here unless it is renewed.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Renew at this instant, not before.
    #[schema(value_type = String, format = DateTime)]
    pub renew_after: Time,
    /// Needed to renew or release: `Authorization: Lease <token>`.
    pub token: String,
    /// Explanation code of the grant, for example `granted` or `granted-overdraft`.
    #[serde(default)]
    pub code: String,
    /// The lease outlives the connection to the server.
    #[serde(default)]
    pub borrowed: bool,
    /// What ends a borrowed lease before the time that was asked for: `borrow_interval_seconds` of its item, the
    /// property `borrow.interval-seconds` or `borrow.max-seconds`, `license-end`, or
    /// `certificate-end`: the server's certificate ends then, and a new one can't reach who is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "borrow.interval-seconds")]
    pub shortened_by: Option<String>,
    /// The signed lease document: compact JSON of the envelope, as a string.
    pub document: String,
}

/// One refused feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DenialAnswer {
    /// Under this ID the denial stands in the journal.
    pub id: String,
    /// Feature name as asked.
    pub feature: String,
    /// Version as asked.
    #[schema(value_type = String)]
    pub version: Version,
    /// Count as asked.
    pub count: u64,
    /// Denial code.
    #[schema(example = "no-seats")]
    pub reason: String,
    /// The reason for people, with the figures of this case.
    pub explanation: String,
    /// The nearest way to a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<RemedyAnswer>,
    /// Where the server looked.
    #[serde(default)]
    pub pools: Vec<PoolTried>,
}

/// What would help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RemedyAnswer {
    /// Kebab-case word.
    #[schema(example = "wait-for-seat")]
    pub code: String,
    /// The remedy for people.
    pub text: String,
    /// The earliest instant at which it may work by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Time>,
    /// The largest count that would have been granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// One pool the server looked into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PoolTried {
    /// Pool name; `default` for what is in no named pool.
    pub pool: String,
    /// Seats free for this request there; absent when uncounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<u64>,
    /// Seats in use there.
    #[serde(default)]
    pub used: u64,
    /// Denial code of this pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Answer of a preview; nothing was consumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewAnswer {
    /// One row per desired feature, in the order asked; without any, one per feature that the server would give.
    pub features: Vec<PreviewRow>,
}

/// What one desired feature would get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreviewRow {
    /// Feature name as asked, or as the server decides.
    pub feature: String,
    /// Version that would be granted, or as asked when nothing would.
    #[schema(value_type = String)]
    pub version: Version,
    /// Count as asked.
    pub requested: u32,
    /// Seats that would be granted now; 0 when refused, or when `all` is set and another feature is.
    pub granted: u32,
    /// The largest count available; absent when unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<u64>,
    /// When the lease would end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// Explanation code of the grant, or the denial code; with `all` of the first feature that is refused.
    pub code: String,
    /// The same for people.
    pub explanation: String,
    /// Where the server looked.
    #[serde(default)]
    pub pools: Vec<PoolTried>,
}

/// `PUT /api/v1/devices/{type}/{value}/features`: this device shall hold exactly this list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceSetRequest {
    /// The whole list; empty: the server decides.
    #[serde(default)]
    pub features: Vec<DesiredFeature>,
    /// User name on the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Stable workload identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Alias shown to administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of machine the device is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MachineKindSchema>)]
    pub kind: Option<MachineKind>,
    /// Borrow for this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow: Option<Seconds>,
    /// Round the leases' ends up to this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Facts about the requester that rules may ask for, at most 16 KiB in all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, DictionaryValueSchema>)]
    pub dictionary: Dictionary,
    /// Only items with these selectors, at most 4 KiB in all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// Echoed in the lease documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes>,
}

/// Answer of a device set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceSetAnswer {
    /// What was missing and is granted now.
    pub leases: Vec<LeaseGrant>,
    /// What the device held already and keeps.
    #[serde(default)]
    pub kept: Vec<KeptLease>,
    /// What it held beyond the list and holds no more.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub released: Vec<LeaseId>,
    /// What was missing and is refused.
    #[serde(default)]
    pub denials: Vec<DenialAnswer>,
}

/// A lease that a device set left as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptLease {
    /// The lease.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// Feature name.
    pub feature: String,
    /// Version of the items that the seats come from.
    #[schema(value_type = String)]
    pub version: Version,
    /// Number of seats.
    pub count: u32,
    /// The lease ends here unless it is renewed.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Renew at this instant, not before.
    #[schema(value_type = String, format = DateTime)]
    pub renew_after: Time,
    /// Needed to renew or release.
    pub token: String,
}

fn any_version() -> Version {
    Version { major: 0, minor: 0, patch: 0 }
}

fn one() -> u32 {
    1
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        0 => Err(serde::de::Error::custom("`count` is 0: ask for at least one seat")),
        count => Ok(count),
    }
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
