//! Rows laid out: for people as a table or, where that is too wide, as records; for spreadsheets.
//!
//! Invariants: no word is broken, so what is shown can be read and copied: lines break at spaces, and in a pipe not at
//! all; nothing in a cell moves the cursor.
//! Deliberately not here: where it is written to (`output`).

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets::UTF8_FULL_CONDENSED,
};

/// One column: its heading, and whether it holds numbers (which stand to the right).
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Words.
    Text(&'static str),
    /// Numbers.
    Number(&'static str),
}

impl Column {
    const fn heading(self) -> &'static str {
        match self {
            Column::Text(name) | Column::Number(name) => name,
        }
    }
}

/// What a line of standard output holds; none where it is no terminal.
pub fn terminal_width() -> Option<u16> {
    Table::new().width().filter(|width| *width > 0)
}

/// Rows for people; with a `width`, in lines that are no longer as far as words allow.
pub fn table(
    columns: &[Column],
    rows: impl Iterator<Item = Vec<String>>,
    width: Option<u16>,
) -> String {
    let rows: Vec<Vec<String>> =
        rows.map(|cells| cells.into_iter().map(printable).collect()).collect();
    let mut table = plain(columns, rows.iter().cloned());
    table.load_style(UTF8_FULL_CONDENSED);
    if let Some(width) = width {
        let words = longest_words(columns, &rows);
        // A border before each column, a space on either side of it, and the last border.
        let least = words.iter().fold(1, |sum, word| sum + u32::from(*word) + 3);
        if least > u32::from(width) {
            return records(columns, rows);
        }
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        let whole = |word| ColumnConstraint::LowerBoundary(Width::Fixed(word + 2));
        table.set_constraints(words.into_iter().map(whole));
    }
    for (index, column) in columns.iter().enumerate() {
        if let (Column::Number(_), Some(column)) = (column, table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn plain(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.heading()));
    table.add_rows(rows);
    table
}

/// The width of each column's longest word, its heading's words among them.
fn longest_words(columns: &[Column], rows: &[Vec<String>]) -> Vec<u16> {
    let words = |text: &str| text.replace(' ', "\n");
    let mut table =
        plain(&[], rows.iter().map(|cells| cells.iter().map(|cell| words(cell)).collect()));
    table.set_header(columns.iter().map(|column| words(column.heading())));
    table.column_max_content_widths()
}

/// Each row as a block of its own, a line for each column.
fn records(columns: &[Column], rows: Vec<Vec<String>>) -> String {
    let blocks: Vec<String> = rows
        .into_iter()
        .map(|cells| {
            let facts: Vec<(&str, String)> =
                columns.iter().map(|column| column.heading()).zip(cells).collect();
            aligned(&facts)
        })
        .collect();
    blocks.join("\n\n")
}

/// Names and values, one below the other.
pub fn aligned(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> =
        facts.iter().map(|(name, value)| format!("{name:<width$}  {value}")).collect();
    lines.join("\n")
}

/// A table as comma separated values. A cell that a spreadsheet would run as a formula is made a text.
///
/// # Errors
/// None is expected: it is written to memory.
pub fn sheet(
    columns: &[Column],
    rows: impl Iterator<Item = Vec<String>>,
) -> anyhow::Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(columns.iter().map(|column| column.heading()))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn no_width_breaks_a_word_or_a_heading() {
        let check = |width: u16, expected: Expect| {
            let columns =
                [Column::Text("CONTAINER"), Column::Text("NAME"), Column::Number("SEATS")];
            let rows = [["T-2JJZ-YK6P-EN33", "license server of building 7", "12"]];
            let rows = rows.iter().map(|cells| cells.map(str::to_owned).to_vec());
            expected.assert_eq(&table(&columns, rows, Some(width)));
        };
        check(
            80,
            expect![[r#"
            ┌──────────────────┬──────────────────────────────┬───────┐
            │ CONTAINER        ┆ NAME                         ┆ SEATS │
            ╞══════════════════╪══════════════════════════════╪═══════╡
            │ T-2JJZ-YK6P-EN33 ┆ license server of building 7 ┆    12 │
            └──────────────────┴──────────────────────────────┴───────┘"#]],
        );
        check(
            50,
            expect![[r#"
            ┌──────────────────┬─────────────────────┬───────┐
            │ CONTAINER        ┆ NAME                ┆ SEATS │
            ╞══════════════════╪═════════════════════╪═══════╡
            │ T-2JJZ-YK6P-EN33 ┆ license server of   ┆    12 │
            │                  ┆ building 7          ┆       │
            └──────────────────┴─────────────────────┴───────┘"#]],
        );
        check(
            41,
            expect![[r#"
            ┌──────────────────┬────────────┬───────┐
            │ CONTAINER        ┆ NAME       ┆ SEATS │
            ╞══════════════════╪════════════╪═══════╡
            │ T-2JJZ-YK6P-EN33 ┆ license    ┆    12 │
            │                  ┆ server of  ┆       │
            │                  ┆ building 7 ┆       │
            └──────────────────┴────────────┴───────┘"#]],
        );
        check(
            39,
            expect![[r#"
            ┌──────────────────┬──────────┬───────┐
            │ CONTAINER        ┆ NAME     ┆ SEATS │
            ╞══════════════════╪══════════╪═══════╡
            │ T-2JJZ-YK6P-EN33 ┆ license  ┆    12 │
            │                  ┆ server   ┆       │
            │                  ┆ of       ┆       │
            │                  ┆ building ┆       │
            │                  ┆ 7        ┆       │
            └──────────────────┴──────────┴───────┘"#]],
        );
        check(
            38,
            expect![[r#"
            CONTAINER  T-2JJZ-YK6P-EN33
            NAME       license server of building 7
            SEATS      12"#]],
        );
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
        .assert_eq(&table(&columns, rows.into_iter(), None));
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
    }
}
