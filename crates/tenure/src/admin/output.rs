//! Answers on standard output: tables for people, JSON for programs.
//!
//! Invariants: JSON is what the server sent, whole; a table ends with how many rows there are in all and how to see
//! more; an empty list says what to do next.
//! Deliberately not here: which columns a list has, that stands with the command; how rows are laid out (`table`).

pub use super::table::Column;

use super::table::{aligned, sheet, table, terminal_width};
use serde::Serialize;
use std::io::Write as _;
use tenure_api::Page;
use tenure_document::{Holder, HostId, MachineKind, Time};

/// How answers are shown.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
    csv: bool,
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
            self.line(&table(columns, page.items.iter().map(row), terminal_width()))?;
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
        self.line(&table(columns, rows, terminal_width()))
    }

    /// Names and values of one thing, aligned.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn facts(self, facts: &[(&str, String)]) -> anyhow::Result<()> {
        self.line(&aligned(facts))
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
    fn seat_numbers_join_into_ranges() {
        assert_eq!(seat_ranges([[1, 5], [9, 9]].into_iter()), "1-5, 9");
    }
}
