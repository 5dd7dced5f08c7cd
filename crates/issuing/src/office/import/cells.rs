//! What a cell means: texts, numbers, times; with faults that say what was meant to be there.
//!
//! Invariants: a date begins or ends with its day in UTC, as its column says; nothing is guessed.
//! Deliberately not here: reading the table (table).

use super::fault::RowFault;
use super::table::Row;
use std::fmt::Display;
use std::str::FromStr;
use tenure_document::Time;

/// The cells of one row, and the faults found in them.
pub(crate) struct Cells<'a> {
    row: &'a Row,
    faults: &'a mut Vec<RowFault>,
}

/// Which moment of a day a date without a time means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Begins,
    Ends,
}

impl<'a> Cells<'a> {
    pub fn new(row: &'a Row, faults: &'a mut Vec<RowFault>) -> Cells<'a> {
        Cells { row, faults }
    }

    /// The text of a column; empty when there is none.
    pub fn text(&self, column: &'static str) -> String {
        self.row.cells.get(column).cloned().unwrap_or_default()
    }

    /// The text of a column that must not be empty.
    pub fn required(&mut self, column: &'static str) -> Option<String> {
        let found = self.row.cells.get(column).cloned();
        if found.is_none() {
            let fault = RowFault::in_column(
                self.row.line,
                column,
                "the cell is empty",
                "every row needs one",
            );
            self.faults.push(fault);
        }
        found
    }

    /// A value that is read from its text; `None` when the cell is empty or wrong.
    pub fn value<T>(&mut self, column: &'static str, hint: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.row.cells.get(column)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let line = self.row.line;
                self.faults.push(RowFault::in_column(line, column, error.to_string(), hint));
                None
            }
        }
    }

    /// A date or a time.
    pub fn time(&mut self, column: &'static str, day: Day) -> Option<Time> {
        let text = self.row.cells.get(column)?;
        let rest = match day {
            Day::Begins => "T00:00:00Z",
            Day::Ends => "T23:59:59.999Z",
        };
        let read = text.parse().or_else(|_| format!("{text}{rest}").parse());
        if read.is_err() {
            let what = format!("{:?} is neither a date nor a time", shown(text));
            let hint = "write 2027-12-31, or 2027-12-31T18:00:00Z (UTC)";
            self.faults.push(RowFault::in_column(self.row.line, column, what, hint));
        }
        read.ok()
    }
}

/// A whole number as it is written in a cell.
pub(crate) struct Whole(pub u32);

impl FromStr for Whole {
    type Err = String;

    fn from_str(text: &str) -> Result<Whole, String> {
        text.parse().map(Whole).map_err(|_| format!("{:?} is not a whole number", shown(text)))
    }
}

pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
