//! Deciding about a report of use.
//!
//! Invariants: what was reported counts once; a report that does not continue the ledger reported before is taken in as
//! evidence, and counts nothing.
//! Deliberately not here: verifying it against the container's key (the shell).

use super::book::{Continuity, DAY_MS, UsageIn, UsageRow, UsageTaken};
use super::refusal::UsageRefusal;
use crate::office::event::Event;
use crate::office::state::Office;
use std::collections::BTreeMap;
use tenure_document::{Time, Usage, UsageInterval};

/// The longest interval that is counted by day: ten years.
const DAYS_MAX: i64 = 3_660;

impl Office {
    pub(crate) fn decide_usage(&self, report: &UsageIn) -> Result<Vec<Event>, UsageRefusal> {
        let usage = &report.usage;
        let id = usage.server;
        let container = self.fleet.get(id).ok_or(UsageRefusal::ContainerUnknown { id })?;
        let (ours, theirs) = (container.generation, usage.generation);
        if theirs > ours {
            return Err(UsageRefusal::WrongGeneration { serial: id.serial(), ours, theirs });
        }
        if usage.to_sequence < usage.from_sequence {
            return Err(UsageRefusal::Malformed("it ends before it begins"));
        }
        let before = self.usage.reported(id).filter(|before| before.generation == theirs);
        let continuity = match before {
            None => Continuity::First,
            Some(before) if usage.to_sequence < before.to_sequence => return Ok(Vec::new()),
            Some(before) if usage.to_sequence == before.to_sequence => {
                if usage.head == before.head {
                    return Ok(Vec::new());
                }
                Continuity::Fork
            }
            Some(before) if usage.from_sequence <= before.to_sequence => {
                let (serial, from, known) = (id.serial(), usage.from_sequence, before.to_sequence);
                return Err(UsageRefusal::Overlap { serial, from, known });
            }
            Some(before) if usage.from_sequence > before.to_sequence + 1 => Continuity::Gap,
            Some(before) => match usage.previous {
                Some(previous) if previous != before.head => Continuity::Fork,
                _ => Continuity::Seamless,
            },
        };
        let rows = if continuity == Continuity::Fork { Vec::new() } else { rows(usage) };
        Ok(vec![Event::UsageTaken(UsageTaken {
            by: report.by.clone(),
            server: id,
            generation: theirs,
            from_sequence: usage.from_sequence,
            to_sequence: usage.to_sequence,
            head: usage.head,
            continuity,
            rows,
        })])
    }
}

/// Sums of a report by day and item.
fn rows(usage: &Usage) -> Vec<UsageRow> {
    let mut rows: BTreeMap<(i64, &str, &str), UsageRow> = BTreeMap::new();
    for total in &usage.totals {
        let day = total.from.as_millis().div_euclid(DAY_MS);
        let key = (day, total.item_id.as_str(), total.feature.as_str());
        rows.entry(key).or_default().add(&UsageRow {
            checkouts: total.checkouts,
            denials: total.denials,
            peak: total.peak,
            seat_seconds: total.seat_seconds,
            consumed: total.consumed,
            undone: total.undone,
            ..UsageRow::default()
        });
    }
    for interval in &usage.intervals {
        let key = |day| (day, interval.item_id.as_str(), interval.feature.as_str());
        for (day, seat_seconds) in by_day(interval) {
            let row = rows.entry(key(day)).or_default();
            row.seat_seconds = row.seat_seconds.saturating_add(seat_seconds);
        }
        let first = rows.entry(key(day_of(interval.from))).or_default();
        first.checkouts = first.checkouts.saturating_add(seats(interval));
    }
    for ((day, item, feature), peak) in peaks(&usage.intervals) {
        let row = rows.entry((day, item, feature)).or_default();
        row.peak = row.peak.max(peak);
    }
    let named = rows.into_iter().map(|((day, item, feature), row)| UsageRow {
        day,
        item_id: item.to_owned(),
        feature: feature.to_owned(),
        ..row
    });
    named.collect()
}

fn day_of(at: Time) -> i64 {
    at.as_millis().div_euclid(DAY_MS)
}

fn seats(interval: &UsageInterval) -> u64 {
    let count = |range: &tenure_document::SeatRange| {
        u64::from(range.last.saturating_sub(range.first)).saturating_add(1)
    };
    interval.seats.iter().map(count).sum::<u64>().max(1)
}

/// Seat-seconds of an interval on each day that it touches.
fn by_day(interval: &UsageInterval) -> impl Iterator<Item = (i64, u64)> {
    let (from, until) = (interval.from.as_millis(), interval.until.as_millis());
    let seats = seats(interval);
    let first = from.div_euclid(DAY_MS);
    let last = until.max(from).div_euclid(DAY_MS).min(first + DAYS_MAX);
    (first..=last).map(move |day| {
        let begins = from.max(day * DAY_MS);
        let ends = until.min((day + 1) * DAY_MS);
        let seconds = u64::try_from((ends - begins) / 1_000).unwrap_or(0);
        (day, seconds.saturating_mul(seats))
    })
}

/// The most seats held at one time of each item on each day on which that changed.
fn peaks(intervals: &[UsageInterval]) -> BTreeMap<(i64, &str, &str), u64> {
    let mut changes: Vec<(&str, &str, i64, bool, u64)> = Vec::new();
    for interval in intervals {
        let (item, feature) = (interval.item_id.as_str(), interval.feature.as_str());
        let seats = seats(interval);
        changes.push((item, feature, interval.from.as_millis(), true, seats));
        changes.push((item, feature, interval.until.as_millis(), false, seats));
    }
    // Ends before beginnings at the same instant: a seat that changes hands is one seat.
    changes.sort_unstable();
    let mut peaks: BTreeMap<(i64, &str, &str), u64> = BTreeMap::new();
    let (mut held, mut of) = (0u64, ("", ""));
    for (item, feature, at, begins, seats) in changes {
        if of != (item, feature) {
            (held, of) = (0, (item, feature));
        }
        let before = held;
        held = if begins { held.saturating_add(seats) } else { held.saturating_sub(seats) };
        let peak = peaks.entry((at.div_euclid(DAY_MS), item, feature)).or_default();
        *peak = (*peak).max(held).max(before);
    }
    peaks
}
