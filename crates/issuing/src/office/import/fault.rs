//! What is wrong with a row.
//!
//! Invariants: a fault names the line as an editor counts it, says what is there, and what would do.
//! Deliberately not here: looking for faults.

/// What is wrong with a row, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowFault {
    /// The line of the text, from 1.
    pub line: u64,
    /// The column or member, where it is one.
    pub column: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do; empty where `what` says it.
    pub hint: String,
}

impl RowFault {
    /// A fault in a column.
    pub(crate) fn in_column(
        line: u64,
        column: &str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> RowFault {
        RowFault { line, column: Some(column.to_owned()), what: what.into(), hint: hint.into() }
    }

    /// A fault of the row as a whole.
    pub(crate) fn of_row(line: u64, what: impl Into<String>, hint: impl Into<String>) -> RowFault {
        RowFault { line, column: None, what: what.into(), hint: hint.into() }
    }
}
