//! How a series looks: by its pattern first, by its color second.
//!
//! Kept here: two series of one chart differ in their look, so that they are told apart without color, in print and
//! with forced colors. The colors are those of the style sheet. Deliberately not here: geometry.

use askama::Template;
use askama::filters::HtmlSafe;

/// Pattern of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// A filled area; areas stand on each other.
    Solid,
    /// An area of slanted lines.
    Hatched,
    /// A line of dashes.
    Dashed,
}

impl Look {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::Hatched => "hatched",
            Self::Dashed => "dashed",
        }
    }

    /// Stands on the areas before it.
    pub(super) fn is_area(self) -> bool {
        matches!(self, Self::Solid | Self::Hatched)
    }
}

/// Color of a series, by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    /// In use, granted, proposed: what the chart is about.
    Main,
    /// Kept for somebody.
    Kept,
    /// Refused.
    Denied,
    /// Waiting.
    Waiting,
    /// What it is compared with: recorded, free.
    Rest,
}

impl Hue {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Main => "hue-main",
            Self::Kept => "hue-kept",
            Self::Denied => "hue-denied",
            Self::Waiting => "hue-waiting",
            Self::Rest => "hue-rest",
        }
    }
}

/// A small piece of the pattern for the legend.
#[derive(Debug, Clone, Copy, Template)]
#[template(path = "chart/swatch.html")]
pub(super) struct Swatch {
    pub(super) hue: Hue,
    pub(super) look: Look,
}

impl HtmlSafe for Swatch {}

/// What the patterns of a chart stand for.
#[derive(Debug, Clone, Template)]
#[template(
    source = "<ul class=\"chart-legend\">{% for (swatch, name) in entries %}<li>{{ swatch }}{{ name }}</li>{% endfor %}</ul>",
    ext = "html"
)]
pub(crate) struct Legend {
    entries: Vec<(Swatch, String)>,
}

impl HtmlSafe for Legend {}

impl Legend {
    pub(crate) fn new<'a>(entries: impl IntoIterator<Item = (Hue, Look, &'a str)>) -> Self {
        let entry = |(hue, look, name): (Hue, Look, &str)| (Swatch { hue, look }, name.to_owned());
        Self { entries: entries.into_iter().map(entry).collect() }
    }
}
