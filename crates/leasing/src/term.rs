//! The instants a decision is taken at, and how long leases run.
//!
//! Invariants: lease terms run on ledger time, which never goes back; a lease never ends after its items do; rounding
//! is plain arithmetic on UTC milliseconds; jitter is a function of seed, lease and time, so that deciding stays pure.
//! Deliberately not here: reading a clock; which limits apply (candidates, properties).

use serde::{Deserialize, Serialize};
use tenure_container::Reading;
use tenure_document::{LeaseId, Time};

/// The server takes seats back so long after the end of a lease: the holder always stops first.
pub const RECLAIM_MARGIN_MS: i64 = 2_000;

/// The instant of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Ledger time: never before the previous entry's. Leases begin and end by it.
    pub at: Time,
    /// What the machine's clocks say: the container judges the rights of items by them.
    pub reading: Reading,
}

/// The unit to which the end of a lease is rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// Whole seconds.
    Second,
    /// The end of a minute.
    Minute,
    /// The end of an hour.
    Hour,
    /// The end of a day, UTC.
    Day,
}

impl Granularity {
    /// The word in requests and properties.
    pub fn word(self) -> &'static str {
        match self {
            Granularity::Second => "second",
            Granularity::Minute => "minute",
            Granularity::Hour => "hour",
            Granularity::Day => "day",
        }
    }

    /// The granularity of this word.
    pub fn from_word(word: &str) -> Option<Granularity> {
        [Granularity::Second, Granularity::Minute, Granularity::Hour, Granularity::Day]
            .into_iter()
            .find(|granularity| granularity.word() == word)
    }

    fn seconds(self) -> i64 {
        match self {
            Granularity::Second => 1,
            Granularity::Minute => 60,
            Granularity::Hour => 3_600,
            Granularity::Day => 86_400,
        }
    }

    /// The end of the unit that `time` lies in: 60 seconds by the day last until 23:59:59.
    pub(crate) fn round_up(self, time: Time) -> Time {
        let millis = time.as_millis();
        let seconds = millis.div_euclid(1_000) + i64::from(millis.rem_euclid(1_000) > 0);
        let unit = self.seconds();
        Time::from_millis((seconds.div_euclid(unit) * unit + unit - 1).saturating_mul(1_000))
    }
}

/// What lets a borrowing run for a shorter time than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BorrowLimit {
    /// The interval in the license of the item.
    #[serde(rename = "borrow_interval_seconds")]
    Interval,
    /// The property for items whose license says nothing.
    #[serde(rename = "borrow.interval-seconds")]
    IntervalHere,
    /// The property for leases of any kind.
    #[serde(rename = "borrow.max-seconds")]
    MaxHere,
    /// The last instant at which the item may be used.
    #[serde(rename = "license-end")]
    LicenseEnd,
    /// The end of the server's certificate: away from the network the holder gets no newer one.
    #[serde(rename = "certificate-end")]
    CertificateEnd,
}

impl BorrowLimit {
    /// The word in events and answers: a member of the item, a property, `license-end` or `certificate-end`.
    pub fn word(self) -> &'static str {
        match self {
            BorrowLimit::Interval => "borrow_interval_seconds",
            BorrowLimit::IntervalHere => "borrow.interval-seconds",
            BorrowLimit::MaxHere => "borrow.max-seconds",
            BorrowLimit::LicenseEnd => "license-end",
            BorrowLimit::CertificateEnd => "certificate-end",
        }
    }
}

/// How long a lease of one item may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    /// The length before rounding.
    pub(crate) seconds: u64,
    /// Rounded up to this unit.
    pub(crate) granularity: Granularity,
    /// The last instant of the item, or of what proves the lease, is so far off; none: permanent.
    pub(crate) left_ms: Option<i64>,
}

impl Term {
    /// The end of a lease that begins `at`.
    pub(crate) fn end(self, at: Time) -> Time {
        let end = self.granularity.round_up(later(at, millis(self.seconds)));
        self.left_ms.map_or(end, |left| end.min(later(at, left)))
    }
}

/// When the holder should renew: `percent` into the term, give or take `jitter_percent` of that.
pub(crate) fn renew_after(
    seed: u64,
    lease: LeaseId,
    (from, until): (Time, Time),
    (percent, jitter_percent): (u64, u64),
) -> Time {
    let wait = (until.as_millis() - from.as_millis()).max(0) / 100 * small(percent);
    let spread = wait / 100 * small(jitter_percent);
    let chance = scramble(seed ^ scramble(lease.0) ^ scramble(from.as_millis().unsigned_abs()));
    let shift =
        if spread == 0 { 0 } else { small(chance % (2 * spread.unsigned_abs() + 1)) - spread };
    later(from, (wait + shift).max(0)).min(until)
}

/// `time` plus milliseconds, without overflow.
pub(crate) fn later(time: Time, millis: i64) -> Time {
    Time::from_millis(time.as_millis().saturating_add(millis))
}

/// Seconds as milliseconds, without overflow.
pub(crate) fn millis(seconds: u64) -> i64 {
    small(seconds).saturating_mul(1_000)
}

/// A number as a signed one, without overflow.
pub(crate) fn small(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// SplitMix64's finisher: spreads neighboring numbers over all 64 bits.
fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn ends_are_rounded_up_to_the_end_of_their_unit() {
        let check = |granularity: Granularity, from: &str, to: &str| {
            assert_eq!(granularity.round_up(time(from)), time(to), "{granularity:?} of {from}");
        };
        check(Granularity::Second, "2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z");
        check(Granularity::Second, "2026-01-05T08:00:00.001Z", "2026-01-05T08:00:01Z");
        check(Granularity::Minute, "2026-01-05T08:00:00Z", "2026-01-05T08:00:59Z");
        check(Granularity::Hour, "2026-01-05T08:59:59Z", "2026-01-05T08:59:59Z");
        check(Granularity::Hour, "2026-01-05T08:59:59.001Z", "2026-01-05T09:59:59Z");
        check(Granularity::Day, "2026-02-28T23:59:59.5Z", "2026-03-01T23:59:59Z");
        check(Granularity::Day, "1969-12-31T00:00:00Z", "1969-12-31T23:59:59Z");
        for word in ["second", "minute", "hour", "day"] {
            assert_eq!(Granularity::from_word(word).map(Granularity::word), Some(word));
        }
    }

    #[test]
    fn the_same_lease_renews_at_the_same_instant_and_others_at_others() {
        let term = (time("2026-01-05T08:00:00Z"), time("2026-01-05T08:15:00Z"));
        let at = |seed, lease| renew_after(seed, LeaseId(lease), term, (15, 20));
        assert_eq!(at(1, 1), at(1, 1));
        assert_ne!(at(1, 1), at(1, 2));
        assert_ne!(at(1, 1), at(2, 1));
        assert_eq!(renew_after(1, LeaseId(1), term, (20, 0)), time("2026-01-05T08:03:00Z"));
        let nothing = (term.0, term.0);
        assert_eq!(renew_after(1, LeaseId(1), nothing, (15, 20)), term.0);
    }
}
