//! Reading CSV: a line of column names, then rows, as spreadsheets write them.
//!
//! Invariants: columns are found by their name, in any order and case; comma, semicolon or tab divides them, whichever
//! the first line has most of; a quoted cell may hold all of these and line breaks; an empty row is passed over. A quote
//! before a formula, which an export puts there, is taken off again.
//! Deliberately not here: what a cell means (cells).

use super::fault::RowFault;
use std::collections::BTreeMap;

/// Longest text that is read.
pub(crate) const TEXT_MAX: usize = 16 * 1024 * 1024;
/// Most rows of a list.
pub(crate) const ROWS_MAX: usize = 20_000;
/// Longest cell.
const CELL_MAX: usize = 10_000;

/// A column that a list may have.
pub(crate) struct Column {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Every list has it.
    pub required: bool,
}

/// A row: its line, and its cells by the name of their column; empty ones are absent.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub line: u64,
    pub cells: BTreeMap<&'static str, String>,
    /// It has more or fewer cells than there are columns, which is told already: nothing can be made of it.
    pub ragged: bool,
}

impl Row {
    /// A cell; empty where there is none.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// Some cells together, by which rows belong together.
    pub fn key(&self, columns: &[&str]) -> String {
        columns.iter().map(|column| self.cell(column)).collect::<Vec<_>>().join("\n")
    }
}

/// All rows, and all faults that reading alone shows.
pub(crate) fn read(text: &str, columns: &[Column]) -> (Vec<Row>, Vec<RowFault>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > TEXT_MAX {
        let what = format!("the list is {} bytes long, the most is {TEXT_MAX}", text.len());
        return (Vec::new(), vec![RowFault::of_row(1, what, "import it in parts")]);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let names = match records.next() {
        None => {
            let what = "the list is empty";
            let hint = format!("the first line names the columns: {}", all(columns));
            return (Vec::new(), vec![RowFault::of_row(1, what, hint)]);
        }
        Some(Err(error)) => return (Vec::new(), vec![unreadable(&error)]),
        Some(Ok(names)) => names,
    };
    let (places, mut faults) = places(&names, columns);
    if !faults.is_empty() {
        return (Vec::new(), faults);
    }
    let mut rows = Vec::new();
    let mut lines = Lines::of(text);
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(unreadable(&error));
                break;
            }
        };
        let line = lines.line_of(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            let what = format!("the list has more than {ROWS_MAX} rows");
            faults.push(RowFault::of_row(line, what, "import it in parts"));
            break;
        }
        if record.len() != places.len() {
            let what =
                format!("the row has {} cells, there are {} columns", record.len(), places.len());
            let hint = "put cells that hold the divider into quotes, and leave empty ones empty";
            faults.push(RowFault::of_row(line, what, hint));
        }
        let cells = places.iter().zip(record.iter());
        let cells = cells.filter_map(|(name, cell)| {
            let cell = plain(cell);
            if cell.chars().count() > CELL_MAX {
                let what = format!("the cell has more than {CELL_MAX} characters");
                faults.push(RowFault::in_column(line, name, what, "shorten it"));
                return None;
            }
            (!cell.is_empty()).then(|| (*name, cell.to_owned()))
        });
        let cells = cells.collect();
        rows.push(Row { line, cells, ragged: record.len() != places.len() });
    }
    (rows, faults)
}

/// Counts the lines of a text, up to places that only grow.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    pub fn of(text: &str) -> Lines<'_> {
        Lines { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line in which something begins that stands at `place`, or after the line breaks there.
    pub fn line_of(&mut self, place: u64) -> u64 {
        let place = usize::try_from(place).unwrap_or(usize::MAX).min(self.text.len());
        let breaks = self.text[place..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let place = place + breaks.count();
        let passed = &self.text[self.at.min(place)..place];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = place;
        self.line
    }
}

/// Takes out whatever has a faulty row: a part of an order is not what was ordered.
pub(crate) fn leave_out<T>(
    drafts: Vec<T>,
    faulty: &BTreeMap<String, u64>,
    key_and_line: impl Fn(&T) -> (String, u64),
    faults: &mut Vec<RowFault>,
) -> Vec<T> {
    let (mut whole, mut left_out) = (Vec::with_capacity(drafts.len()), Vec::new());
    for draft in drafts {
        let (key, line) = key_and_line(&draft);
        match faulty.get(&key) {
            None => whole.push(draft),
            Some(other) => {
                let what = format!("left out, because line {other} belongs to it");
                left_out.push(RowFault::of_row(line, what, ""));
            }
        }
    }
    faults.extend(left_out);
    whole
}

/// A cell without spaces around it, and without the quote that keeps a formula from being one.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(crate::office::export::FORMULA_SIGNS) => rest,
        _ => cell,
    }
}

/// The divider that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or("");
    let count = |divider: u8| first.bytes().filter(|byte| *byte == divider).count();
    [b';', b'\t'].into_iter().fold(
        b',',
        |best, divider| {
            if count(divider) > count(best) { divider } else { best }
        },
    )
}

/// The name of each column, or what is wrong with the first line.
fn places(names: &csv::StringRecord, columns: &[Column]) -> (Vec<&'static str>, Vec<RowFault>) {
    let (mut places, mut faults) = (Vec::new(), Vec::new());
    let names = names.iter().map(|name| name.trim().to_lowercase().replace([' ', '-'], "_"));
    let names: Vec<String> = names.collect();
    if !names.iter().any(|name| columns.iter().any(|column| column.name == name)) {
        // Perhaps another file, even a secret one: its line is not shown.
        let what = "the first line names none of the columns of such a list";
        let hint = format!("the columns are {}", all(columns));
        return (places, vec![RowFault::of_row(1, what, hint)]);
    }
    for name in names {
        match columns.iter().find(|column| column.name == name) {
            None => {
                let what =
                    format!("there is no column {:?}", name.chars().take(80).collect::<String>());
                faults.push(RowFault::in_column(
                    1,
                    &name,
                    what,
                    format!("the columns are {}", all(columns)),
                ));
            }
            Some(column) if places.contains(&column.name) => {
                let what = "the column stands there twice";
                faults.push(RowFault::in_column(1, column.name, what, "delete one of them"));
            }
            Some(column) => places.push(column.name),
        }
    }
    for column in columns.iter().filter(|column| column.required) {
        if !places.contains(&column.name) {
            let what = format!("the column {:?} is missing", column.name);
            let hint = format!("the columns are {}", all(columns));
            faults.push(RowFault::in_column(1, column.name, what, hint));
        }
    }
    (places, faults)
}

fn all(columns: &[Column]) -> String {
    let shown = |column: &Column| match column.required {
        true => format!("{} (required)", column.name),
        false => column.name.to_owned(),
    };
    columns.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn unreadable(error: &csv::Error) -> RowFault {
    let line = error.position().map_or(1, csv::Position::line);
    RowFault::of_row(line, format!("not readable as CSV: {error}"), "save the list as CSV in UTF-8")
}
