//! Which changes of the state the series of use take note of, and how the series are stored.
//!
//! Invariants: every change of seats in use goes through `note_used`; a series begins with the first change that
//! concerns it, at the level before that change; a stored series gives the same rows when it is restored.
//! Deliberately not here: buckets and time (series).

use crate::ids::No;
use crate::pool::Pool;
use crate::series::{Bucket, By, Gauge, Series, Slots};
use crate::state::Leasing;
use crate::stock::{Bin, Feature, Shelf};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::Time;

/// The most series of named pools. Use out of further ones counts for its feature only.
const POOL_SERIES_MAX: usize = 20_000;

impl Leasing {
    /// So many seats of an item in a pool came into use, or out of it: called after the change.
    pub(crate) fn note_used(&mut self, bin: Bin, change: i64) {
        if change == 0 {
            return;
        }
        self.note_in_bin(bin, change, |hour| {
            hour.used.set(hour.used.now.saturating_add_signed(change));
        });
    }

    /// Units of a metered item in a pool were used up or taken back.
    pub(crate) fn note_units(&mut self, bin: Bin, note: impl Fn(&mut Bucket)) {
        self.note_in_bin(bin, 0, note);
    }

    fn note_in_bin(&mut self, bin: Bin, change: i64, note: impl Fn(&mut Bucket)) {
        let Some(feature) = self.shelves.get(bin.shelf).map(|shelf| shelf.feature) else { return };
        let Some(whole) = self.series_of(feature, change) else { return };
        self.series.hour(whole).into_iter().for_each(&note);
        if let Some(part) = bin.pool.and_then(|pool| self.pool_series(pool, whole)) {
            self.series.hour(part).into_iter().for_each(&note);
        }
    }

    /// An item with so many seats in use became one of another feature.
    pub(crate) fn note_moved(&mut self, from: No<Feature>, to: No<Feature>, used: u64) {
        let used = i64::try_from(used).unwrap_or(i64::MAX);
        for (feature, change) in [(from, -used), (to, used)].into_iter().filter(|_| used > 0) {
            let series = self.series_of(feature, change);
            if let Some(hour) = series.and_then(|series| self.series.hour(series)) {
                hour.used.set(hour.used.now.saturating_add_signed(change));
            }
        }
    }

    /// Something else happened to a feature.
    pub(crate) fn note_in_series(&mut self, feature: No<Feature>, note: impl FnOnce(&mut Bucket)) {
        let series = self.series_of(feature, 0);
        if let Some(hour) = series.and_then(|series| self.series.hour(series)) {
            note(hour);
        }
    }

    /// A request for this feature was denied. Names that no item has are not counted: anybody could make up many.
    pub(crate) fn note_denied(&mut self, feature: &str) {
        let Some(no) = self.features.find(feature) else { return };
        let Some(feature) = self.features.get(no) else { return };
        let present = |no: &No<Shelf>| self.shelves.get(*no).is_some_and(|shelf| shelf.present);
        if feature.series.is_some() || feature.shelves.iter().any(present) {
            self.note_in_series(no, |hour| hour.denied += 1);
        }
    }

    /// Reservations were placed anew: what is reserved of every feature, and of it in named pools.
    pub(crate) fn note_reserved(&mut self) {
        let mut levels: BTreeMap<(No<Feature>, Option<No<Pool>>), u64> = BTreeMap::new();
        for (_, bin, seats) in self.book.all_given() {
            let Some(shelf) = self.shelves.get(bin.shelf) else { continue };
            *levels.entry((shelf.feature, None)).or_default() += seats;
            if bin.pool.is_some() {
                *levels.entry((shelf.feature, bin.pool)).or_default() += seats;
            }
        }
        let mut series: BTreeMap<No<Series>, u64> = BTreeMap::new();
        for ((feature, pool), level) in levels {
            let Some(whole) = self.series_of(feature, 0) else { continue };
            let no = pool.map_or(Some(whole), |pool| self.pool_series(pool, whole));
            series.extend(no.map(|no| (no, level)));
        }
        let changed: Vec<(No<Series>, u64)> = self
            .series
            .iter()
            .map(|(no, known)| (no, known.hour.reserved.now, series.get(&no).copied().unwrap_or(0)))
            .filter(|(_, before, level)| before != level)
            .map(|(no, _, level)| (no, level))
            .collect();
        for (no, level) in changed {
            if let Some(hour) = self.series.hour(no) {
                hour.reserved.set(level);
            }
        }
    }

    /// The series of a feature, whose use has just changed by so much.
    fn series_of(&mut self, no: No<Feature>, change: i64) -> Option<No<Series>> {
        let feature = self.features.get_mut(no)?;
        if feature.series.is_none() {
            let shelves = feature.shelves.iter().filter_map(|no| self.shelves.get(*no));
            let used = shelves.map(|shelf| shelf.used).fold(0, u64::saturating_add);
            let before = used.saturating_add_signed(change.saturating_neg());
            feature.series = Some(self.series.begin(&feature.name, None, (before, 0)));
        }
        feature.series
    }

