//! Holdings as a picture: a lane for each holder or feature, a bar for each lease from its grant to its end.
//!
//! Kept here: the picture says nothing that the tables do not say; lanes and bars are bounded, and what is left out is
//! told. Places are percentages of the time shown, so that it fits every width without a script.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_api::HoldingRow;
use tenure_document::Time;

use super::super::holding::lease_href;
use crate::component::When;
use crate::words::so_many;

/// Most lanes of a picture.
const LANES_MAX: usize = 40;
/// Most bars of a picture.
const BARS_MAX: usize = 400;
/// Parts of the axis.
const PARTS: u32 = 4;

/// The picture.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/history/lanes.html")]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    times: Vec<When>,
    left_out: String,
}

impl HtmlSafe for Lanes {}

#[derive(Debug, Clone)]
struct Lane {
    name: String,
    under: String,
    href: String,
    label: String,
    bars: Vec<Bar>,
}

#[derive(Debug, Clone)]
struct Bar {
    /// In percent of the time shown.
    x: String,
    width: String,
    words: String,
    href: String,
    taken: bool,
}

/// What a lane is called, what stands below, where it leads.
pub(super) type Name = (String, String, String);

impl Lanes {
    /// The lanes of holdings within a span; `name` says to which lane a holding belongs.
    pub(super) fn new(
        (from, to): (Time, Time),
        (holdings, total): (&[HoldingRow], u64),
        name: impl Fn(&HoldingRow) -> Name,
    ) -> Self {
        let mut places: BTreeMap<Name, usize> = BTreeMap::new();
        let mut lanes: Vec<(Name, Vec<&HoldingRow>)> = Vec::new();
        for row in holdings {
            let name = name(row);
            let place = *places.entry(name.clone()).or_insert_with(|| {
                lanes.push((name, Vec::new()));
                lanes.len() - 1
            });
            lanes[place].1.push(row);
        }
        let (all_lanes, mut bars) = (lanes.len(), 0_usize);
        let mut shown = Vec::new();
        for ((name, under, href), rows) in lanes.into_iter().take(LANES_MAX) {
            let room = BARS_MAX.saturating_sub(bars);
            let drawn: Vec<Bar> = rows.iter().take(room).map(|row| bar(row, from, to)).collect();
            bars += drawn.len();
            let held = so_many(rows.len() as u64, "lease", "leases");
            shown.push(Lane { label: format!("{name}: {held}"), name, under, href, bars: drawn });
        }
        let left_out = total.saturating_sub(bars as u64);
        let left_out = match left_out {
            0 => String::new(),
            left_out => format!(
                "{} of {} drawn, in {} lanes of {all_lanes}; {left_out} left out. Choose a shorter time.",
                bars,
                so_many(total, "lease", "leases"),
                shown.len()
            ),
        };
        let step = to.since(from) / PARTS;
        let times = (0..=PARTS).map(|part| When(from.plus(step * part))).collect();
        Self { lanes: shown, times, left_out }
    }

    /// Whether nothing was held.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

fn bar(row: &HoldingRow, from: Time, to: Time) -> Bar {
    let (begins, ends) =
        (place(row.from, from, to), row.to.map_or(100.0, |at| place(at, from, to)));
    // What was held for a moment only must still be seen.
    let width = (ends - begins).max(0.4);
    let user = row.holder.as_ref().and_then(|holder| holder.user.as_deref());
    let who = user.map_or_else(String::new, |user| format!(", {user}"));
    let until = match (row.to, row.end.as_deref()) {
        (Some(at), Some(end)) => format!("{} ({})", When(at).words(), end.replace('-', " ")),
        (Some(at), None) => When(at).words(),
        (None, _) => "still held at the end".to_owned(),
    };
    let seats = so_many(row.count, "seat", "seats");
    let since = When(row.from).words();
    Bar {
        x: format!("{:.2}%", begins.min(100.0 - width)),
        width: format!("{width:.2}%"),
        words: format!("{seats} of {}{who}: {since} to {until}", row.feature),
        href: lease_href(row.lease),
        taken: matches!(row.end.as_deref(), Some("dropped" | "taken-over")),
    }
}

/// Where an instant stands, in percent of the time shown.
fn place(at: Time, from: Time, to: Time) -> f64 {
    let whole = to.since(from).as_secs_f64();
    if whole <= 0.0 {
        return 0.0;
    }
    (at.since(from).as_secs_f64() / whole * 100.0).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use tenure_document::LeaseId;

    use super::*;

    fn time(text: &str) -> Time {
        format!("2026-11-22T{text}Z").parse().expect("a time")
    }

    fn row(number: u64, feature: &str, from: &str, to: Option<&str>) -> HoldingRow {
        HoldingRow {
            lease: LeaseId(number),
            holder: None,
            feature: feature.to_owned(),
            count: 1,
            from: time(from),
            to: to.map(time),
            end: to.map(|_| "released".to_owned()),
        }
    }

    #[test]
    fn bars_stand_where_they_were_held() {
        let rows = [
            row(1, "cad", "07:00:00", Some("09:00:00")),
            row(2, "cad", "11:00:00", Some("11:00:00")),
            row(3, "<b>", "11:00:00", None),
        ];
        let name = |row: &HoldingRow| (row.feature.clone(), String::new(), "/x".to_owned());
        let lanes = Lanes::new((time("08:00:00"), time("12:00:00")), (&rows, 3), name);
        let bars: Vec<String> = lanes
            .lanes
            .iter()
            .flat_map(|lane| {
                lane.bars.iter().map(|bar| format!("{} {}+{}", lane.name, bar.x, bar.width))
            })
            .collect();
        assert_eq!(bars, ["cad 0.00%+25.00%", "cad 75.00%+0.40%", "<b> 75.00%+25.00%"]);
        assert_eq!(lanes.left_out, "");
        let html = lanes.to_string();
        assert!(!html.contains("<b>") && !html.contains("style="), "{html}");
        assert!(html.contains(
            "1 seat of cad: 22 Nov 2026, 07:00 UTC to 22 Nov 2026, 09:00 UTC (released)"
        ));
    }

    #[test]
    fn pictures_are_bounded() {
        let rows: Vec<HoldingRow> =
            (0..1_000).map(|n| row(n, &format!("f{}", n % 50), "09:00:00", None)).collect();
        let name = |row: &HoldingRow| (row.feature.clone(), String::new(), "/x".to_owned());
        let lanes = Lanes::new((time("08:00:00"), time("12:00:00")), (&rows, 5_000), name);
        assert_eq!(lanes.lanes.len(), 40);
        assert!(lanes.left_out.starts_with("400 of 5000 leases drawn"), "{}", lanes.left_out);
        assert!(lanes.to_string().len() < 150_000);
    }
}
