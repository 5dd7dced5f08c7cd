//! A chart over time: areas that stand on each other, lines, the line of what there is, and lanes of events below.
//!
//! Kept here: what a chart says is said four times: as a picture, as the title of each stretch of time, in one
//! sentence for those who do not see it, and as a table. A limit far above everything else is told and not drawn, so
//! that the rest stays visible. Deliberately not here: which numbers belong into a chart.

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_document::Time;

use super::amount::Amount;
use super::calendar::{self, Mark};
use super::look::{Hue, Look, Swatch};
use super::scale::{At, FULL, Scale, Tick};
use super::steps::{self, Step};
use crate::component::When;

const DAY_MS: i64 = 24 * 3_600_000;
/// A limit that is so many times what was needed is not drawn.
const LIMIT_DRAWN: u128 = 20;
/// The least height of an event in its lane.
const EVENT_SEEN: u32 = 2_500;
/// A gap gets words when it is so wide.
const GAP_NAMED: u32 = 1_800;

/// A stretch of time, from the oldest; the values of a series stand in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) from: Time,
    pub(crate) to: Time,
}

/// Numbers over time. Values that are missing at the end are not known.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// As the legend calls it: `In use at most`.
    pub(crate) name: String,
    pub(crate) hue: Hue,
    pub(crate) look: Look,
    pub(crate) values: Vec<Option<Amount>>,
}

impl Series {
    fn swatch(&self) -> Swatch {
        Swatch { hue: self.hue, look: self.look }
    }
}

/// Events of one kind, in a lane of their own below the picture.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    /// One short word: `Denied`.
    pub(crate) name: String,
    pub(crate) hue: Hue,
    pub(crate) values: Vec<Option<Amount>>,
}

/// What there is in all.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    /// `50 seats`.
    pub(crate) name: String,
    pub(crate) at: Amount,
}

/// The chart.
#[derive(Debug, Clone, Template)]
#[template(path = "chart/over_time.html")]
pub(crate) struct OverTime {
    /// Unlike that of every other chart of the page: letters, digits, dashes.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is counted: `Seats`.
    pub(crate) unit: String,
    /// From the left edge to the right one.
    pub(crate) range: (Time, Time),
    pub(crate) slots: Vec<Slot>,
    pub(crate) series: Vec<Series>,
    /// Only in the titles and in the table, by name.
    pub(crate) further: Vec<(String, Vec<Option<Amount>>)>,
    pub(crate) limit: Option<Limit>,
    pub(crate) lanes: Vec<Lane>,
}

impl HtmlSafe for OverTime {}

/// A series, drawn.
struct Shape {
    hue: Hue,
    look: Look,
    id: String,
    area: String,
    line: String,
}

/// A lane, drawn.
struct Strip<'a> {
    lane: &'a Lane,
    highest: Amount,
    area: String,
}

/// Where the pointer finds the numbers.
struct Spot {
    left: At,
    width: At,
    seconds: i64,
    words: String,
}

/// A stretch of which nothing is known.
struct Gap {
    left: At,
    width: At,
    /// Where its words stand, if it is wide enough for them.
    words: Option<At>,
}

struct Row {
    from: When,
    cells: Vec<String>,
}

impl OverTime {
    fn value(values: &[Option<Amount>], index: usize) -> Option<Amount> {
        values.get(index).copied().flatten()
    }

    /// Everything that has a number, in the order of legend and table.
    fn named(&self) -> impl Iterator<Item = (&str, &[Option<Amount>])> {
        let series = self.series.iter().map(|series| (&*series.name, &*series.values));
        let further = self.further.iter().map(|(name, values)| (&**name, &**values));
        let lanes = self.lanes.iter().map(|lane| (&*lane.name, &*lane.values));
        series.chain(further).chain(lanes)
    }

    fn is_known(&self, index: usize) -> bool {
        self.series.iter().any(|series| Self::value(&series.values, index).is_some())
    }

    fn is_empty(&self) -> bool {
        !(0..self.slots.len()).any(|index| self.is_known(index))
    }

