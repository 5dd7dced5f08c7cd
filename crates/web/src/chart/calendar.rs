//! Marks of a time axis: quarters of an hour to years, whichever are sensible for the stretch of time shown.
//!
//! Kept here: marks stand at round instants in UTC; there are at most a dozen, and every second one of many may be left
//! out where the frame is narrow. Deliberately not here: the reader's zone, which only the browser knows; the script
//! writes the words of hours again.

use tenure_document::Time;

use super::scale::{At, FULL};
use crate::component::MONTHS;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The most marks on an axis.
const MOST: i64 = 9;
/// More marks than this are thinned where the frame is narrow.
const FEW: usize = 4;
/// Monday, 5 January 1970.
const MONDAY: i64 = 4 * DAY;

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: At,
    pub(super) words: String,
    /// The instant, where its words depend on the reader's zone.
    pub(super) exact: Option<Time>,
    /// Left out where the frame is narrow.
    pub(super) spare: bool,
}

impl Mark {
    /// Where the words stand beside the mark, so that they stay in the frame.
    pub(super) fn anchor(&self) -> &'static str {
        match self.at.units() {
            0..=400 => "start",
            units if units >= FULL - 400 => "end",
            _ => "middle",
        }
    }
}

/// How far an instant is into a stretch of time.
pub(super) fn place(at: Time, (from, to): (Time, Time)) -> At {
    let whole = i128::from(to.as_millis()) - i128::from(from.as_millis());
    let part = i128::from(at.as_millis()) - i128::from(from.as_millis());
    if whole <= 0 {
        return At::new(0);
    }
    let units = part.clamp(0, whole) * i128::from(FULL) / whole;
    At::new(u32::try_from(units).unwrap_or(FULL))
}

/// The marks of a stretch of time.
pub(super) fn marks(range: (Time, Time)) -> Vec<Mark> {
    let (from, to) = (range.0.as_millis(), range.1.as_millis());
    let span = to.saturating_sub(from);
    let steps = [
        (15 * MINUTE, 0),
        (30 * MINUTE, 0),
        (HOUR, 0),
        (3 * HOUR, 0),
        (6 * HOUR, 0),
        (12 * HOUR, 0),
        (DAY, 0),
        (2 * DAY, 0),
        (7 * DAY, MONDAY),
        (14 * DAY, MONDAY),
    ];
    let found = steps.into_iter().find(|(step, _)| span / step <= MOST);
    let mut marks = match found {
        Some((step, origin)) => regular(range, step, origin),
        None => months(range),
    };
    let many = marks.len() > FEW;
    for (index, mark) in marks.iter_mut().enumerate() {
        mark.spare = many && index % 2 == 1;
    }
    marks
}

fn regular(range: (Time, Time), step: i64, origin: i64) -> Vec<Mark> {
    let (from, to) = (range.0.as_millis(), range.1.as_millis());
    let first = (from - origin).div_euclid(step) + i64::from((from - origin).rem_euclid(step) != 0);
    let instants = (first..).map(|index| index * step + origin).take_while(|at| *at <= to);
    let mark = |millis: i64| {
        let at = Time::from_millis(millis);
        let hours = step < DAY;
        let words = match hours && millis.rem_euclid(DAY) != 0 {
            true => clock(at),
            false => day(at),
        };
        Mark { at: place(at, range), words, exact: hours.then_some(at), spare: false }
    };
    instants.map(mark).collect()
}

/// The first days of months, or of every so many months.
fn months(range: (Time, Time)) -> Vec<Mark> {
    let span = range.1.as_millis().saturating_sub(range.0.as_millis());
    let every = [1, 2, 3, 6, 12, 24, 60, 120, 600, 1_200, 6_000, 12_000]
        .into_iter()
        .find(|every| span / (i64::from(*every) * 30 * DAY) <= MOST)
        .unwrap_or(12_000);
    let (year, month, _) = civil(range.0);
    let first = (year * 12 + month - 1) / every * every;
    let mark = |index: u32| {
        let at = first_of(index / 12, index % 12 + 1)?;
        let words = match index % 12 {
            0 => (index / 12).to_string(),
            month => MONTHS[month as usize].to_owned(),
        };
        let inside = range.0 <= at && at <= range.1;
        inside.then(|| Mark { at: place(at, range), words, exact: None, spare: false })
    };
    let last = civil(range.1);
    (first..=last.0 * 12 + last.1).step_by(every as usize).filter_map(mark).collect()
}

fn first_of(year: u32, month: u32) -> Option<Time> {
    format!("{year:04}-{month:02}-01T00:00:00Z").parse().ok()
}

