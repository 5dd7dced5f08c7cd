//! Before and after, row by row: two bars, both numbers, and the difference in words.
//!
//! Kept here: it is a table, so nobody needs the picture; "before" is hatched and "after" is filled. Deliberately not
//! here: what is compared, and whether a difference is good, which only the caller knows.

use askama::Template;
use askama::filters::HtmlSafe;

use super::amount::Amount;
use super::look::{Hue, Look};
use super::split::Bar;
use crate::component::{Badge, Tone};

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Less,
    /// Neither way: it is only told.
    Neither,
}

/// One thing that is compared.
#[derive(Debug, Clone)]
pub(crate) struct CompareRow {
    pub(crate) name: String,
    /// Where there is more of it.
    pub(crate) href: Option<String>,
    pub(crate) before: Amount,
    pub(crate) after: Amount,
    pub(crate) better: Better,
}

/// The table.
#[derive(Debug, Clone, Template)]
#[template(path = "chart/compare.html")]
pub(crate) struct Compare {
    /// For those who do not see where the table stands.
    pub(crate) title: String,
    /// Head of the first column: `Pool`.
    pub(crate) of: &'static str,
    /// Heads of the two numbers: `Recorded`, `Proposed`.
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) rows: Vec<CompareRow>,
}

impl HtmlSafe for Compare {}

impl Compare {
    fn bars(&self, row: &CompareRow) -> (Bar, Bar) {
        let numbers = self.rows.iter().flat_map(|row| [row.before, row.after]);
        let of = numbers.max().unwrap_or_default();
        let before = Bar { hue: Hue::Rest, look: Look::Hatched, amount: row.before, of };
        (before, Bar { hue: Hue::Main, look: Look::Solid, amount: row.after, of })
    }
}

impl CompareRow {
    /// `+3`, `−12`, `no change`, with the tone that fits.
    fn difference(&self) -> Badge {
        let (sign, size, more) = match self.after.cmp(&self.before) {
            std::cmp::Ordering::Equal => return Badge::new(Tone::Idle, "no change"),
            std::cmp::Ordering::Greater => ("+", self.after.less(self.before), true),
            std::cmp::Ordering::Less => ("−", self.before.less(self.after), false),
        };
        let tone = match (self.better, more) {
            (Better::Neither, _) => Tone::Tell,
            (Better::Less, true) => Tone::Bad,
            (Better::Less, false) => Tone::Good,
        };
        Badge::new(tone, format!("{sign}{size}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_in_words() {
        let row = |before: u64, after: u64, better| {
            let (before, after) = (before.into(), after.into());
            let row = CompareRow { name: String::new(), href: None, before, after, better };
            let Badge { tone, word } = row.difference();
            (tone, word)
        };
        assert_eq!(row(3, 3, Better::Less), (Tone::Idle, "no change".to_owned()));
        assert_eq!(row(3, 15, Better::Less), (Tone::Bad, "+12".to_owned()));
        assert_eq!(row(15, 3, Better::Less), (Tone::Good, "−12".to_owned()));
        assert_eq!(row(0, u64::MAX, Better::Neither).0, Tone::Tell);
    }

    #[test]
    fn names_are_escaped() {
        let name = "<script>alert('1')</script>\"&".to_owned();
        let (before, after) = (Amount::ZERO, Amount::from(1));
        let row = CompareRow { name, href: None, before, after, better: Better::Neither };
        let (title, rows) = ("t\"<".to_owned(), vec![row]);
        let html = Compare { title, of: "Pool", before: "a", after: "b", rows }.to_string();
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("t\"<"), "{html}");
    }
}
