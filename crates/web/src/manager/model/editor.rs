//! The editor: a text field with numbers beside its lines and marks at what a check found.
//!
//! Kept here: it works without a script, because numbers, marks and field lie on the same grid and scroll together; a
//! text that would make the page too large is not edited here but downloaded and uploaded. Deliberately not here: keys
//! and marks that follow while somebody types (`editor.js`).

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_api::ModelFinding;

use super::finding::is_error;
use super::lines::escaped_len;

/// Most bytes of escaped text.
const BYTES_MAX: usize = 90_000;
/// Most lines.
const LINES_MAX: usize = 4_000;
/// Empty lines below the text, and least lines at all.
const SPARE: usize = 3;
const LEAST: usize = 16;
/// Widest line that makes the field wider.
const COLUMNS_MAX: usize = 400;
/// Most characters before a mark on a line.
const BEFORE_MAX: usize = 1_000;

/// A line's number; a finding gives it a class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Number {
    number: usize,
    class: &'static str,
}

/// Part of a line below the field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    before: String,
    marked: String,
    class: &'static str,
}

/// The field.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/model/editor.html")]
pub(super) struct Editor {
    text: String,
    numbers: Vec<Number>,
    marks: Vec<Vec<Piece>>,
    columns: usize,
}

impl HtmlSafe for Editor {}

impl Editor {
    /// None where the text is too large to be edited on a page.
    pub(super) fn new(text: &str, found: &[ModelFinding]) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        if escaped_len(text) > BYTES_MAX || lines.len() > LINES_MAX {
            return None;
        }
        let mut at: BTreeMap<usize, Vec<&ModelFinding>> = BTreeMap::new();
        for one in found {
            at.entry(one.line as usize).or_default().push(one);
        }
        let number = |number: usize| {
            let found = at.get(&number).map_or(&[][..], Vec::as_slice);
            let class = match () {
                () if found.is_empty() => "",
                () if found.iter().any(|one| is_error(one)) => "bad",
                () => "wait",
            };
            Number { number, class }
        };
        let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) + 2;
        let last = at.keys().next_back().copied().unwrap_or(0).min(lines.len());
        let marks = (1..=last).map(|number| {
            let found = at.get(&number).map_or(&[][..], Vec::as_slice);
            pieces(lines.get(number - 1).copied().unwrap_or_default(), found)
        });
        Some(Self {
            numbers: (1..=(lines.len() + SPARE).max(LEAST)).map(number).collect(),
            marks: marks.collect(),
            columns: columns.min(COLUMNS_MAX),
            text: text.to_owned(),
        })
    }

    fn rows(&self) -> usize {
        self.numbers.len()
    }
}

/// The marks on a line, with the text before each.
fn pieces(line: &str, found: &[&ModelFinding]) -> Vec<Piece> {
    let mut found = found.to_vec();
    found.sort_by_key(|one| one.column);
    let mut done = 0;
    let mut pieces = Vec::new();
    for one in found {
        let start = (one.column as usize).saturating_sub(1);
        let length = (one.caret_length as usize).max(1);
        if start < done || start > BEFORE_MAX {
            continue;
        }
        let part =
            |from: usize, many: usize| line.chars().skip(from).take(many).collect::<String>();
        let marked = part(start, length);
        let marked = if marked.is_empty() { " ".to_owned() } else { marked };
        let class = if is_error(one) { "bad" } else { "wait" };
        pieces.push(Piece { before: part(done, start - done), marked, class });
        done = start + length;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(severity: &str, line: u32, column: u32, length: u32) -> ModelFinding {
        let found = json!({
            "severity": severity, "code": "short", "message": "m", "line": line, "column": column, "text": "",
            "caret": 0, "caret_length": length, "shown": "",
        });
        serde_json::from_value(found).expect("a finding")
    }

    #[test]
    fn marks_lie_at_their_lines_and_columns() {
        let found = [
            finding("warning", 2, 7, 3),
            finding("error", 2, 1, 3),
            finding("error", 2, 2, 9),
            finding("error", 3, 6, 1),
            finding("error", 99, 1, 1),
        ];
        let editor = Editor::new("model\nuse \"ä<\"\n  end\n", &found).expect("small");
        let lines = editor.marks.iter().map(|pieces| {
            let piece = |p: &Piece| format!("{}[{} {}]", p.before, p.class, p.marked);
            pieces.iter().map(piece).collect::<String>() + "\n"
        });
        expect_test::expect![[r#"

            [bad use] "ä[wait <"]
              end[bad  ]
        "#]]
        .assert_eq(&lines.collect::<String>());
        let classes: Vec<_> = editor.numbers.iter().take(4).map(|one| one.class).collect();
        assert_eq!(classes, ["", "bad", "bad", ""]);
        assert_eq!(editor.rows(), LEAST);
        assert!(editor.to_string().contains("ä&#60;"));
    }

    #[test]
    fn a_text_too_large_for_a_page_is_not_edited_on_it() {
        assert!(Editor::new(&"\"".repeat(20_000), &[]).is_none());
        assert!(Editor::new(&"x\n".repeat(4_001), &[]).is_none());
        let full = Editor::new(&"x\n".repeat(4_000), &[]).expect("just so");
        assert!(full.to_string().len() < 150_000, "{}", full.to_string().len());
        assert!(Editor::new("", &[finding("error", 1, 1, 1)]).is_some());
    }
}
