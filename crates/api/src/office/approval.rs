//! Approvals: what a second person must agree to.
//!
//! A call that needs one is answered 202 with the approval; the same call approved by another person is carried out as
//! of then. Deliberately not here: what needs an approval (policies of the office).

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// How an approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalState {
    /// A second person must decide.
    Waiting,
    /// Agreed, and done.
    Approved,
    /// Refused.
    Rejected,
    /// Nobody decided in time.
    Lapsed,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalRow {
    /// Its number.
    #[schema(example = "P-0000007")]
    pub approval: String,
    /// What is to be done, a kebab-case word.
    pub what: String,
    /// The same for people.
    pub summary: String,
    /// Why it needs a second person.
    pub why: String,
    /// Who asked: a user, or the holder of an activation ID.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Nobody can agree after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// How it stands.
    pub state: ApprovalState,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `POST /api/v1/approvals/{approval}/reject`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectRequest {
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}

/// What became of a call that may need a second person.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided<T> {
    /// It is done.
    Done(T),
    /// 202: it waits for this.
    Waiting(ApprovalRow),
}

impl<T> Decided<T> {
    /// The result, if it is done.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Waiting(_) => None,
        }
    }
}
