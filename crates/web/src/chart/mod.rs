//! Charts: pictures of numbers, drawn on the server as SVG.
//!
//! Kept here: a chart is readable without color (patterns, dashes, words beside them) and without a script (every
//! number is the title of its place, and stands in a table); what is not known is a gap, never a zero; geometry is
//! made of whole numbers, so that nothing is ever drawn outside of its frame. Text is not scaled with the picture:
//! places are percentages of a frame that has any width. Deliberately not here: what the numbers mean.

// In reading order.
mod amount;
mod calendar;
mod compare;
mod look;
mod over_time;
mod scale;
mod spark;
mod split;
mod steps;

pub(crate) use amount::Amount;
pub(crate) use compare::{Better, Compare, CompareRow};
pub(crate) use look::{Hue, Legend, Look};
pub(crate) use over_time::{Lane, Limit, OverTime, Series, Slot};
pub(crate) use spark::Spark;
pub(crate) use split::{Bar, Part, Split};
