//! Reports of use to the publisher: what is due, and those that were made.
//!
//! Invariants: a report goes on where the one before ended, in ledger entries and in days, whoever carries it; it holds
//! sums of whole days (UTC) by feature, nobody's name; all that was consumed less all that was undone is what is used up;
//! what was made stays readable until many newer ones were made.
//! Deliberately not here: signing and sending (server); holders by lease, which no publisher gets from here.

use crate::event::Event;
use crate::refusal::Refusal;
use crate::series::By;
use crate::state::Leasing;
use crate::term::Now;
use crate::usage_report::UsageReport;
use tenure_container::CONSUMED_MAX;
use tenure_document::{Hash, Time, UsageTotal};

/// The most sums in one report; the days after them come with the next.
const TOTALS_MAX: usize = 4_000;
/// The largest signed report, in bytes.
const DOCUMENT_MAX: usize = 1 << 20;

/// What a report would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageDue {
    /// The report before: its last entry and that entry's hash.
    pub after: Option<(u64, Hash)>,
    /// Days before this instant are in it.
    pub until: Time,
    /// Sums by day and feature; none for days without use.
    pub totals: Vec<UsageTotal>,
}

impl Leasing {
    /// The reports that are kept, oldest first.
    pub fn usage_reports(&self) -> impl DoubleEndedIterator<Item = &UsageReport> {
        self.reports.iter()
    }

    /// What the next report would hold; none while no day is over since the last one.
    pub fn usage_due(&self, now: Time) -> Option<UsageDue> {
        let last = self.reports.last();
        let today = By::Day.start(By::Day.index(now));
        let since = last.map(|report| report.until);
        if since.is_some_and(|since| today <= since) {
            return None;
        }
        let mut days: Vec<UsageTotal> = Vec::new();
        for feature in self.features_used() {
            let rows = self.usage_rows((&feature, None), By::Day, (since, Some(today)), now);
            let rows = rows.unwrap_or_default().into_iter().filter(|row| row.to <= today);
            days.extend(rows.map(|row| UsageTotal {
                feature: feature.clone(),
                item_id: String::new(),
                holder: String::new(),
                from: row.from,
                until: row.to,
                checkouts: row.granted,
                denials: row.denied,
                peak: row.used_peak,
                seat_seconds: row.used_seconds,
                consumed: row.consumed.saturating_sub(row.undone).min(CONSUMED_MAX),
                undone: row.undone.saturating_sub(row.consumed).min(CONSUMED_MAX),
            }));
        }
        days.retain(|day| {
            let UsageTotal { checkouts, denials, peak, seat_seconds, consumed, undone, .. } = *day;
            [checkouts, denials, peak, seat_seconds, consumed, undone] != [0; 6]
        });
        days.sort_by(|a, b| (a.from, &a.feature).cmp(&(b.from, &b.feature)));
        let mut until = today;
        if let Some(first_left) = days.get(TOTALS_MAX) {
            until = By::Day.start(By::Day.index(first_left.from));
            days.retain(|day| day.from < until);
        }
        let after = last.map(|report| (report.to_sequence, report.head));
        Some(UsageDue { after, until, totals: days })
    }

    fn features_used(&self) -> Vec<String> {
        let all = self.series.iter().filter(|(_, series)| series.pool.is_none());
        all.map(|(_, series)| series.feature.to_string()).collect()
    }
}

/// Decides to keep a report; `after` is the entry up to which the report before reached, as its maker saw it.
pub(crate) fn record(
    state: &Leasing,
    by: &str,
    after: Option<u64>,
    report: &UsageReport,
    now: Now,
) -> Result<Vec<Event>, Refusal> {
    let last = state.reports.last();
    if last.map(|last| last.to_sequence) != after {
        return Err(Refusal::UsageReportOvertaken);
    }
    if report.document.len() > DOCUMENT_MAX {
        return Err(Refusal::BadRequest("the usage report is too large".to_owned()));
    }
    let report = UsageReport { at: now.at, taken: false, ..report.clone() };
    Ok(vec![Event::UsageReported { by: by.to_owned(), report }])
}

/// Decides that the office has the reports up to this one.
pub(crate) fn taken(state: &Leasing, to_sequence: u64) -> Vec<Event> {
    let mut open = state.reports.iter().filter(|report| !report.taken);
    match open.any(|report| report.to_sequence <= to_sequence) {
        true => vec![Event::UsageReportTaken { to_sequence }],
        false => Vec::new(),
    }
}
