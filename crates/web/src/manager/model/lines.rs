//! A text as numbered lines, in leaves that a browser shows at once.
//!
//! Kept here: a leaf has a bounded number of lines and of bytes in HTML, also where one line is very long; every line
//! is an anchor, and its number is never part of what is copied. Deliberately not here: what a line means.

use askama::Template;
use askama::filters::HtmlSafe;

/// Most lines on a leaf.
const LINES_MAX: usize = 500;
/// Most bytes of escaped text on a leaf.
const BYTES_MAX: usize = 80_000;
/// Most characters of a line.
const LINE_MAX: usize = 2_000;

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: usize,
    text: String,
    /// So many characters are not shown.
    cut: usize,
}

/// Part of a text.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/model/leaf.html")]
pub(super) struct Leaf {
    /// The page that the leaf is on, without a query.
    path: String,
    lines: Vec<Line>,
    total: usize,
    /// First lines of the leaves before and after.
    previous: Option<usize>,
    next: Option<usize>,
}

impl HtmlSafe for Leaf {}

impl Leaf {
    /// The leaf of a text that a line (from 1) is on; the last where there is no such line.
    pub(super) fn of(text: &str, path: impl Into<String>, line: usize) -> Self {
        let all: Vec<&str> = text.lines().collect();
        let (mut begins, mut bytes, mut count) = (vec![0], 0, 0);
        for (place, line) in all.iter().enumerate() {
            let size = escaped_len(shown_part(line)) + 80;
            if count == LINES_MAX || (count > 0 && bytes + size > BYTES_MAX) {
                begins.push(place);
                (bytes, count) = (0, 0);
            }
            bytes += size;
            count += 1;
        }
        let wanted = line.saturating_sub(1);
        let at = begins.iter().rposition(|begin| *begin <= wanted).unwrap_or(0);
        let end = begins.get(at + 1).copied().unwrap_or(all.len());
        let line = |(place, line): (usize, &&str)| {
            let text = shown_part(line);
            let cut = line.chars().count() - text.chars().count();
            Line { number: begins[at] + place + 1, text: text.to_owned(), cut }
        };
        Self {
            path: path.into(),
            lines: all[begins[at]..end].iter().enumerate().map(line).collect(),
            total: all.len(),
            previous: at.checked_sub(1).map(|before| begins[before] + 1),
            next: begins.get(at + 1).map(|next| next + 1),
        }
    }

    fn first(&self) -> usize {
        self.lines.first().map_or(0, |line| line.number)
    }

    fn last(&self) -> usize {
        self.lines.last().map_or(0, |line| line.number)
    }
}

fn shown_part(line: &str) -> &str {
    line.char_indices().nth(LINE_MAX).map_or(line, |(end, _)| &line[..end])
}

/// How long a text is once a template has escaped it.
pub(super) fn escaped_len(text: &str) -> usize {
    let more = |byte: u8| if matches!(byte, b'"' | b'\'' | b'&' | b'<' | b'>') { 4 } else { 0 };
    text.len() + text.bytes().map(more).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(text: &str, line: usize) -> (usize, usize, Option<usize>, Option<usize>) {
        let leaf = Leaf::of(text, "/model", line);
        (leaf.first(), leaf.last(), leaf.previous, leaf.next)
    }

    #[test]
    fn leaves_are_bounded_by_lines_and_by_bytes() {
        let short = "x\n".repeat(1_201);
        assert_eq!(leaf(&short, 0), (1, 500, None, Some(501)));
        assert_eq!(leaf(&short, 500), (1, 500, None, Some(501)));
        assert_eq!(leaf(&short, 501), (501, 1_000, Some(1), Some(1_001)));
        assert_eq!(leaf(&short, 99_999), (1_001, 1_201, Some(501), None));
        let quotes = format!("{}\n", "\"".repeat(1_900)).repeat(40);
        assert_eq!(leaf(&quotes, 1), (1, 8, None, Some(9)));
        let one = "\"".repeat(900_000);
        let leaf = Leaf::of(&one, "/model", 7);
        assert_eq!((leaf.lines[0].cut, leaf.total), (898_000, 1));
        assert!(leaf.to_string().len() < 20_000);
        assert_eq!(Leaf::of("", "/model", 1).lines, []);
    }

    #[test]
    fn a_line_is_copied_without_its_number_and_escaped() {
        let html = Leaf::of("use \"<b>\"\n\n  accept\n", "/model", 1).to_string();
        assert!(html.contains("&#60;b&#62;") && !html.contains("<b>"), "{html}");
        assert!(html.contains("id=\"L3\"") && !html.contains(">3<"), "{html}");
    }
}
