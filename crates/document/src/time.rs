//! A point in time: whole milliseconds since the Unix epoch, written as RFC 3339 in UTC.
//!
//! Invariants: always between the years 0001 and 9999, so every value has a text form; exactly
//! one text per value (`Z`, a fraction of three digits only when it is not zero). Arithmetic
//! saturates at the ends and never panics. Not here: the clock, and time zones.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::DocumentError;

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Time = Time(0);
    /// The earliest value with a text form: 0001-01-01T00:00:00Z.
    pub const EARLIEST: Time = Time(-62_135_596_800_000);
    /// The latest value with a text form: 9999-12-31T23:59:59.999Z.
    pub const LATEST: Time = Time(253_402_300_799_999);

    /// Milliseconds since the Unix epoch; values outside the years 0001 to 9999 are clamped.
    pub const fn from_millis(millis: i64) -> Time {
        if millis < Self::EARLIEST.0 {
            Self::EARLIEST
        } else if millis > Self::LATEST.0 {
            Self::LATEST
        } else {
            Time(millis)
        }
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Later by `by`; clamped at [`Time::LATEST`]. Fractions of a millisecond are dropped.
    #[must_use]
    pub fn plus(self, by: Duration) -> Time {
        self.checked_plus(by).unwrap_or(Self::LATEST)
    }

    /// Earlier by `by`; clamped at [`Time::EARLIEST`].
    #[must_use]
    pub fn minus(self, by: Duration) -> Time {
        self.checked_minus(by).unwrap_or(Self::EARLIEST)
    }

    /// Later by `by`, or nothing when the result has no text form.
    pub fn checked_plus(self, by: Duration) -> Option<Time> {
        let millis = i64::try_from(by.as_millis()).ok()?;
        let sum = self.0.checked_add(millis)?;
        (sum <= Self::LATEST.0).then_some(Time(sum))
    }

    /// Earlier by `by`, or nothing when the result has no text form.
    pub fn checked_minus(self, by: Duration) -> Option<Time> {
        let millis = i64::try_from(by.as_millis()).ok()?;
        let difference = self.0.checked_sub(millis)?;
        (difference >= Self::EARLIEST.0).then_some(Time(difference))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The last millisecond of the calendar day (UTC), for dates written without a time.
    pub(crate) fn end_of_day(date: &str) -> Option<Time> {
        let (millis, rest) = read_date(date.as_bytes())?;
        rest.is_empty().then_some(Time(millis + DAY_MS - 1))
    }

    /// Writes the text form into `buffer` and returns the part that was used.
    pub(crate) fn write(self, buffer: &mut [u8; 24]) -> &str {
        let (year, month, day) = civil(self.0.div_euclid(DAY_MS));
        let in_day = self.0.rem_euclid(DAY_MS) as u32;
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        let (minutes, second) = (seconds / 60, seconds % 60);
        two(buffer, 0, year / 100);
        two(buffer, 2, year % 100);
        buffer[4] = b'-';
        two(buffer, 5, month);
        buffer[7] = b'-';
        two(buffer, 8, day);
        buffer[10] = b'T';
        two(buffer, 11, minutes / 60);
        buffer[13] = b':';
        two(buffer, 14, minutes % 60);
        buffer[16] = b':';
        two(buffer, 17, second);
        let length = if millis == 0 {
            buffer[19] = b'Z';
            20
        } else {
            buffer[19] = b'.';
            buffer[20] = b'0' + (millis / 100) as u8;
            two(buffer, 21, millis % 100);
            buffer[23] = b'Z';
            24
        };
        std::str::from_utf8(&buffer[..length]).unwrap_or("")
    }
}

fn two(buffer: &mut [u8; 24], at: usize, value: u32) {
    buffer[at] = b'0' + (value / 10) as u8;
    buffer[at + 1] = b'0' + (value % 10) as u8;
}

/// Days since the epoch to year, month, day (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u32, month, day)
}

/// Year, month, day to days since the epoch (Howard Hinnant's `days_from_civil`).
fn days(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |sum, c| c.is_ascii_digit().then(|| sum * 10 + u32::from(c - b'0')))
}

/// Reads `YYYY-MM-DD` and returns the midnight it starts with and what follows.
fn read_date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&date[..4])?, digits(&date[5..7])?, digits(&date[8..])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    let valid = year >= 1 && (1..=last).contains(&day);
    valid.then(|| (days(year, month, day) * DAY_MS, rest))
}

/// Reads `THH:MM:SS[.f[f[f]]]Z` as milliseconds into the day.
fn read_time(text: &[u8]) -> Option<i64> {
    let (clock, rest) = text.split_at_checked(9)?;
    if clock[0] != b'T' || clock[3] != b':' || clock[6] != b':' {
        return None;
    }
    let (hour, minute, second) =
        (digits(&clock[1..3])?, digits(&clock[4..6])?, digits(&clock[7..])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = rest.strip_suffix(b"Z")?;
    let millis = match fraction {
        [] => 0,
        [b'.', f @ ..] if (1..=3).contains(&f.len()) => digits(f)? * 10_u32.pow(3 - f.len() as u32),
        _ => return None,
    };
    Some(i64::from((hour * 60 + minute) * 60 + second) * 1000 + i64::from(millis))
}

impl FromStr for Time {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Time, DocumentError> {
        let read = || {
            let (date, rest) = read_date(text.as_bytes())?;
            Some(Time(date + read_time(rest)?))
        };
        read().ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            DocumentError::BadValue(format!(
                "{shown:?} is not a time in UTC such as 2026-11-22T05:41:00Z"
            ))
        })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 24]))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 24]))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in UTC such as \"2026-11-22T05:41:00Z\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}
