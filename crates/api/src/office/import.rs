//! Imports: many rows at once, from CSV or JSON, with all faults of a file in one answer.
//!
//! Nothing of a file is taken in while one of its rows is at fault, unless it is asked to skip those.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImportSubject {
    /// Products with their features.
    Products,
    /// Customers.
    Customers,
    /// Entitlements, one row for a line.
    Entitlements,
}

impl ImportSubject {
    /// All subjects.
    pub const ALL: [Self; 3] = [Self::Products, Self::Customers, Self::Entitlements];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Entitlements => "entitlements",
        }
    }
}

impl fmt::Display for ImportSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ImportSubject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|subject| subject.word() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            format!("`{text}` can't be imported: one of {words}")
        })
    }
}

/// Query of `POST /api/v1/imports`; the body is `text/csv` or `application/json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What the rows are.
    pub what: ImportSubject,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
    /// Take in the good rows although others are at fault.
    #[serde(default)]
    pub skip_faulty: bool,
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportFault {
    /// Line of the file, from 1; for JSON the number of the row.
    pub line: u64,
    /// Column, where one is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    #[serde(default)]
    pub hint: String,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// What the rows are.
    pub what: ImportSubject,
    /// Nothing was changed: it was only asked what would happen.
    pub dry_run: bool,
    /// Rows of the file.
    pub rows: u64,
    /// Rows taken in.
    pub imported: u64,
    /// Rows that were there already just so.
    #[serde(default)]
    pub unchanged: u64,
    /// What came into being: names, numbers or activation IDs, in the order of the file; the first thousand.
    #[serde(default)]
    pub created: Vec<String>,
    /// Rows at fault.
    #[serde(default)]
    pub faults: Vec<ImportFault>,
}
