//! The course of a number in the space of a word.
//!
//! Kept here: its numbers stand beside it, so it is hidden from readers of screens. Deliberately not here: axes.

use askama::Template;
use askama::filters::HtmlSafe;

use super::amount::Amount;
use super::scale::{At, FULL, Scale};
use super::steps::{self, Step};

/// The most values that are told apart.
const MOST: usize = 60;

/// A small step area; what is not known is a gap.
#[derive(Debug, Clone, Template)]
#[template(path = "chart/spark.html")]
pub(crate) struct Spark {
    /// For the pointer: `At most 40 in use`.
    pub(crate) words: String,
    /// From the oldest, for stretches of one length.
    pub(crate) values: Vec<Option<Amount>>,
    /// What there is in all.
    pub(crate) limit: Option<Amount>,
}

impl HtmlSafe for Spark {}

impl Spark {
    fn highest(&self) -> Amount {
        self.values.iter().flatten().copied().max().unwrap_or_default()
    }

    fn scale(&self) -> Scale {
        Scale::exactly(self.highest().max(self.drawn_limit().unwrap_or_default()))
    }

    fn drawn_limit(&self) -> Option<Amount> {
        let highest = self.highest();
        self.limit.filter(|limit| highest.is_zero() || *limit <= highest.times(8))
    }

    fn limit_at(&self) -> Option<At> {
        self.drawn_limit().map(|limit| self.scale().height(limit).turned())
    }

    /// No more values than there is room for: of neighbors the highest stands for all.
    fn thinned(&self) -> Vec<Option<Amount>> {
        let together = self.values.len().div_ceil(MOST).max(1);
        self.values.chunks(together).map(|some| some.iter().copied().max().flatten()).collect()
    }

    fn pieces(&self) -> Vec<Step> {
        let scale = self.scale();
        let values = self.thinned();
        let count = values.len();
        let edge = |index: usize| {
            let units = (index as u128 * u128::from(FULL)).checked_div(count as u128);
            At::new(units.and_then(|units| u32::try_from(units).ok()).unwrap_or(FULL))
        };
        let piece = |(index, value): (usize, &Option<Amount>)| {
            let level = value.map(|value| (At::new(0), scale.height(value)));
            Step { left: edge(index), right: edge(index + 1), level }
        };
        values.iter().enumerate().map(piece).collect()
    }

    fn area(&self) -> String {
        steps::area(&self.pieces())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spark(values: Vec<Option<Amount>>) -> Spark {
        Spark { words: String::new(), values, limit: Some(Amount::from(8)) }
    }

    #[test]
    fn many_values_are_thinned_to_their_highest() {
        let values = (0..168).map(|value| (value > 5).then(|| Amount::from(value))).collect();
        let thinned = spark(values).thinned();
        assert_eq!(thinned.len(), 56);
        assert_eq!((thinned[0], thinned[1]), (None, None));
        assert_eq!(thinned[2], Some(Amount::from(8)));
        assert_eq!(thinned.last(), Some(&Some(Amount::from(167))));
        assert_eq!(spark(Vec::new()).area(), "");
    }

    #[test]
    fn zero_and_one_have_their_places() {
        assert_eq!(spark(vec![Some(Amount::ZERO)]).area(), "M0 10000V10000H10000V10000H0Z");
        let one = spark(vec![None, Some(Amount::from(1))]);
        assert_eq!(one.area(), "M5000 10000V8750H10000V10000H5000Z");
    }
}
