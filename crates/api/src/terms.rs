//! Small values of requests that people write by hand: lengths of time and their rounding.
//!
//! A length of time is a number of seconds or a string with a unit (`"90s"`, `"15m"`, `"8h"`, `"7d"`, `"2w"`);
//! it is sent as a number. Instants are `tenure_document::Time` and do not stand here.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A length of time in whole seconds; at most [`Seconds::MAX`].
///
/// ```
/// # use tenure_api::Seconds;
/// assert_eq!("7d".parse::<Seconds>().unwrap(), Seconds::new(604_800).unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[schema(value_type = u64, example = 604_800)]
pub struct Seconds(u64);

impl Seconds {
    /// One hundred years: longer lengths are typing errors, and sums with instants stay far from overflow.
    pub const MAX: u64 = 100 * 366 * 86_400;

    /// A length of `seconds`, unless it is longer than [`Seconds::MAX`].
    pub fn new(seconds: u64) -> Option<Self> {
        (seconds <= Self::MAX).then_some(Self(seconds))
    }

    /// The number of seconds.
    pub fn get(self) -> u64 {
        self.0
    }

    /// The same length as a `Duration`.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a length of time: write seconds (`900`) or a number with a unit (`90s`, `15m`, `8h`, `7d`, `2w`), at most 100 years"
)]
pub struct NotALength {
    text: String,
}

impl FromStr for Seconds {
    type Err = NotALength;

    fn from_str(text: &str) -> Result<Self, NotALength> {
        let refused = || NotALength { text: text.chars().take(40).collect() };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return Err(refused()),
        };
        let number: u64 = number.parse().map_err(|_| refused())?;
        number.checked_mul(factor).and_then(Self::new).ok_or_else(refused)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m")];
        match units.iter().find(|(size, _)| self.0 > 0 && self.0.is_multiple_of(*size)) {
            Some((size, unit)) => write!(f, "{}{unit}", self.0 / size),
            None => write!(f, "{}s", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Length;
        impl Visitor<'_> for Length {
            type Value = Seconds;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a length of time: seconds as a number, or a string such as \"8h\" or \"7d\"",
                )
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Seconds, E> {
                Seconds::new(seconds)
                    .ok_or_else(|| E::custom("a length of time of more than 100 years"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Length)
    }
}

/// The unit to which a lease's end is rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// To the next whole second.
    Second,
    /// To the next whole minute.
    Minute,
    /// To the next whole hour.
    Hour,
    /// To the next midnight UTC.
    Day,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<u64, &str>) {
        let read: Result<Seconds, _> = serde_json::from_str(json);
        match (read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read.get(), expected, "{json}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{json}: {error}"),
            (read, expected) => panic!("{json}: {read:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn lengths_as_people_write_them() {
        check("900", Ok(900));
        check("\"90s\"", Ok(90));
        check("\"15m\"", Ok(900));
        check("\"8h\"", Ok(28_800));
        check("\"7d\"", Ok(604_800));
        check("\"2w\"", Ok(1_209_600));
        check("\"12\"", Ok(12));
    }

    #[test]
    fn what_is_not_a_length() {
        check("-1", Err("a length of time"));
        check("1.5", Err("a length of time"));
        check("\"\"", Err("not a length of time"));
        check("\"d\"", Err("not a length of time"));
        check("\"7 d\"", Err("not a length of time"));
        check("\"7y\"", Err("not a length of time"));
        check("\"99999999999999999999d\"", Err("not a length of time"));
        check("\"5000000000w\"", Err("not a length of time"));
        check("18446744073709551615", Err("more than 100 years"));
    }

    #[test]
    fn lengths_are_shown_in_their_largest_whole_unit() {
        let shown: Vec<String> = [0, 59, 60, 5_400, 28_800, 604_800, 691_200]
            .map(|s| Seconds::new(s).map_or(String::new(), |s| s.to_string()))
            .to_vec();
        assert_eq!(shown.join(" "), "0s 59s 1m 90m 8h 1w 8d");
    }
}
