//! Numbers as charts take them: whole ones and averages alike, written for people.
//!
//! Invariants: never negative, no fractions of floating point, no overflow: thousandths in 128 bits hold every count of the
//! API. Deliberately not here: percentages and places in a picture (`scale`).

use std::fmt;

const WHOLE: u128 = 1_000;

/// So much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Amount(u128);

impl From<u64> for Amount {
    fn from(count: u64) -> Self {
        Self(u128::from(count) * WHOLE)
    }
}

impl Amount {
    pub(crate) const ZERO: Amount = Amount(0);

    /// `sum` spread over `parts`; nothing when there are no parts.
    pub(crate) fn spread(sum: u64, parts: u64) -> Self {
        Self((u128::from(sum) * WHOLE).checked_div(u128::from(parts)).unwrap_or(0))
    }

    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub(super) fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    #[must_use]
    pub(super) fn times(self, by: u128) -> Self {
        Self(self.0.saturating_mul(by))
    }

    /// The same with everything behind the whole number cut off.
    #[must_use]
    pub(super) fn whole(self) -> u128 {
        self.0 / WHOLE
    }

    pub(super) fn of_whole(whole: u128) -> Self {
        Self(whole.saturating_mul(WHOLE))
    }

    /// How many parts of `of` this is when `of` has so many parts; not more than all of them.
    pub(super) fn parts_of(self, of: Self, parts: u32) -> u32 {
        if of.0 == 0 {
            return 0;
        }
        let found = self.0.min(of.0).saturating_mul(u128::from(parts)) / of.0;
        u32::try_from(found).unwrap_or(parts).min(parts)
    }

    /// How often `step` goes into this, rounded up.
    pub(super) fn steps(self, step: Self) -> u128 {
        if step.0 == 0 { 0 } else { self.0.div_ceil(step.0) }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// For an axis: at most five signs, `12 k`, `1.5 M`.
    pub(super) fn short(self) -> String {
        const STEPS: [(u128, &str); 6] = [
            (1_000_000_000_000_000_000, "E"),
            (1_000_000_000_000_000, "P"),
            (1_000_000_000_000, "T"),
            (1_000_000_000, "G"),
            (1_000_000, "M"),
            (1_000, "k"),
        ];
        let whole = self.whole();
        if whole < 10_000 {
            return self.to_string();
        }
        let (size, letter) = STEPS.into_iter().find(|(size, _)| whole >= *size).unwrap_or((1, ""));
        let tenths = whole / (size / 10).max(1);
        match tenths % 10 {
            0 => format!("{} {letter}", tenths / 10),
            rest => format!("{}.{rest} {letter}", tenths / 10),
        }
    }
}

/// `1,234`, or `2.5`: one digit behind the point below a hundred, none above.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 + WHOLE / 20) / (WHOLE / 10);
        let whole = if tenths >= 1_000 { (self.0 + WHOLE / 2) / WHOLE } else { tenths / 10 };
        let digits = whole.to_string();
        let mut left = digits.len();
        for digit in digits.chars() {
            write!(f, "{digit}")?;
            left -= 1;
            if left > 0 && left % 3 == 0 {
                f.write_str(",")?;
            }
        }
        match tenths % 10 {
            rest if rest > 0 && tenths < 1_000 => write!(f, ".{rest}"),
            // Something is not nothing.
            _ if tenths == 0 && self.0 > 0 => f.write_str(".1"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        let cases = [
            (Amount::from(0), "0", "0"),
            (Amount::from(7), "7", "7"),
            (Amount::from(1_234), "1,234", "1,234"),
            (Amount::from(12_000), "12,000", "12 k"),
            (Amount::from(12_500), "12,500", "12.5 k"),
            (Amount::from(1_000_000), "1,000,000", "1 M"),
            (Amount::from(u64::MAX), "18,446,744,073,709,551,615", "18.4 E"),
            (Amount::spread(254, 100), "2.5", "2.5"),
            (Amount::spread(1, 100), "0.1", "0.1"),
            (Amount::spread(9_997, 100), "100", "100"),
            (Amount::spread(1_234, 10), "123", "123"),
            (Amount::spread(10, 0), "0", "0"),
        ];
        for (amount, long, short) in cases {
            assert_eq!((amount.to_string().as_str(), amount.short().as_str()), (long, short));
        }
    }

    #[test]
    fn parts_never_exceed_the_whole() {
        let all = Amount::from(u64::MAX);
        assert_eq!(all.parts_of(all, 10_000), 10_000);
        assert_eq!(all.parts_of(Amount::from(1), 10_000), 10_000);
        assert_eq!(Amount::from(1).parts_of(Amount::ZERO, 10_000), 0);
        assert_eq!(Amount::from(1).parts_of(Amount::from(3), 10_000), 3_333);
    }
}
