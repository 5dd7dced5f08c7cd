//! Levels over time: how many seats are in use at once, how many reserved ones are idle.
//!
//! Invariants: time only goes forward; the average weighs each value with the time it lasted.
//! Deliberately not here: what is measured (tally).

use super::report::Level;
use tenure_document::Time;

/// A number that changes over time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gauge {
    value: u64,
    /// When it was first and last set.
    set: Option<(Time, Time)>,
    peak: u64,
    peak_at: Option<Time>,
    /// Value times milliseconds.
    area: u128,
}

impl Gauge {
    /// From this instant on it is this much.
    pub(super) fn set(&mut self, value: u64, at: Time) {
        self.pass(value, at);
        self.note_peak(at);
    }

    /// The same, where a value that is gone within the same instant is no peak: several changes make one.
    pub(super) fn set_lasting(&mut self, value: u64, at: Time) {
        if let Some((_, last)) = self.set.filter(|(_, last)| *last < at) {
            self.note_peak(last);
        }
        self.pass(value, at);
    }

    fn pass(&mut self, value: u64, at: Time) {
        let first = self.set.map_or(at, |(first, _)| first);
        self.add_area(at);
        self.set = Some((first, at));
        self.value = value;
    }

    fn note_peak(&mut self, at: Time) {
        if self.value > self.peak {
            (self.peak, self.peak_at) = (self.value, Some(at));
        }
    }

    /// Changes it by this much.
    pub(super) fn shift(&mut self, by: i64, at: Time) {
        self.set(self.value.saturating_add_signed(by), at);
    }

    fn add_area(&mut self, to: Time) {
        let from = self.set.map_or(to, |(_, last)| last);
        let millis = u64::try_from(to.as_millis() - from.as_millis()).unwrap_or(0);
        self.area += u128::from(self.value) * u128::from(millis);
    }

    /// What it was, up to this instant.
    pub(super) fn level(mut self, until: Time) -> Level {
        let Some((first, last)) = self.set else { return Level::default() };
        self.note_peak(last);
        self.add_area(until);
        let millis = u128::from(u64::try_from(until.as_millis() - first.as_millis()).unwrap_or(0));
        // Thousandths, so that reports stay free of floating point.
        let average_milli = (self.area * 1_000).checked_div(millis);
        let average_milli = average_milli.unwrap_or(u128::from(self.value) * 1_000);
        Level {
            peak: self.peak,
            peak_at: self.peak_at,
            average_milli: u64::try_from(average_milli).unwrap_or(u64::MAX),
            last: self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_weighs_with_time() {
        let at = Time::from_millis;
        let mut gauge = Gauge::default();
        assert_eq!(gauge.level(at(5)), Level::default());
        gauge.set(0, at(0));
        gauge.set(4, at(10));
        gauge.shift(0, at(15));
        gauge.shift(-3, at(20));
        let level = gauge.level(at(40));
        assert_eq!((level.peak, level.peak_at, level.last), (4, Some(at(10)), 1));
        assert_eq!(level.average_milli, (4 * 10 + 20) * 1_000 / 40);
    }

    #[test]
    fn what_does_not_last_is_no_peak_where_it_should() {
        let at = Time::from_millis;
        let mut gauge = Gauge::default();
        gauge.set_lasting(9, at(0));
        gauge.set_lasting(2, at(0));
        gauge.set_lasting(1, at(10));
        let level = gauge.level(at(40));
        assert_eq!((level.peak, level.peak_at, level.last), (2, Some(at(0)), 1));
    }
}
