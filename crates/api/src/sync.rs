//! How a license server keeps in step with its publisher's office: when it asked last, what came of it.
//!
//! The server asks by itself (capability polling) where the office's address is in its configuration; `POST
//! /api/v1/office/sync` makes it ask now.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// `GET /api/v1/office`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfficeStatus {
    /// The office's address; absent: none is configured, updates come as files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The server asks by itself.
    pub polls: bool,
    /// Time between two rounds.
    pub interval_seconds: u64,
    /// The last round since the server started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<SyncRound>,
    /// Rounds in a row that failed.
    pub failures: u32,
}

/// One exchange with the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SyncRound {
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// What came of it.
    pub outcome: SyncOutcome,
    /// Operations applied.
    pub applied: u64,
    /// The container has applied so many operations now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// The office has the receipt; if not, the next round tells it the same.
    pub receipt_taken: bool,
    /// The code of what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What went wrong and what to do, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A report of use that was made: `GET /api/v1/usage-reports`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageReportRow {
    /// The ledger entry that it reaches to; names the report.
    pub to_sequence: u64,
    /// The days before this instant are in it, or in reports before it.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The office has it.
    pub taken: bool,
}

/// What came of an exchange with the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SyncOutcome {
    /// The container was brought up to date.
    Updated,
    /// It was up to date.
    InStep,
    /// There was no exchange; nothing has changed.
    Failed,
}