    fn is_by_day(&self) -> bool {
        let length = |slot: &Slot| slot.to.as_millis() - slot.from.as_millis();
        self.slots.iter().map(length).max().unwrap_or(0) > DAY_MS / 2
    }

    /// The highest of all areas together and of each line.
    fn highest(&self) -> Amount {
        let at = |index: usize| {
            let known = |series: &Series| Self::value(&series.values, index).unwrap_or_default();
            let areas = self.series.iter().filter(|series| series.look.is_area());
            let stacked = areas.map(known).fold(Amount::ZERO, Amount::plus);
            self.series.iter().map(known).fold(stacked, Amount::max)
        };
        (0..self.slots.len()).map(at).max().unwrap_or_default()
    }

    fn drawn_limit(&self) -> Option<&Limit> {
        let highest = self.highest();
        let near = |limit: &&Limit| highest.is_zero() || limit.at <= highest.times(LIMIT_DRAWN);
        self.limit.as_ref().filter(near)
    }

    /// The limit as far as it stands in the legend only.
    fn far_limit(&self) -> Option<&Limit> {
        self.limit.as_ref().filter(|_| self.drawn_limit().is_none())
    }

    fn scale(&self) -> Scale {
        let limit = self.drawn_limit().map_or(Amount::ZERO, |limit| limit.at);
        Scale::to(self.highest().max(limit))
    }

    fn ticks(&self) -> Vec<Tick> {
        self.scale().ticks()
    }

    fn marks(&self) -> Vec<Mark> {
        calendar::marks(self.range)
    }

    /// Height of the limit from the top, and whether its words stand below it, as under the upper edge.
    fn limit_line(&self) -> Option<(At, &Limit)> {
        self.drawn_limit().map(|limit| (self.scale().height(limit.at).turned(), limit))
    }

    fn left_right(&self, slot: &Slot) -> (At, At) {
        (calendar::place(slot.from, self.range), calendar::place(slot.to, self.range))
    }

