//! The reports of use that were made for the publisher, as the state keeps them.
//!
//! Invariants: in the order of the ledger, each goes on where the one before ended; bounded, the oldest go first.
//! Deliberately not here: what a report holds and when one is due (reporting).

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use tenure_document::{Hash, Time};

/// The most reports that stay readable.
const KEPT: usize = 24;

/// A report as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageReport {
    /// The ledger entry that it reaches to; names the report.
    pub to_sequence: u64,
    /// The hash of that entry.
    pub head: Hash,
    /// The days before this instant are in it or in reports before it.
    pub until: Time,
    /// The signed document, as envelope JSON.
    pub document: String,
    /// When it was made.
    pub at: Time,
    /// The office has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken: bool,
}

/// All reports that are kept, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct UsageReports(VecDeque<UsageReport>);

impl UsageReports {
    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &UsageReport> {
        self.0.iter()
    }

    /// The newest.
    pub(crate) fn last(&self) -> Option<&UsageReport> {
        self.0.back()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, report: UsageReport) {
        self.0.push_back(report);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    pub(crate) fn take(&mut self, to_sequence: u64) {
        for report in self.0.iter_mut().filter(|report| report.to_sequence <= to_sequence) {
            report.taken = true;
        }
    }
}
