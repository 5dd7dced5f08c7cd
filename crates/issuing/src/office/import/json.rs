//! Reading JSON: a list of objects, each with the line it begins in.
//!
//! Invariants: one object that can't be read does not hide the others; unknown members are faults, not passed over.
//! Deliberately not here: what the objects mean.

use super::fault::RowFault;
use super::table::{Lines, ROWS_MAX, TEXT_MAX};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// All objects, each with its line, and all faults.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> (Vec<(u64, T)>, Vec<RowFault>) {
    if text.len() > TEXT_MAX {
        let what = format!("the list is {} bytes long, the most is {TEXT_MAX}", text.len());
        return (Vec::new(), vec![RowFault::of_row(1, what, "import it in parts")]);
    }
    let raw: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let line = u64::try_from(error.line()).unwrap_or(1).max(1);
            let message = without_place(&error);
            let what = format!("not readable as a JSON list: {message}");
            return (
                Vec::new(),
                vec![RowFault::of_row(line, what, "a list of objects: [{…}, {…}]")],
            );
        }
    };
    if raw.len() > ROWS_MAX {
        let what = format!("the list has more than {ROWS_MAX} objects");
        return (Vec::new(), vec![RowFault::of_row(1, what, "import it in parts")]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut lines = Lines::of(text);
    for raw in raw {
        let begins = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        let line = lines.line_of(begins as u64);
        match serde_json::from_str(raw.get()) {
            Ok(value) => found.push((line, value)),
            Err(error) => {
                let within = u64::try_from(error.line()).unwrap_or(1).saturating_sub(1);
                let message = without_place(&error);
                faults.push(RowFault::of_row(line + within, message, ""));
            }
        }
    }
    (found, faults)
}

/// What is wrong, without the place, which is said beside it.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.clone(), |(text, _)| text.to_owned())
}
