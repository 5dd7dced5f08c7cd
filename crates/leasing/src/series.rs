//! Use over time: what of a feature, and of it in one named pool, was in use, reserved, granted and denied, by hour and day.
//!
//! Invariants: part of the fold, so that it follows from the events alone; an event costs the same however long the
//! series is; only hours and days in which something changed are kept, what lies between them follows from their ends;
//! bounded in age and in number, the oldest go first. A bucket's `area` is seats times milliseconds.
//! Deliberately not here: which events change what (series_fold), rows for people (views).

use crate::ids::No;
use std::collections::{BTreeMap, VecDeque};
use tenure_document::Time;

/// The length of the buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Hours (UTC), of the last 35 days.
    Hour,
    /// Days (UTC), of the last 400 days.
    Day,
}

impl By {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            By::Hour => "hour",
            By::Day => "day",
        }
    }

    pub(crate) fn millis(self) -> i64 {
        match self {
            By::Hour => 3_600_000,
            By::Day => 86_400_000,
        }
    }

    /// So many buckets back from now are kept.
    pub(crate) fn kept(self) -> i64 {
        match self {
            By::Hour => 35 * 24,
            By::Day => 400,
        }
    }

    /// The most buckets of all series together.
    fn most(self) -> usize {
        match self {
            By::Hour => 200_000,
            By::Day => 100_000,
        }
    }

    /// The bucket that an instant lies in.
    pub(crate) fn index(self, at: Time) -> i64 {
        at.as_millis().div_euclid(self.millis())
    }

    /// When a bucket begins.
    pub(crate) fn start(self, index: i64) -> Time {
        Time::from_millis(index.saturating_mul(self.millis()))
    }
}

/// A level over a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Gauge {
    pub(crate) opening: u64,
    pub(crate) now: u64,
    pub(crate) peak: u64,
    /// Level times milliseconds.
    pub(crate) area: u64,
}

impl Gauge {
    fn level(level: u64) -> Gauge {
        Gauge { opening: level, now: level, peak: level, area: 0 }
    }

    fn run(&mut self, millis: i64) {
        let millis = u64::try_from(millis).unwrap_or(0);
        self.area = self.area.saturating_add(self.now.saturating_mul(millis));
    }

    pub(crate) fn set(&mut self, level: u64) {
        self.now = level;
        self.peak = self.peak.max(level);
    }

    fn append(&mut self, later: &Gauge) {
        self.now = later.now;
        self.peak = self.peak.max(later.peak);
        self.area = self.area.saturating_add(later.area);
    }
}

/// What happened in one hour or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bucket {
    pub(crate) used: Gauge,
    pub(crate) reserved: Gauge,
    pub(crate) granted: u64,
    pub(crate) denied: u64,
    pub(crate) queued: u64,
    pub(crate) consumed: u64,
    pub(crate) undone: u64,
}

impl Bucket {
    /// Nothing happens; the levels stay what they are.
    pub(crate) fn quiet(used: u64, reserved: u64) -> Bucket {
        Bucket { used: Gauge::level(used), reserved: Gauge::level(reserved), ..Bucket::default() }
    }

    /// What follows this bucket while nothing happens.
    pub(crate) fn next(&self) -> Bucket {
        Bucket::quiet(self.used.now, self.reserved.now)
    }

    pub(crate) fn run(&mut self, millis: i64) {
        self.used.run(millis);
        self.reserved.run(millis);
    }

    fn append(&mut self, later: &Bucket) {
        self.used.append(&later.used);
        self.reserved.append(&later.reserved);
        self.granted = self.granted.saturating_add(later.granted);
        self.denied = self.denied.saturating_add(later.denied);
        self.queued = self.queued.saturating_add(later.queued);
        self.consumed = self.consumed.saturating_add(later.consumed);
        self.undone = self.undone.saturating_add(later.undone);
    }
}

/// The series of a feature, or of it in one pool: the hour and the day under way.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) feature: Box<str>,
    /// In this named pool only.
    pub(crate) pool: Option<Box<str>>,
    /// Nothing is known of the time before.
    pub(crate) since: Time,
    /// The open hour is complete up to here.
    pub(crate) moved: Time,
    pub(crate) hour: Bucket,
    /// The day of the open hour, up to that hour.
    pub(crate) day: Bucket,
}

