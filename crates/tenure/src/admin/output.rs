//! Answers on standard output: tables for people, JSON for programs.
//!
//! Invariants: JSON is what the server sent, whole; a table ends with how many rows there are in all and how to see
//! more; an empty list says what to do next.
//! Deliberately not here: which columns a list has; that stands with the command.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};
use tenure_api::Page;
use tenure_document::{Holder, HostId, MachineKind, Time};

/// How answers are shown.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
    csv: bool,
}

/// One column: its heading, and whether it holds numbers (which stand to the right).
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Words.
    Text(&'static str),
    /// Numbers.
    Number(&'static str),
}

impl Output {
    /// `json`: for programs.
    pub fn new(json: bool) -> Output {
        Output { json, csv: false }
    }

    /// The same with tables for spreadsheets.
    #[must_use]
    pub fn or_csv(self, csv: bool) -> Output {
        Output { csv, ..self }
    }

    /// Tables are for spreadsheets.
    pub fn is_csv(self) -> bool {
        self.csv
    }

    /// Answers are for programs.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// One page of a list. `empty` says what to do when there is nothing.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn page<T: Serialize>(
        self,
        page: &Page<T>,
        columns: &[Column],
        empty: &str,
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<()> {
        if self.json {
            return self.value(page);
        }
        if self.csv {
            return self.rows(columns, page.items.iter().map(row));
        }
        if page.total == 0 {
            return self.line(empty);
        }
        if !page.items.is_empty() {
            self.line(&table(columns, page.items.iter().map(row)))?;
        }
        place(page).map_or(Ok(()), |place| self.line(&place))
    }

    /// Rows that are no page: details of one thing.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn rows(
        self,
        columns: &[Column],
        rows: impl Iterator<Item = Vec<String>>,
    ) -> anyhow::Result<()> {
        if self.csv {
            std::io::stdout().lock().write_all(&sheet(columns, rows)?)?;
            return Ok(());
        }
        self.line(&table(columns, rows))
    }

    /// Names and values of one thing, aligned.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn facts(self, facts: &[(&str, String)]) -> anyhow::Result<()> {
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let lines: Vec<String> =
            facts.iter().map(|(name, value)| format!("{name:<width$}  {value}")).collect();
        self.line(&lines.join("\n"))
    }

    /// JSON of anything.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn value<T: Serialize>(self, value: &T) -> anyhow::Result<()> {
        self.line(&serde_json::to_string_pretty(value)?)
    }

    /// JSON for programs, else the sentence.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn said<T: Serialize>(self, value: &T, sentence: &str) -> anyhow::Result<()> {
        if self.json { self.value(value) } else { self.line(sentence) }
    }

    /// One line or block of text.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn line(self, text: &str) -> anyhow::Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.write_all(b"\n")?;
        Ok(())
    }
}

/// Which page of how many it is, unless it is all there is.
fn place<T>(page: &Page<T>) -> Option<String> {
    let pages = page.total.div_ceil(u64::from(page.size.max(1)));
    let (number, total) = (page.page, page.total);
    if page.items.is_empty() {
        return Some(format!("there is no page {number}: {total} rows are on {pages}"));
    }
    (pages > 1)
        .then(|| format!("page {number} of {pages}, {total} rows; more with --page and --size"))
}

