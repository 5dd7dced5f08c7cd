//! The model of the license server: its text, what is wrong with a text, what another one would do, its history.
//!
//! A text goes up as `text/plain`, with what else there is to say in the query, or as JSON. What the language means is
//! the server's business.

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, LeaseId, Time};
use utoipa::{IntoParams, ToSchema};

use crate::checkout::is_false;
use crate::pools::PoolRow;
use crate::reservations::UnfitEntry;

/// A model as JSON; as `text/plain` the body is the text and the rest stands in the query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelRequest {
    /// The text, at most 900 KB.
    pub text: String,
    /// Leases that the new model would not give go on being renewed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_leases: bool,
    /// What the author says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the text is called in the faults that are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What stands in the query where the body is the text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ModelQuery {
    /// Leases that the new model would not give go on being renewed.
    #[serde(default)]
    pub keep_leases: Option<bool>,
    /// What the author says about it.
    #[serde(default)]
    pub note: Option<String>,
    /// What the text is called in the faults that are shown.
    #[serde(default)]
    pub file: Option<String>,
}

/// `POST /api/v1/model/rollback`: put an earlier version in force again, as a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// Which.
    pub version: u64,
    /// Leases that it would not give go on being renewed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_leases: bool,
    /// What the author says about it; "back to version N" by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A version of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelVersionRow {
    /// Its number, from 1.
    pub version: u64,
    /// Who set it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// What the author says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Leases that it would not give go on being renewed.
    #[serde(default)]
    pub keep_leases: bool,
    /// SHA-256 of the text.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// Length of the text.
    pub bytes: u64,
    /// It is the model of now.
    pub in_force: bool,
    /// Since when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Time>,
    /// Who deleted it, where no other followed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    /// The text is still kept.
    pub has_text: bool,
}

/// A version of the model with its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelAnswer {
    /// The version.
    #[serde(flatten)]
    pub version: ModelVersionRow,
    /// Its name.
    pub name: String,
    /// Named pools in it.
    pub pools: u64,
    /// Rules in it.
    pub rules: u64,
    /// Its text.
    pub text: String,
    /// What it was hardly meant to do; filled when a model is set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ModelFinding>,
}

/// Answer of a check. Nothing was changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelCheck {
    /// The text can be put in force.
    pub usable: bool,
    /// The model's name, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Named pools in it.
    pub pools: u64,
    /// Rules in it.
    pub rules: u64,
    /// Errors where it can't be used, else warnings: at most 100, in the order of the text.
    pub findings: Vec<ModelFinding>,
}

/// One thing that is wrong in a model, or was hardly meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelFinding {
    /// `error` or `warning`.
    pub severity: String,
    /// Stable kebab-case word.
    #[schema(example = "unknown-pool")]
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line; of a very long one the part around the place.
    pub text: String,
    /// First wrong character in `text`, from 0.
    pub caret: u32,
    /// How many characters are wrong.
    pub caret_length: u32,
    /// What would have been right there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do, for example a name that may be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// All of it as a terminal shows it, with a caret below the line.
    pub shown: String,
}

/// Answer of a preview of another model. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelPreview {
    /// The pools now.
    pub before: Vec<PoolRow>,
    /// The pools with that model.
    pub after: Vec<PoolRow>,
    /// How many leases would no longer be renewed.
    pub ending: u64,
    /// The first 1,000 of them, oldest first.
    pub leases: Vec<EndingLease>,
    /// Reservations that are kept in full now and would not be; the first 1,000 of them.
    #[serde(default)]
    pub unfit: Vec<UnfitEntry>,
    /// What was hardly meant.
    #[serde(default)]
    pub findings: Vec<ModelFinding>,
}

/// A lease that another model would not renew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndingLease {
    /// The lease.
    #[schema(value_type = String)]
    pub id: LeaseId,
    /// Who holds it: host, and the user where one is known.
    pub holder: String,
    /// Feature name.
    pub feature: String,
    /// Number of seats.
    pub count: u32,
    /// It would end then.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Time,
    /// Why it would not be renewed: a code.
    #[schema(example = "pool-not-given")]
    pub reason: String,
    /// The same for people.
    pub explanation: String,
}

/// Query of a comparison of versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The older version; the one before `to` by default.
    pub from: Option<u64>,
    /// The newer version; the last one by default.
    pub to: Option<u64>,
}

/// What changed from one version of the model to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelDiff {
    /// The older version; 0 for no model at all.
    pub from: u64,
    /// The newer version.
    pub to: u64,
    /// Lines that were added.
    pub added: u64,
    /// Lines that were taken out.
    pub removed: u64,
    /// The difference in unified form, three lines of context.
    pub unified: String,
}
