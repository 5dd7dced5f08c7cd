//! Use over time as rows: one for each hour or day, also for those in which nothing happened.
//!
//! Invariants: rows follow on each other without gaps; the last one ends now; what is not known (before the series
//! began, or forgotten) has no row. Deliberately not here: what there was to use at the time (history at an instant).

use crate::ids::No;
use crate::series::{Bucket, By, Series, millis};
use crate::state::Leasing;
use std::collections::BTreeMap;
use tenure_document::Time;

/// One hour or day of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// From when; later than the hour or day begins where the series begins in it.
    pub from: Time,
    /// Until when: the beginning of the next, or now.
    pub to: Time,
    /// The most seats in use at once.
    pub used_peak: u64,
    /// Seats in use times seconds, rounded down.
    pub used_seconds: u64,
    /// Seats in use at the end.
    pub used_last: u64,
    /// The most seats reserved at once.
    pub reserved_peak: u64,
    /// Seats reserved times seconds, rounded down.
    pub reserved_seconds: u64,
    /// Leases granted.
    pub granted: u64,
    /// Requests denied.
    pub denied: u64,
    /// Requests that had to wait.
    pub queued: u64,
    /// Units of metered use.
    pub consumed: u64,
    /// Units taken back.
    pub undone: u64,
}

impl Leasing {
    /// The use of a feature by hour or day, oldest first: the buckets that overlap `from..to`. None: nothing is known of
    /// it. With a pool: its use out of that pool.
    pub fn usage_rows(
        &self,
        (feature, pool): (&str, Option<&str>),
        by: By,
        (from, to): (Option<Time>, Option<Time>),
        now: Time,
    ) -> Option<Vec<UsageRow>> {
        let (no, series) = self.find_series(feature, pool)?;
        let mut series = series.clone();
        let now = now.max(series.moved);
        let mut buckets: BTreeMap<i64, Bucket> =
            self.series.slots(by).of(no).map(|(index, bucket)| (index, *bucket)).collect();
        series.turn(now, &mut |which, index, bucket| {
            if which == by {
                buckets.insert(index, bucket);
            }
        });
        let open = if by == By::Hour { series.hour } else { series.day_so_far() };
        buckets.insert(by.index(now), open);
        Some(fill(&buckets, &series, by, (from, to), now, self.series.slots(by).floor()))
    }

    /// The names of the pools whose use of a feature is known.
    pub fn usage_pools(&self, feature: &str) -> Vec<&str> {
        let series = self.series.iter().filter(|(_, series)| *series.feature == *feature);
        let mut pools: Vec<&str> =
            series.filter_map(|(_, series)| series.pool.as_deref()).collect();
        pools.sort_unstable();
        pools
    }

    fn find_series(&self, feature: &str, pool: Option<&str>) -> Option<(No<Series>, &Series)> {
        match pool {
            None => {
                let no = self.features.get(self.features.find(feature)?)?.series?;
                Some((no, self.series.get(no)?))
            }
            Some(pool) => {
                let no = self.series.find(feature, pool)?;
                Some((no, self.series.get(no)?))
            }
        }
    }
}

/// Rows without gaps out of buckets with gaps.
fn fill(
    buckets: &BTreeMap<i64, Bucket>,
    series: &Series,
    by: By,
    (from, to): (Option<Time>, Option<Time>),
    now: Time,
    floor: i64,
) -> Vec<UsageRow> {
    let last = by.index(now);
    let first = floor.max(by.index(series.since)).max(last - by.kept() + 1);
    let shown_from = from.map_or(first, |from| first.max(by.index(from)));
    let opening = buckets.range(first..).next().map(|(_, bucket)| bucket);
    let mut quiet =
        opening.map_or(Bucket::default(), |b| Bucket::quiet(b.used.opening, b.reserved.opening));
    let before = buckets.range(first..shown_from).next_back();
    quiet = before.map_or(quiet, |(_, bucket)| bucket.next());
    let mut rows = Vec::new();
    for index in shown_from..=last {
        let start = by.start(index).max(series.since);
        if to.is_some_and(|to| start >= to) {
            break;
        }
        let until = by.start(index + 1).min(now);
        let bucket = buckets.get(&index).copied().unwrap_or_else(|| {
            let mut gap = quiet;
            gap.run(millis(start, until));
            gap
        });
        quiet = bucket.next();
        rows.push(row(&bucket, start, until));
    }
    rows
}

fn row(bucket: &Bucket, from: Time, to: Time) -> UsageRow {
    UsageRow {
        from,
        to,
        used_peak: bucket.used.peak,
        used_seconds: bucket.used.area / 1_000,
        used_last: bucket.used.now,
        reserved_peak: bucket.reserved.peak,
        reserved_seconds: bucket.reserved.area / 1_000,
        granted: bucket.granted,
        denied: bucket.denied,
        queued: bucket.queued,
        consumed: bucket.consumed,
        undone: bucket.undone,
    }
}
