//! Why a report of use is not taken in.
//!
//! Invariants: codes are stable. Deliberately not here: the checks.

use tenure_document::ContainerId;

/// Nothing was taken in, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsageRefusal {
    /// The office has never met the server's container.
    #[error("the office does not know container {}; send its context first", .id.serial())]
    ContainerUnknown {
        /// Which.
        id: ContainerId,
    },
    /// The report is of another generation than the one the office knows.
    #[error(
        "the report is of generation {theirs} of container {serial}, the office knows generation {ours}"
    )]
    WrongGeneration {
        /// Its serial.
        serial: String,
        /// The present generation.
        ours: u32,
        /// The one of the report.
        theirs: u32,
    },
    /// A part of it was reported already.
    #[error(
        "the report begins at entry {from} of container {serial}, of which everything up to {known} was reported: report from {} on", .known + 1
    )]
    Overlap {
        /// Its serial.
        serial: String,
        /// Where it begins.
        from: u64,
        /// The last entry reported.
        known: u64,
    },
    /// It contradicts itself.
    #[error("the report contradicts itself: {0}")]
    Malformed(&'static str),
}

impl UsageRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            UsageRefusal::ContainerUnknown { .. } => "container-unknown",
            UsageRefusal::WrongGeneration { .. } => "wrong-generation",
            UsageRefusal::Overlap { .. } => "usage-overlap",
            UsageRefusal::Malformed(_) => "malformed-usage",
        }
    }
}