fn civil(at: Time) -> (u32, u32, u32) {
    let exact = at.to_string();
    let part = |from: usize, to: usize| {
        exact.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(1)
    };
    (part(0, 4), part(5, 7), part(8, 10))
}

/// `13:05`.
pub(super) fn clock(at: Time) -> String {
    at.to_string().get(11..16).unwrap_or_default().to_owned()
}

/// `22 Nov`.
pub(super) fn day(at: Time) -> String {
    let (_, month, day) = civil(at);
    format!("{day} {}", MONTHS[(month.clamp(1, 12) - 1) as usize])
}

/// A stretch of time in words: `22 Nov, 13:00–14:00 UTC`, or `22 Nov` where it is a day.
pub(super) fn stretch(from: Time, to: Time) -> String {
    let length = to.as_millis() - from.as_millis();
    match length {
        // An open day is named as the day it is.
        _ if whole_day(from) && length > 2 * HOUR && length <= DAY => day(from),
        ..=DAY => format!("{}, {}–{} UTC", day(from), clock(from), clock(to)),
        _ => format!("{} to {}", day(from), day(Time::from_millis(to.as_millis() - 1))),
    }
}

fn whole_day(from: Time) -> bool {
    from.as_millis().rem_euclid(DAY) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(from: &str, to: &str, expected: Expect) {
        let range = (from.parse().expect("a time"), to.parse().expect("a time"));
        let words = |mark: &Mark| {
            let spare = if mark.spare { " (spare)" } else { "" };
            format!("{} {}{spare}", mark.at, mark.words)
        };
        let marks: Vec<_> = marks(range).iter().map(words).collect();
        expected.assert_eq(&marks.join(", "));
    }

    #[test]
    fn marks_are_sensible() {
        check(
            "2026-11-22T13:05:00Z",
            "2026-11-22T14:05:00Z",
            expect!["16.66% 13:15, 41.66% 13:30, 66.66% 13:45, 91.66% 14:00"],
        );
        check(
            "2026-11-21T13:00:00Z",
            "2026-11-22T13:00:00Z",
            expect![
                "8.33% 15:00, 20.83% 18:00 (spare), 33.33% 21:00, 45.83% 22 Nov (spare), 58.33% 03:00, 70.83% 06:00 (spare), 83.33% 09:00, 95.83% 12:00 (spare)"
            ],
        );
        check(
            "2026-11-15T13:00:00Z",
            "2026-11-22T13:00:00Z",
            expect![
                "6.54% 16 Nov, 20.83% 17 Nov (spare), 35.11% 18 Nov, 49.4% 19 Nov (spare), 63.69% 20 Nov, 77.97% 21 Nov (spare), 92.26% 22 Nov"
            ],
        );
        check(
            "2026-10-23T13:00:00Z",
            "2026-11-22T13:00:00Z",
            expect!["8.19% 26 Oct, 31.52% 2 Nov, 54.86% 9 Nov, 78.19% 16 Nov"],
        );
        check(
            "2025-11-22T13:00:00Z",
            "2026-11-22T13:00:00Z",
            expect![
                "10.81% 2026, 26.97% Mar (spare), 43.68% May, 60.39% Jul (spare), 77.38% Sep, 94.09% Nov (spare)"
            ],
        );
        check(
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            expect![
                "9.99% 1000, 19.99% 2000 (spare), 29.99% 3000, 39.99% 4000 (spare), 49.99% 5000, 59.99% 6000 (spare), 69.99% 7000, 79.99% 8000 (spare), 89.99% 9000"
            ],
        );
        check("2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z", expect!["0% 13:00"]);
    }

    #[test]
    fn stretches_in_words() {
        let words = |from: &str, to: &str| {
            stretch(from.parse().expect("a time"), to.parse().expect("a time"))
        };
        let all = [
            words("2026-11-22T13:00:00Z", "2026-11-22T14:00:00Z"),
            words("2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z"),
            words("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
            words("2026-11-22T00:00:00Z", "2026-11-22T17:25:00Z"),
            words("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        ];
        expect![[r#"
            22 Nov, 13:00–14:00 UTC
            22 Nov, 00:00–01:00 UTC
            22 Nov
            22 Nov
            16 Nov to 22 Nov"#]]
        .assert_eq(&all.join("\n"));
    }

    proptest! {
        #[test]
        fn marks_lie_in_their_frame(from: i64, to: i64) {
            let range = (Time::from_millis(from.min(to)), Time::from_millis(from.max(to)));
            let marks = marks(range);
            prop_assert!(marks.len() <= 14, "{}", marks.len());
            prop_assert!(marks.iter().all(|mark| mark.at.units() <= FULL));
            prop_assert!(marks.windows(2).all(|pair| pair[0].at <= pair[1].at));
        }
    }
}
