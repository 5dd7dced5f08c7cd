//! The course of a number in the space of a word.
//!
//! Kept here: its numbers stand beside it, so it is hidden from readers of screens. Deliberately not here: axes.

use askama::Template;
use askama::filters::HtmlSafe;

use super::amount::Amount;
use super::scale::{At, FULL, Scale};
use super::steps::{self, Step};

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

    fn pieces(&self) -> Vec<Step> {
        let scale = self.scale();
        let count = self.values.len();
        let edge = |index: usize| {
            let units = (index as u128 * u128::from(FULL)).checked_div(count as u128);
            At::new(units.and_then(|units| u32::try_from(units).ok()).unwrap_or(FULL))
        };
        let piece = |(index, value): (usize, &Option<Amount>)| {
            let level = value.map(|value| (At::new(0), scale.height(value)));
            Step { left: edge(index), right: edge(index + 1), level }
        };
        self.values.iter().enumerate().map(piece).collect()
    }

    fn area(&self) -> String {
        steps::area(&self.pieces())
    }

    fn line(&self) -> String {
        steps::line(&self.pieces())
    }
}
