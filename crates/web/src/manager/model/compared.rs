//! Two texts compared, line by line, as people read it: a sign and a color for each line, and where it stands.
//!
//! Kept here: what is shown is bounded, and says what is left out. Deliberately not here: finding differences between
//! versions, which the server does; only texts that are not in force yet are compared here.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use similar::{Algorithm, TextDiff};

use super::lines::escaped_len;

/// Most lines, and most bytes of escaped text, that are shown.
const LINES_MAX: usize = 1_500;
const BYTES_MAX: usize = 100_000;
/// After this long the difference is given as far as it is found.
const TIME_MAX: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    class: &'static str,
    sign: &'static str,
    text: String,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "manager/model/compared.html")]
pub(super) struct Compared {
    lines: Vec<Line>,
    pub(super) added: usize,
    pub(super) removed: usize,
    /// Lines that are not shown.
    cut: usize,
}

impl HtmlSafe for Compared {}

impl Compared {
    /// What changes from one text to another.
    pub(super) fn texts(older: &str, newer: &str) -> Self {
        let mut diff = TextDiff::configure();
        let diff = diff.algorithm(Algorithm::Patience).timeout(TIME_MAX);
        let unified = diff.diff_lines(older, newer).unified_diff().context_radius(3).to_string();
        Self::unified(&unified)
    }

    /// A difference in unified form.
    pub(super) fn unified(text: &str) -> Self {
        let is_head =
            |line: &&str| line.starts_with("--- version") || line.starts_with("+++ version");
        let heads = text.lines().take(2).take_while(is_head).count();
        let mut compared = Self { lines: Vec::new(), added: 0, removed: 0, cut: 0 };
        let mut bytes = 0;
        for line in text.lines().skip(heads) {
            let Some(line) = shown(line) else { continue };
            compared.added += usize::from(line.class == "added");
            compared.removed += usize::from(line.class == "removed");
            bytes += escaped_len(&line.text) + 60;
            if compared.lines.len() == LINES_MAX || bytes > BYTES_MAX {
                compared.cut += 1;
                continue;
            }
            compared.lines.push(line);
        }
        compared
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.cut == 0
    }
}

fn shown(line: &str) -> Option<Line> {
    let (class, sign) = match line.as_bytes().first() {
        Some(b'+') => ("added", "+"),
        Some(b'-') => ("removed", "−"),
        Some(b'@') => ("place", ""),
        Some(b'\\') => return None,
        _ => ("", ""),
    };
    let text = match class {
        "place" => place(line).unwrap_or_else(|| line.to_owned()),
        _ => line.get(1..).unwrap_or_default().to_owned(),
    };
    Some(Line { class, sign, text })
}

/// `@@ -4,7 +4,9 @@` for people: where it stands in the new text, or in the old one where nothing is left.
fn place(line: &str) -> Option<String> {
    let mut sides = line.trim_matches('@').split_whitespace();
    let (old, new) = (sides.next()?.strip_prefix('-')?, sides.next()?.strip_prefix('+')?);
    let numbers = |side: &str| -> Option<(u64, u64)> {
        let (first, count) = side.split_once(',').unwrap_or((side, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    let (from, count) = numbers(new)?;
    if count == 0 {
        return Some(format!("was at line {}", numbers(old)?.0));
    }
    Some(format!("line {from}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(compared: &Compared) -> String {
        let line = |line: &Line| format!("{}|{}|{}\n", line.class, line.sign, line.text);
        compared.lines.iter().map(line).collect()
    }

    #[test]
    fn lines_by_sign() {
        let compared = Compared::texts("a\nb\nc\n-- d\n", "a\n++ B\nc\n-- d");
        expect_test::expect![[r#"
            place||line 1
            ||a
            removed|−|b
            added|+|++ B
            ||c
            removed|−|-- d
            added|+|-- d
        "#]]
        .assert_eq(&told(&compared));
        assert_eq!((compared.added, compared.removed), (2, 2));
        assert!(Compared::texts("a", "a").is_empty());
        let gone = Compared::unified("--- version 1\n+++ version 2\n@@ -3,2 +0,0 @@\n-x\n-y\n");
        assert_eq!(told(&gone), "place||was at line 3\nremoved|−|x\nremoved|−|y\n");
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let new: String = (0..40_000).map(|n| format!("use \"{n}\"\n")).collect();
        let compared = Compared::texts("", &new);
        assert_eq!(compared.added, 40_000);
        assert!(compared.cut > 38_000);
        assert!(compared.to_string().len() < 150_000);
    }
}
