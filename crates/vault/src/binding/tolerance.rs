//! How much of a machine may change before its containers stay closed.
//!
//! Deliberately not here: who chooses (the publisher, per kind of container).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The share of the bound weight that must be found again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// Two fifths.
    Loose,
    /// Three fifths.
    #[default]
    Medium,
    /// Four fifths.
    Strict,
}

impl Tolerance {
    /// The weight that is needed of a total, rounded up.
    pub fn threshold(self, total: u32) -> u32 {
        let percent = match self {
            Tolerance::Loose => 40,
            Tolerance::Medium => 60,
            Tolerance::Strict => 80,
        };
        (total * percent).div_ceil(100).max(1)
    }

    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            Tolerance::Loose => "loose",
            Tolerance::Medium => "medium",
            Tolerance::Strict => "strict",
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Tolerance {
    type Err = String;

    fn from_str(text: &str) -> Result<Tolerance, String> {
        [Tolerance::Loose, Tolerance::Medium, Tolerance::Strict]
            .into_iter()
            .find(|one| one.name() == text)
            .ok_or_else(|| format!("{text:?} is not a tolerance: loose, medium or strict"))
    }
}