fn table(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    // In a pipe there is no width to fit into, and a cut or wrapped value would be a wrong one.
    let arrangement = if std::io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    };
    table.set_content_arrangement(arrangement);
    table.set_header(columns.iter().map(|column| match column {
        Column::Text(name) | Column::Number(name) => *name,
    }));
    table.add_rows(rows.map(|cells| cells.into_iter().map(printable).collect::<Vec<String>>()));
    for (index, column) in columns.iter().enumerate() {
        if let (Column::Number(_), Some(column)) = (column, table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A table as comma separated values. A cell that a spreadsheet would run as a formula is made a text.
fn sheet(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> anyhow::Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(columns.iter().map(|column| match column {
        Column::Text(name) | Column::Number(name) => *name,
    }))?;
    for cells in rows {
        sheet.write_record(cells.into_iter().map(|cell| {
            let would_run = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            match would_run && cell.parse::<f64>().is_err() {
                true => format!("'{cell}"),
                false => cell,
            }
        }))?;
    }
    Ok(sheet.into_inner()?)
}

/// Names come from clients: nothing in them may move the cursor or ring the bell.
fn printable(text: String) -> String {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
    } else {
        text
    }
}

/// An instant as people read it, UTC, to the second.
pub fn instant(time: Time) -> String {
    let text = time.to_string();
    let whole = text.split_once('.').map_or_else(|| text.clone(), |(whole, _)| format!("{whole}Z"));
    whole.replacen('T', " ", 1)
}

/// An instant that may be absent.
pub fn instant_or(time: Option<Time>, absent: &str) -> String {
    time.map_or_else(|| absent.to_owned(), instant)
}

/// A count that is absent when there is no limit.
pub fn count_or_unlimited(count: Option<u64>) -> String {
    count.map_or_else(|| "∞".to_owned(), |count| count.to_string())
}

/// A host as people write it: the value, with its type unless that is STRING.
pub fn host(host: &HostId) -> String {
    match host.kind.to_string().as_str() {
        "STRING" => host.value.clone(),
        kind => format!("{}/{kind}", host.value),
    }
}

/// A holder in one cell: `user@host`, with owner or process where they tell holders apart.
pub fn holder(holder: &Holder) -> String {
    let mut text = holder.user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
    text.push_str(&host(&holder.host));
    for (name, part) in
        [("owner", &holder.owner), ("session", &holder.session), ("process", &holder.process)]
    {
        if let Some(part) = part {
            text.push_str(&format!(" {name} {part}"));
        }
    }
    text
}

/// A kind of machine in one word.
pub fn machine(kind: MachineKind) -> &'static str {
    match kind {
        MachineKind::Physical => "physical",
        MachineKind::Virtual => "virtual",
        MachineKind::Container => "container",
        MachineKind::Unknown => "unknown",
    }
}

/// Seat numbers, ranges joined: `1-5, 9`.
pub fn seat_ranges(ranges: impl Iterator<Item = [u32; 2]>) -> String {
    let parts: Vec<String> = ranges
        .map(
            |[first, last]| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            },
        )
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_page_beyond_the_last_one_says_so() {
        let check = |items: Vec<u32>, page, total, expected: expect_test::Expect| {
            let page = Page { items, page, size: 2, total };
            expected.assert_eq(&place(&page).unwrap_or_default());
        };
        check(vec![1, 2], 1, 2, expect![""]);
        check(vec![3], 2, 3, expect!["page 2 of 2, 3 rows; more with --page and --size"]);
        check(vec![], 9, 3, expect!["there is no page 9: 3 rows are on 2"]);
    }

    #[test]
    fn tables_are_aligned_and_safe_to_print() {
        let columns = [Column::Text("feature"), Column::Number("used")];
        let rows = [
            vec!["cad".to_owned(), "7".to_owned()],
            vec!["c\u{1b}[2Jae".to_owned(), "12".to_owned()],
        ];
        expect![[r#"
            ┌─────────┬──────┐
            │ feature ┆ used │
            ╞═════════╪══════╡
            │ cad     ┆    7 │
            │ c�[2Jae ┆   12 │
            └─────────┴──────┘"#]]
        .assert_eq(&table(&columns, rows.into_iter()));
        let rows = [
            vec!["=1+2".to_owned(), "-7".to_owned()],
            vec!["a, \"b\"".to_owned(), "12".to_owned()],
        ];
        let sheet = sheet(&columns, rows.into_iter()).expect("a sheet");
        expect![[r#"
            feature,used
            '=1+2,-7
            "a, ""b""",12
        "#]]
        .assert_eq(&String::from_utf8_lossy(&sheet));
        assert_eq!(seat_ranges([[1, 5], [9, 9]].into_iter()), "1-5, 9");
    }
}
