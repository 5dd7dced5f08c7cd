//! A whole and its parts in one line: used, reserved, free.
//!
//! Kept here: parts differ in their pattern; more than the whole is shown beyond a mark and never cut off; the numbers
//! stand beside the picture in words, so readers of screens do not need it. Deliberately not here: over time.

use askama::Template;
use askama::filters::HtmlSafe;

use super::amount::Amount;
use super::look::{Hue, Legend, Look};
use super::scale::{At, FULL};

/// The least width of what is not nothing.
const SEEN: u32 = 60;

/// A part of a whole.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// As the title calls it: `in use`.
    pub(crate) name: &'static str,
    pub(crate) hue: Hue,
    pub(crate) look: Look,
    pub(crate) amount: Amount,
}

/// Parts of a whole; what is left of the whole stays empty.
#[derive(Debug, Clone, Template)]
#[template(path = "chart/split.html")]
pub(crate) struct Split {
    pub(crate) parts: Vec<Part>,
    pub(crate) of: Amount,
}

impl HtmlSafe for Split {}

struct Piece {
    hue: Hue,
    look: Look,
    left: At,
    width: At,
}

impl Split {
    /// What its patterns stand for.
    pub(crate) fn legend(&self) -> Legend {
        Legend::new(self.parts.iter().map(|part| (part.hue, part.look, part.name)))
    }

    fn sum(&self) -> Amount {
        self.parts.iter().map(|part| part.amount).fold(Amount::ZERO, Amount::plus)
    }

    fn pieces(&self) -> Vec<Piece> {
        let whole = self.sum().max(self.of);
        let mut reached = Amount::ZERO;
        let mut left = 0;
        let mut pieces = Vec::new();
        for part in self.parts.iter().filter(|part| !part.amount.is_zero()) {
            reached = reached.plus(part.amount);
            let right = reached.parts_of(whole, FULL).max(left + SEEN).min(FULL);
            let width = At::new(right.saturating_sub(left));
            pieces.push(Piece { hue: part.hue, look: part.look, left: At::new(left), width });
            left = right;
        }
        pieces
    }

    /// Where the whole ends, when the parts are more than it.
    fn end(&self) -> Option<At> {
        let sum = self.sum();
        (sum > self.of).then(|| At::new(self.of.parts_of(sum, FULL)))
    }

    fn words(&self) -> String {
        let parts = self.parts.iter().map(|part| format!("{} {}", part.amount, part.name));
        format!("{}, of {}", parts.collect::<Vec<_>>().join(" · "), self.of)
    }
}

/// One number against the largest of its kind.
#[derive(Debug, Clone, Copy, Template)]
#[template(path = "chart/bar.html")]
pub(crate) struct Bar {
    pub(crate) hue: Hue,
    pub(crate) look: Look,
    pub(crate) amount: Amount,
    /// The largest.
    pub(crate) of: Amount,
}

impl HtmlSafe for Bar {}

impl Bar {
    fn width(&self) -> At {
        let units = self.amount.parts_of(self.of, FULL);
        At::new(if self.amount.is_zero() { 0 } else { units.max(SEEN) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn split(used: u64, kept: u64, of: u64) -> Split {
        let part = |name, hue, look, amount: u64| Part { name, hue, look, amount: amount.into() };
        let parts = vec![
            part("in use", Hue::Main, Look::Solid, used),
            part("reserved", Hue::Kept, Look::Hatched, kept),
        ];
        Split { parts, of: of.into() }
    }

    fn check(used: u64, kept: u64, of: u64, expected: Expect) {
        let split = split(used, kept, of);
        let pieces: Vec<_> =
            split.pieces().iter().map(|piece| format!("{}+{}", piece.left, piece.width)).collect();
        let end = split.end().map_or_else(String::new, |at| format!(", ends at {at}"));
        expected.assert_eq(&format!("{}: {}{end}", split.words(), pieces.join(" ")));
    }

    #[test]
    fn parts_of_a_whole() {
        check(40, 8, 50, expect!["40 in use · 8 reserved, of 50: 0%+80% 80%+16%"]);
        check(0, 0, 50, expect!["0 in use · 0 reserved, of 50: "]);
        check(0, 0, 0, expect!["0 in use · 0 reserved, of 0: "]);
        check(1, 0, 1_000_000, expect!["1 in use · 0 reserved, of 1,000,000: 0%+0.6%"]);
        check(60, 0, 50, expect!["60 in use · 0 reserved, of 50: 0%+100%, ends at 83.33%"]);
        check(
            u64::MAX,
            u64::MAX,
            1,
            expect![
                "18,446,744,073,709,551,615 in use · 18,446,744,073,709,551,615 reserved, of 1: 0%+50% 50%+50%, ends at 0%"
            ],
        );
    }

    proptest! {
        #[test]
        fn pieces_stay_in_their_line(used: u64, kept: u64, of: u64) {
            for piece in split(used, kept, of).pieces() {
                prop_assert!(piece.left.units() + piece.width.units() <= FULL);
            }
        }
    }
}
