//! From numbers to places: how high a number stands in a frame, and which numbers the axis shows.
//!
//! Invariants: a place lies in its frame (0 to [`FULL`]) whatever the number is; the axis shows two to six whole, round
//! numbers and begins at nothing; something that is not nothing is never drawn as nothing.

use std::fmt;

use super::amount::Amount;

/// A frame is so many units wide and high.
pub(super) const FULL: u32 = 10_000;
/// The least height of what is not nothing.
const SEEN: u32 = 80;

/// A place in a frame, or a length in it; as text the percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(u32);

impl At {
    pub(super) fn new(units: u32) -> Self {
        Self(units.min(FULL))
    }

    pub(super) fn units(self) -> u32 {
        self.0
    }

    pub(super) fn minus(self, other: At) -> At {
        At(self.0.saturating_sub(other.0))
    }

    /// Seen from the other side.
    pub(super) fn turned(self) -> At {
        At(FULL - self.0)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, rest) if rest % 10 == 0 => write!(f, "{whole}.{}%", rest / 10),
            (whole, rest) => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

/// A mark of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    /// From the top.
    pub(super) at: At,
    pub(super) words: String,
}

/// The height of a frame in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    step: Amount,
    steps: u128,
}

impl Scale {
    /// A scale on which `highest` has its place.
    pub(super) fn to(highest: Amount) -> Self {
        let mut power: u128 = 1;
        loop {
            // A quarter of a hundred is round, a quarter of ten is no whole number.
            for tenths in [10, 20, 25, 50] {
                if !(power * tenths).is_multiple_of(10) {
                    continue;
                }
                let step = Amount::of_whole(power * tenths / 10);
                let steps = highest.steps(step);
                if steps <= 4 {
                    return Self { step, steps: steps.max(1) };
                }
            }
            power *= 10;
        }
    }

    /// A scale that ends with `highest`, without round numbers.
    pub(super) fn exactly(highest: Amount) -> Self {
        Self { step: highest, steps: 1 }
    }

    fn top(&self) -> Amount {
        self.step.times(self.steps)
    }

    /// How high a number stands, from the bottom.
    pub(super) fn height(&self, amount: Amount) -> At {
        let units = amount.parts_of(self.top(), FULL);
        At::new(if amount.is_zero() { 0 } else { units.max(SEEN) })
    }

    /// The marks of the axis, from the bottom up.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let tick = |step: u128| {
            let amount = self.step.times(step);
            let at = At::new(amount.parts_of(self.top(), FULL)).turned();
            Tick { at, words: amount.short() }
        };
        (0..=self.steps).map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(highest: u64, expected: Expect) {
        let ticks = Scale::to(Amount::from(highest)).ticks();
        let words: Vec<_> =
            ticks.iter().map(|tick| format!("{} at {}", tick.words, tick.at)).collect();
        expected.assert_eq(&words.join(", "));
    }

    #[test]
    fn axes_are_round() {
        check(0, expect!["0 at 100%, 1 at 0%"]);
        check(1, expect!["0 at 100%, 1 at 0%"]);
        check(3, expect!["0 at 100%, 1 at 66.67%, 2 at 33.34%, 3 at 0%"]);
        check(7, expect!["0 at 100%, 2 at 75%, 4 at 50%, 6 at 25%, 8 at 0%"]);
        check(50, expect!["0 at 100%, 20 at 66.67%, 40 at 33.34%, 60 at 0%"]);
        check(100, expect!["0 at 100%, 25 at 75%, 50 at 50%, 75 at 25%, 100 at 0%"]);
        check(12_345, expect!["0 at 100%, 5,000 at 66.67%, 10 k at 33.34%, 15 k at 0%"]);
        check(u64::MAX, expect!["0 at 100%, 5 E at 75%, 10 E at 50%, 15 E at 25%, 20 E at 0%"]);
    }

    proptest! {
        #[test]
        fn every_number_has_its_place(highest: u64, amount: u64, other: u64) {
            let scale = Scale::to(Amount::from(highest));
            let ticks = scale.ticks();
            prop_assert!((2..=5).contains(&ticks.len()));
            prop_assert!(scale.top() >= Amount::from(highest));
            prop_assert!(ticks.iter().all(|tick| tick.at.units() <= FULL && tick.words.chars().count() <= 6));
            let (low, high) = (amount.min(other), amount.max(other));
            let (low, high) = (scale.height(Amount::from(low)), scale.height(Amount::from(high)));
            prop_assert!(low <= high && high.units() <= FULL);
        }
    }
}