impl Series {
    fn begin(feature: &str, pool: Option<&str>, levels: (u64, u64), at: Time) -> Series {
        let quiet = Bucket::quiet(levels.0, levels.1);
        let (feature, pool) = (feature.into(), pool.map(Into::into));
        Series { feature, pool, since: at, moved: at, hour: quiet, day: quiet }
    }

    /// Lets time pass; hands out what is over.
    pub(crate) fn turn(&mut self, at: Time, over: &mut impl FnMut(By, i64, Bucket)) {
        let (hour, next) = (By::Hour.index(self.moved), By::Hour.index(at));
        if next <= hour {
            self.run_to(at);
            return;
        }
        let hour_end = By::Hour.start(hour + 1);
        let next_start = By::Hour.start(next);
        let (day, next_day) = (By::Day.index(self.moved), By::Day.index(at));
        self.run_to(hour_end);
        over(By::Hour, hour, self.hour);
        self.day.append(&self.hour);
        if next_day > day {
            self.day.run(millis(hour_end, By::Day.start(day + 1)));
            over(By::Day, day, self.day);
            self.day = self.day.next();
            self.day.run(millis(By::Day.start(next_day), next_start));
        } else {
            self.day.run(millis(hour_end, next_start));
        }
        self.hour = self.hour.next();
        self.moved = next_start;
        self.run_to(at);
    }

    fn run_to(&mut self, at: Time) {
        if at > self.moved {
            self.hour.run(millis(self.moved, at));
            self.moved = at;
        }
    }

    /// The day under way, the open hour included.
    pub(crate) fn day_so_far(&self) -> Bucket {
        let mut day = self.day;
        day.append(&self.hour);
        day
    }
}

pub(crate) fn millis(from: Time, to: Time) -> i64 {
    to.as_millis() - from.as_millis()
}

/// Buckets that are over, by their place in time.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    by: By,
    /// Nothing before this bucket is kept.
    floor: i64,
    slots: VecDeque<(i64, BTreeMap<No<Series>, Bucket>)>,
    total: usize,
}

impl Slots {
    pub(crate) fn new(by: By, floor: i64) -> Slots {
        Slots { by, floor, slots: VecDeque::new(), total: 0 }
    }

    pub(crate) fn floor(&self) -> i64 {
        self.floor
    }

    pub(crate) fn put(&mut self, index: i64, of: No<Series>, bucket: Bucket) {
        if index < self.floor {
            return;
        }
        let place = self.slots.partition_point(|(at, _)| *at < index);
        if self.slots.get(place).is_none_or(|(at, _)| *at != index) {
            self.slots.insert(place, (index, BTreeMap::new()));
        }
        if let Some((_, slot)) = self.slots.get_mut(place)
            && slot.insert(of, bucket).is_none()
        {
            self.total += 1;
        }
    }

    /// Forgets what is too old when bucket `now` is under way, and the oldest where there are too many.
    fn forget(&mut self, now: i64) {
        self.floor = self.floor.max(now - self.by.kept() + 1);
        while let Some((index, slot)) = self.slots.front()
            && (*index < self.floor || self.total > self.by.most())
        {
            self.floor = self.floor.max(index + 1);
            self.total -= slot.len();
            self.slots.pop_front();
        }
    }

    /// The buckets of one series, oldest first.
    pub(crate) fn of(&self, no: No<Series>) -> impl Iterator<Item = (i64, &Bucket)> {
        self.slots
            .iter()
            .filter_map(move |(index, slot)| slot.get(&no).map(|bucket| (*index, bucket)))
    }
}

/// All series.
#[derive(Debug, Clone)]
pub(crate) struct SeriesBook {
    /// The time of the entry that is being applied.
    pub(crate) at: Time,
    pub(crate) series: Vec<Series>,
    by_pool: BTreeMap<Box<str>, BTreeMap<Box<str>, No<Series>>>,
    pub(crate) hours: Slots,
    pub(crate) days: Slots,
}

impl Default for SeriesBook {
    fn default() -> SeriesBook {
        SeriesBook {
            at: Time::EPOCH,
            series: Vec::new(),
            by_pool: BTreeMap::new(),
            hours: Slots::new(By::Hour, i64::MIN),
            days: Slots::new(By::Day, i64::MIN),
        }
    }
}

