//! Metered features: consuming, taking back, and numbered batches from clients that were off line.
//!
//! A batch is exactly once by `client` and `sequence`: records at or below the highest sequence the server has
//! seen from that client are answered again and not counted again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, Holder, Time, Version};
use utoipa::ToSchema;

use crate::dictionary::Dictionary;
use crate::schema::{DictionaryValueSchema, HolderSchema};

/// `POST /api/v1/usage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageRequest {
    /// Who consumes.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// Feature name.
    pub feature: String,
    /// Lowest version that will do; `"0"` for any.
    #[serde(default = "any_version")]
    #[schema(value_type = String, default = "0")]
    pub version: Version,
    /// Units to consume, at least 1.
    #[serde(deserialize_with = "at_least_one")]
    #[schema(minimum = 1)]
    pub count: u64,
    /// Facts about the requester that rules may ask for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, DictionaryValueSchema>)]
    pub dictionary: Dictionary,
    /// For the caller's own checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub nonce: Option<Bytes>,
}

/// Answer of a consumption: 201.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageAnswer {
    /// Under this ID the consumption can be taken back.
    pub id: String,
    /// Needed to take it back: `Authorization: Lease <token>` or `token` in the body.
    #[serde(default)]
    pub token: String,
    /// Feature name.
    pub feature: String,
    /// Version of the items consumed from.
    #[schema(value_type = String)]
    pub version: Version,
    /// Units consumed.
    pub count: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Time,
    /// It can be taken back until this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undo_until: Option<Time>,
    /// Units left; absent when unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
}

/// `POST /api/v1/usage/{id}/undo`: takes a consumption back as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// The consumption's token, unless it is in the `Authorization` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// For the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `POST /api/v1/usage/batch`: what a client consumed while it was off line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageBatchRequest {
    /// Who consumed.
    #[schema(value_type = HolderSchema)]
    pub holder: Holder,
    /// Stable name of the numbering, made once by the client: at most 128 bytes.
    pub client: String,
    /// The records, sequences rising by one.
    pub records: Vec<BatchRecord>,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRecord {
    /// Number of the record; the first ever is 1.
    pub sequence: u64,
    /// Feature name.
    pub feature: String,
    /// Lowest version that will do; `"0"` for any.
    #[serde(default = "any_version")]
    #[schema(value_type = String, default = "0")]
    pub version: Version,
    /// Units consumed, at least 1, at most 1,000,000,000,000.
    #[serde(deserialize_with = "at_least_one")]
    #[schema(minimum = 1)]
    pub count: u64,
    /// When, by the client's clock; for the journal only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Time>,
}

/// Answer of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageBatchAnswer {
    /// The highest sequence the server has recorded for this client; the client may forget up to here.
    pub acknowledged: u64,
    /// One result per record that was new in this batch.
    #[serde(default)]
    pub results: Vec<BatchResult>,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchResult {
    /// Number of the record.
    pub sequence: u64,
    /// The consumption, when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Needed to take it back: `Authorization: Lease <token>` or `token` in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// It can be taken back until this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undo_until: Option<Time>,
    /// Denial code, when it was not; the sequence is used up all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn any_version() -> Version {
    Version { major: 0, minor: 0, patch: 0 }
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        0 => Err(serde::de::Error::custom("`count` is 0: nothing to record")),
        count => Ok(count),
    }
}