    fn shapes(&self) -> Vec<Shape> {
        let scale = self.scale();
        let mut ground = vec![Amount::ZERO; self.slots.len()];
        let mut shapes = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let mut pieces = Vec::new();
            for (index, (slot, ground)) in self.slots.iter().zip(&mut ground).enumerate() {
                let (left, right) = self.left_right(slot);
                let level = Self::value(&series.values, index).map(|value| {
                    let bottom = if series.look.is_area() { *ground } else { Amount::ZERO };
                    let top = bottom.plus(value);
                    if series.look.is_area() {
                        *ground = top;
                    }
                    (scale.height(bottom), scale.height(top))
                });
                pieces.push(Step { left, right, level });
            }
            let area = if series.look.is_area() { steps::area(&pieces) } else { String::new() };
            let (hue, look) = (series.hue, series.look);
            let id = format!("{}-{number}", self.id);
            shapes.push(Shape { hue, look, id, area, line: steps::line(&pieces) });
        }
        shapes
    }

    fn strips(&self) -> Vec<Strip<'_>> {
        self.lanes.iter().map(|lane| self.strip(lane)).collect()
    }

    fn strip<'a>(&self, lane: &'a Lane) -> Strip<'a> {
        let highest = lane.values.iter().flatten().copied().max().unwrap_or_default();
        let piece = |(index, slot): (usize, &Slot)| {
            let (left, right) = self.left_right(slot);
            let some = Self::value(&lane.values, index).filter(|value| !value.is_zero());
            let level = some
                .map(|value| (At::new(0), At::new(value.parts_of(highest, FULL).max(EVENT_SEEN))));
            Step { left, right, level }
        };
        let pieces: Vec<Step> = self.slots.iter().enumerate().map(piece).collect();
        Strip { lane, highest, area: steps::area(&pieces) }
    }

    fn spots(&self) -> Vec<Spot> {
        let spot = |(index, slot): (usize, &Slot)| {
            let (left, right) = self.left_right(slot);
            let when = calendar::stretch(slot.from, slot.to);
            let words = match self.is_known(index) {
                true => format!("{when}: {}", self.numbers(index)),
                false => format!("{when}: not known"),
            };
            Spot { left, width: right.minus(left), seconds: slot.from.as_seconds(), words }
        };
        self.slots.iter().enumerate().map(spot).collect()
    }

    /// `In use at most 40 · Denied 3`.
    fn numbers(&self, index: usize) -> String {
        let number = |(name, values): (&str, &[Option<Amount>])| {
            Self::value(values, index).map(|value| format!("{name} {value}"))
        };
        self.named().filter_map(number).collect::<Vec<_>>().join(" · ")
    }

    /// What no slot covers, and slots of which nothing is known.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut reached = 0;
        let known = self.slots.iter().enumerate().filter(|(index, _)| self.is_known(*index));
        let edges = known.map(|(_, slot)| self.left_right(slot));
        for (left, right) in edges.chain([(At::new(FULL), At::new(FULL))]) {
            // A sliver is rounding, not a gap.
            if left.units() > reached + 20 {
                let width = left.units() - reached;
                let words = (width >= GAP_NAMED).then(|| At::new(reached + width / 2));
                gaps.push(Gap { left: At::new(reached), width: At::new(width), words });
            }
            reached = reached.max(right.units());
        }
        gaps
    }

    /// The whole chart in a sentence.
    fn summary(&self) -> String {
        let (from, to) = (When(self.range.0).day(), When(self.range.1).day());
        let mut parts = vec![format!("{}, {from} to {to}", self.title)];
        for series in &self.series {
            let known: Vec<Amount> = series.values.iter().flatten().copied().collect();
            if let (Some(least), Some(most), Some(last)) =
                (known.iter().min(), known.iter().max(), known.last())
            {
                parts.push(format!("{}: {least} to {most}, {last} at the end", series.name));
            }
        }
        parts.extend(self.limit.as_ref().map(|limit| format!("there are {}", limit.name)));
        for lane in &self.lanes {
            let sum = lane.values.iter().flatten().copied().fold(Amount::ZERO, Amount::plus);
            parts.push(format!("{}: {sum} in all", lane.name));
        }
        format!("{}.", parts.join("; "))
    }

    fn heads(&self) -> Vec<&str> {
        self.named().map(|(name, _)| name).collect()
    }

    /// The table, from the newest.
    fn rows(&self) -> Vec<Row> {
        let row = |(index, slot): (usize, &Slot)| {
            let cell = |(_, values): (&str, &[Option<Amount>])| match Self::value(values, index) {
                Some(value) => value.to_string(),
                None => "–".to_owned(),
            };
            Row { from: When(slot.from), cells: self.named().map(cell).collect() }
        };
        self.slots.iter().enumerate().rev().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn slot(hour: i64) -> Slot {
        let from = Time::from_millis(1_795_305_600_000 + hour * HOUR);
        Slot { from, to: Time::from_millis(from.as_millis() + HOUR) }
    }

    fn chart(used: &[Option<u64>], kept: &[Option<u64>], denied: &[u64], limit: u64) -> OverTime {
        let amounts = |of: &[Option<u64>]| of.iter().map(|value| value.map(Amount::from)).collect();
        let slots: Vec<Slot> = (0..i64::try_from(used.len()).unwrap_or(0)).map(slot).collect();
        let end = slots.last().map_or(slot(24).from, |slot| slot.to);
        let series = |name: &str, hue, look, values| Series {
            name: name.to_owned(),
            hue,
            look,
            values: amounts(values),
        };
        let denied = denied.iter().map(|count| Some(Amount::from(*count))).collect();
        OverTime {
            id: "c".to_owned(),
            title: "Seats of cad".to_owned(),
            unit: "Seats".to_owned(),
            range: (slot(0).from, end),
            slots,
            series: vec![
                series("In use", Hue::Main, Look::Solid, used),
                series("Reserved", Hue::Kept, Look::Hatched, kept),
            ],
            further: Vec::new(),
            limit: Some(Limit { name: format!("{limit} seats"), at: limit.into() }),
            lanes: vec![Lane { name: "Denied".to_owned(), hue: Hue::Denied, values: denied }],
        }
    }

    #[test]
    fn a_day_in_words() {
        let chart = chart(&[Some(3), Some(9), None, Some(5)], &[Some(2)], &[0, 4], 10);
        expect!["Seats of cad, 22 Nov 2026 to 22 Nov 2026; In use: 3 to 9, 5 at the end; Reserved: 2 to 2, 2 at the end; there are 10 seats; Denied: 4 in all."].assert_eq(&chart.summary());
        let words: Vec<String> = chart.spots().into_iter().map(|spot| spot.words).collect();
        expect![[r#"
            22 Nov, 00:00–01:00 UTC: In use 3 · Reserved 2 · Denied 0
            22 Nov, 01:00–02:00 UTC: In use 9 · Denied 4
            22 Nov, 02:00–03:00 UTC: not known
            22 Nov, 03:00–04:00 UTC: In use 5"#]]
        .assert_eq(&words.join("\n"));
        assert_eq!(chart.gaps().len(), 1);
        assert!(chart.to_string().contains("not recorded"));
    }

    #[test]
    fn nothing_known_is_said() {
        for used in [&[][..], &[None, None]] {
            let html = chart(used, &[], &[], 10).to_string();
            assert!(html.contains("Nothing was recorded in this time yet"), "{html}");
        }
        assert!(chart(&[Some(0)], &[], &[], 10).to_string().contains("chart-plot"));
    }

    #[test]
    fn a_limit_out_of_sight_is_told() {
        let near = chart(&[Some(10)], &[], &[], 200).to_string();
        let far = chart(&[Some(10)], &[], &[], 201).to_string();
        assert!(near.contains("<g class=\"limit\">") && !near.contains("far above"));
        assert!(!far.contains("<g class=\"limit\">") && far.contains("far above"));
    }

    #[test]
    fn strangers_words_are_escaped() {
        let mut chart = chart(&[Some(1)], &[], &[1], 1);
        let hostile = "\"><script>alert('x')</script>".to_owned();
        chart.title.clone_from(&hostile);
        chart.unit.clone_from(&hostile);
        chart.series[0].name.clone_from(&hostile);
        chart.lanes[0].name = hostile;
        let html = chart.to_string();
        assert!(!html.contains("<script") && !html.contains("'x'"), "{html}");
    }

    /// The numbers in all attributes of this name.
    fn numbers(html: &str, attribute: &str) -> Vec<f64> {
        let start = format!(" {attribute}=\"");
        let values = html.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
        let words = values
            .flat_map(|value| value.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')));
        words.filter(|word| !word.is_empty()).map(|word| word.parse().expect("a number")).collect()
    }

    proptest! {
        #[test]
        fn everything_is_inside_and_a_number(
            used in proptest::collection::vec(proptest::option::of(any::<u64>()), 1..400),
            kept in proptest::collection::vec(proptest::option::of(0..100_u64), 0..400),
            denied in proptest::collection::vec(any::<u64>(), 0..400),
            limit: u64,
        ) {
            let html = chart(&used, &kept, &denied, limit).to_string();
            prop_assert!(!html.contains("NaN") && !html.contains("inf"));
            // Patterns repeat beyond their tile; everything else is a path of whole units.
            let pattern = "M-1 8L8-1M-1 1L1-1M6 8L8 6";
            let outlines = html.replace(pattern, "").replace("M-2 14L14-2M3 14L19-2M8 14L24-2M13 14L29-2M-7 14L9-2", "");
            for unit in numbers(&outlines, "d") {
                prop_assert!((0.0..=10_000.0).contains(&unit), "{unit}");
            }
            for name in ["x1", "x2", "y1", "y2"] {
                for percent in numbers(&html, name) {
                    prop_assert!((0.0..=100.0).contains(&percent), "{name} {percent}");
                }
            }
            for spot in chart(&used, &kept, &denied, limit).spots() {
                prop_assert!(spot.left.units() + spot.width.units() <= FULL);
            }
            prop_assert!(html.len() < 200_000, "{}", html.len());
        }
    }
}
