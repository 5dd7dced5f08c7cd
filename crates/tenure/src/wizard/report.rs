//! What became of each device of a run: a table for people, CSV or JSON for programs.
//!
//! Invariants: one row for each device, in the order of the list; texts in CSV can't become formulas.
//! Deliberately not here: doing it.

use super::{drive::Outcome, plan::End};
use crate::{
    admin::output::{Column, Output},
    exit::{Failure, Kind},
    explain,
};
use serde::Serialize;
use std::path::Path;
use tenure_issuing::office::export::csv_line;
use tenure_vault::write_atomic;

/// One device.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name in the list.
    pub name: String,
    /// The container.
    pub serial: String,
    /// `done`, `nothing-to-do`, `to-carry`, `refused` or `failed`.
    pub result: &'static str,
    /// The code of a refusal or fault.
    pub code: String,
    /// The operation that the container is at, where that was seen.
    pub operation: Option<u64>,
    /// What was done, or what was wrong.
    pub what: String,
    /// What to do next.
    pub next: String,
    /// The kind of a failure.
    #[serde(skip)]
    pub failed: Option<Kind>,
}

impl Row {
    /// A device that was served, or not.
    pub fn of(name: &str, done: &Result<Outcome, Failure>) -> Row {
        match done {
            Ok(outcome) => Row {
                name: name.to_owned(),
                serial: outcome.serial.clone(),
                result: word(&outcome.end),
                code: String::new(),
                operation: outcome.sequence,
                what: outcome.changes.join("; "),
                next: outcome.next.first().cloned().unwrap_or_default(),
                failed: None,
            },
            Err(failure) => Row {
                name: name.to_owned(),
                serial: String::new(),
                result: if failure.kind == Kind::Refused { "refused" } else { "failed" },
                code: failure.code.clone().unwrap_or_default(),
                operation: None,
                what: failure.message.clone(),
                next: failure.hint.clone().unwrap_or_default(),
                failed: Some(failure.kind),
            },
        }
    }
}

/// How a run ended, in one word.
pub fn word(end: &End) -> &'static str {
    match end {
        End::Confirmed | End::Applied => "done",
        End::NothingToDo => "nothing-to-do",
        End::NewerGeneration => "refused",
        End::ContextAtDevice | End::ApplyAtDevice | End::AskAtOffice | End::HandOverAtOffice => {
            "to-carry"
        }
    }
}

/// Shows the rows.
///
/// # Errors
/// Standard output can't be written.
pub fn show(rows: &[Row], json: bool) -> anyhow::Result<()> {
    let output = Output::new(json);
    if json {
        return output.value(&rows);
    }
    const COLUMNS: [Column; 5] = [
        Column::Text("DEVICE"),
        Column::Text("CONTAINER"),
        Column::Text("RESULT"),
        Column::Number("OPERATION"),
        Column::Text("WHAT"),
    ];
    let cells = |row: &Row| {
        let code = if row.code.is_empty() { String::new() } else { format!("{}: ", row.code) };
        vec![
            row.name.clone(),
            row.serial.clone(),
            row.result.to_owned(),
            row.operation.map_or_else(String::new, |number| number.to_string()),
            format!("{code}{}", row.what),
        ]
    };
    output.rows(&COLUMNS, rows.iter().map(cells))?;
    for row in rows.iter().filter(|row| row.failed.is_some() && !row.next.is_empty()) {
        output.line(&format!("{}: {}", row.name, row.next))?;
    }
    Ok(())
}

/// Writes the rows to a file, as CSV or JSON by its name.
///
/// # Errors
/// It can't be written.
pub fn write(rows: &[Row], file: &Path) -> anyhow::Result<()> {
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text =
        if is_json { format!("{}\n", serde_json::to_string_pretty(rows)?) } else { csv(rows) };
    Ok(write_atomic(file, text.as_bytes(), 0o644).map_err(explain::vault)?)
}

fn csv(rows: &[Row]) -> String {
    let head = ["name", "serial", "result", "code", "operation", "what", "next"];
    let mut text = csv_line(&head);
    for row in rows {
        let operation = row.operation.map_or_else(String::new, |number| number.to_string());
        text += &csv_line(&[
            &row.name,
            &row.serial,
            row.result,
            &row.code,
            &operation,
            &row.what,
            &row.next,
        ]);
    }
    text
}
