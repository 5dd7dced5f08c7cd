//! Problem documents: every error of a server, RFC 9457, `application/problem+json`.
//!
//! `code` is the stable word that programs act on; `title` and `detail` are for people and may change.
//! The mapping of refusals and faults to a status is the server's, in one place there.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::checkout::DenialAnswer;
use crate::model::ModelFinding;
use crate::office::import::ImportFault;
use crate::reservations::UnfitEntry;

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI reference that names the kind of problem.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// Short summary for people, the same for every problem of this code.
    #[serde(default)]
    pub title: String,
    /// The HTTP status, repeated.
    #[serde(default)]
    pub status: u16,
    /// What is wrong this time and what to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Stable kebab-case word.
    #[schema(example = "no-seats")]
    #[serde(default)]
    pub code: String,
    /// The feature of the first denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// The reason of the first denial, a denial code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The explanation of the first denial for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// All denials, when nothing was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<DenialAnswer>,
    /// Everything that is wrong with a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ModelFinding>,
    /// All entries of reservations that do not fit, when nothing was posted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<UnfitEntry>,
    /// All rows of an import that are at fault, when nothing was imported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<ImportFault>,
}

impl Problem {
    /// A problem of one code; `type` is `/problems/<code>`.
    pub fn new(
        status: u16,
        code: &str,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: title.into(),
            status,
            detail: detail.into(),
            code: code.to_owned(),
            feature: None,
            reason: None,
            explanation: None,
            denials: Vec::new(),
            findings: Vec::new(),
            entries: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// The same problem with the entries that do not fit.
    pub fn with_entries(mut self, entries: Vec<UnfitEntry>) -> Self {
        self.entries = entries;
        self
    }

    /// The same problem with the rows of an import that are at fault.
    pub fn with_faults(mut self, faults: Vec<ImportFault>) -> Self {
        self.faults = faults;
        self
    }

    /// The same problem with the denials that caused it; the first one also fills `feature`, `reason` and
    /// `explanation`.
    pub fn with_denials(mut self, denials: Vec<DenialAnswer>) -> Self {
        if let Some(first) = denials.first() {
            self.feature = Some(first.feature.clone());
            self.reason = Some(first.reason.clone());
            self.explanation = Some(first.explanation.clone());
        }
        self.denials = denials;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said =
            [self.explanation.as_deref(), Some(self.detail.as_str()), Some(self.title.as_str())];
        let said =
            said.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or("no further detail");
        write!(f, "{} ({})", said, self.code)
    }
}

fn about_blank() -> String {
    "about:blank".to_owned()
}