impl SeriesBook {
    /// Begins a series at these levels of use and reservation.
    pub(crate) fn begin(
        &mut self,
        feature: &str,
        pool: Option<&str>,
        levels: (u64, u64),
    ) -> No<Series> {
        self.add(Series::begin(feature, pool, levels, self.at))
    }

    pub(crate) fn add(&mut self, series: Series) -> No<Series> {
        let no = No::new(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        if let Some(pool) = &series.pool {
            let of_pool = self.by_pool.entry(pool.clone()).or_default();
            of_pool.insert(series.feature.clone(), no);
        }
        self.series.push(series);
        no
    }

    /// The series of a feature in a named pool.
    pub(crate) fn find(&self, feature: &str, pool: &str) -> Option<No<Series>> {
        self.by_pool.get(pool)?.get(feature).copied()
    }

    /// How many series of named pools there are.
    pub(crate) fn pools(&self) -> usize {
        self.by_pool.values().map(BTreeMap::len).sum()
    }

    pub(crate) fn get(&self, no: No<Series>) -> Option<&Series> {
        self.series.get(no.place() as usize)
    }

    /// All series with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (No<Series>, &Series)> {
        self.series.iter().zip(0..).map(|(series, place)| (No::new(place), series))
    }

    pub(crate) fn slots(&self, by: By) -> &Slots {
        match by {
            By::Hour => &self.hours,
            By::Day => &self.days,
        }
    }

    /// The hour under way of a series, to change.
    pub(crate) fn hour(&mut self, no: No<Series>) -> Option<&mut Bucket> {
        let SeriesBook { at, series, hours, days, .. } = self;
        let series = series.get_mut(no.place() as usize)?;
        let mut turned = false;
        series.turn(*at, &mut |by, index, bucket| {
            turned = true;
            match by {
                By::Hour => hours.put(index, no, bucket),
                By::Day => days.put(index, no, bucket),
            }
        });
        if turned {
            hours.forget(By::Hour.index(*at));
            days.forget(By::Day.index(*at));
        }
        Some(&mut series.hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// A book with one series, and its use set at each of these hours.
    fn book(hours: impl IntoIterator<Item = (i64, u64)>) -> SeriesBook {
        let mut book = SeriesBook::default();
        let no = book.begin("cad", None, (0, 0));
        for (hour, used) in hours {
            book.at = Time::from_millis(hour * HOUR);
            book.hour(no).expect("a series").used.set(used);
        }
        book
    }

    #[test]
    fn old_hours_and_days_are_forgotten() {
        let book = book((0..24 * 500).map(|hour| (hour, 1)));
        assert_eq!(book.hours.of(No::new(0)).count(), 35 * 24 - 1);
        assert_eq!(book.days.of(No::new(0)).count(), 399);
        assert_eq!(book.hours.floor(), 24 * 500 - 35 * 24);
    }

    #[test]
    fn quiet_time_is_not_kept_but_counted() {
        let book = book([(0, 4), (50, 0)]);
        assert_eq!(book.hours.of(No::new(0)).count(), 1);
        let days: Vec<u64> =
            book.days.of(No::new(0)).map(|(_, day)| day.used.area / HOUR.unsigned_abs()).collect();
        assert_eq!(days, [4 * 24]);
        let Series { day, hour, .. } = &book.series[0];
        assert_eq!((day.used.area, hour.used.area), (4 * 2 * HOUR.unsigned_abs(), 0));
    }

    #[test]
    fn there_are_never_more_than_so_many() {
        let mut book = SeriesBook::default();
        let all: Vec<No<Series>> = (0..1_000).map(|_| book.begin("cad", None, (0, 0))).collect();
        for hour in 0..300 {
            book.at = Time::from_millis(hour * HOUR);
            for no in &all {
                book.hour(*no).expect("a series").granted += 1;
            }
        }
        assert!(book.hours.total <= By::Hour.most(), "{}", book.hours.total);
        assert!(book.hours.floor() >= 98, "{}", book.hours.floor());
        assert_eq!(book.hours.of(No::new(7)).count(), book.hours.slots.len());
    }
}