    /// The series of a pool's part of a feature. Nothing of it was in use before the series began.
    fn pool_series(&mut self, no: No<Pool>, whole: No<Series>) -> Option<No<Series>> {
        let pool = self.pools.get_mut(no)?;
        if let Some(part) = pool.series.get(&whole) {
            return Some(*part);
        }
        let feature = self.series.get(whole)?.feature.clone();
        let known = self.series.find(&feature, &pool.name);
        let part = match known {
            Some(part) => part,
            None if self.series.pools() >= POOL_SERIES_MAX => return None,
            None => self.series.begin(&feature, Some(&pool.name), (0, 0)),
        };
        pool.series.insert(whole, part);
        Some(part)
    }
}

/// All series as they are stored.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesRecords {
    #[serde(default)]
    hours_from: Option<i64>,
    #[serde(default)]
    days_from: Option<i64>,
    #[serde(default)]
    of: Vec<SeriesRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesRecord {
    feature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    since: i64,
    moved: i64,
    hour: BucketRecord,
    day: BucketRecord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hours: Vec<(i64, BucketRecord)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<(i64, BucketRecord)>,
}

/// The figures of a bucket in a fixed order, without the zeros at the end. New figures are added at the end only.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct BucketRecord(Vec<u64>);

impl BucketRecord {
    fn of(bucket: &Bucket) -> BucketRecord {
        let Bucket { used, reserved, granted, denied, queued, consumed, undone } = *bucket;
        let (used, kept) = (gauge(used), gauge(reserved));
        let counts = [granted, denied, consumed, undone, queued];
        let mut figures: Vec<u64> = used.into_iter().chain(counts).chain(kept).collect();
        let end = figures.iter().rposition(|figure| *figure > 0).map_or(0, |last| last + 1);
        figures.truncate(end);
        BucketRecord(figures)
    }

    fn bucket(&self) -> Bucket {
        let figure = |place: usize| self.0.get(place).copied().unwrap_or(0);
        let gauge = |place: usize| Gauge {
            opening: figure(place),
            now: figure(place + 1),
            peak: figure(place + 2),
            area: figure(place + 3),
        };
        Bucket {
            used: gauge(0),
            granted: figure(4),
            denied: figure(5),
            consumed: figure(6),
            undone: figure(7),
            queued: figure(8),
            reserved: gauge(9),
        }
    }
}

fn gauge(gauge: Gauge) -> [u64; 4] {
    [gauge.opening, gauge.now, gauge.peak, gauge.area]
}

/// Writing and reading.
impl Leasing {
    pub(crate) fn series_records(&self) -> Option<SeriesRecords> {
        let mut of: Vec<SeriesRecord> = self
            .series
            .iter()
            .map(|(no, series)| {
                let buckets = |by: By| {
                    let buckets = self.series.slots(by).of(no);
                    buckets.map(|(index, bucket)| (index, BucketRecord::of(bucket))).collect()
                };
                SeriesRecord {
                    feature: series.feature.to_string(),
                    pool: series.pool.as_deref().map(str::to_owned),
                    since: series.since.as_millis(),
                    moved: series.moved.as_millis(),
                    hour: BucketRecord::of(&series.hour),
                    day: BucketRecord::of(&series.day),
                    hours: buckets(By::Hour),
                    days: buckets(By::Day),
                }
            })
            .collect();
        of.sort_by(|a, b| (&a.feature, &a.pool).cmp(&(&b.feature, &b.pool)));
        let floor = |by: By| Some(self.series.slots(by).floor()).filter(|from| *from > i64::MIN);
        let (hours_from, days_from) = (floor(By::Hour), floor(By::Day));
        (!of.is_empty()).then_some(SeriesRecords { hours_from, days_from, of })
    }

    pub(crate) fn restore_series(&mut self, records: SeriesRecords) {
        let SeriesRecords { hours_from, days_from, of } = records;
        self.series.hours = Slots::new(By::Hour, hours_from.unwrap_or(i64::MIN));
        self.series.days = Slots::new(By::Day, days_from.unwrap_or(i64::MIN));
        for record in of {
            let feature = self.feature_no(&record.feature);
            let whole = record.pool.is_none();
            let no = self.series.add(Series {
                feature: record.feature.into(),
                pool: record.pool.map(Into::into),
                since: Time::from_millis(record.since),
                moved: Time::from_millis(record.moved),
                hour: record.hour.bucket(),
                day: record.day.bucket(),
            });
            for (index, bucket) in record.hours {
                self.series.hours.put(index, no, bucket.bucket());
            }
            for (index, bucket) in record.days {
                self.series.days.put(index, no, bucket.bucket());
            }
            if let Some(feature) = self.features.get_mut(feature).filter(|_| whole) {
                feature.series = Some(no);
            }
        }
    }
}
