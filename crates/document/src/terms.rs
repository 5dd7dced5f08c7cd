//! The terms of an item: how many, until when, how used, how enforced.
//!
//! Invariants: each is one word or one number in JSON, with the default named here; a count that
//! was read is 1 to 10,000,000. Not here: rules between terms (`item.rs`) and what the server
//! makes of them (leasing).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::Time;

/// Largest count of one item.
pub(crate) const LARGEST_COUNT: u32 = 10_000_000;

/// How many seats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// So many.
    Limited(u64),
    /// As many as are asked for.
    Unlimited,
}

impl Capacity {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Capacity) -> Capacity {
        match (self, other) {
            (Capacity::Limited(a), Capacity::Limited(b)) => Capacity::Limited(a.saturating_add(b)),
            _ => Capacity::Unlimited,
        }
    }
}

/// The number of seats of an item: a number or `"uncounted"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Counted(u32),
    /// No limit.
    Uncounted,
}

/// When an item ends: `"permanent"`, a time, or a date (the end of that day, UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Permanent,
    /// At this time.
    At(Time),
}

/// How an item is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Seats are held and come back.
    #[default]
    Concurrent,
    /// Units are consumed.
    Metered {
        /// Units come back when they are returned.
        #[serde(default)]
        reusable: bool,
        /// How long a consumption may be undone.
        #[serde(default)]
        undo_seconds: u64,
    },
}

/// How far use may exceed the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overdraft {
    /// Not at all.
    #[default]
    None,
    /// By so many seats.
    Count(u32),
    /// By so many percent of the count, rounded down.
    Percent(u32),
    /// Without limit.
    Unlimited,
}

/// What one seat counts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SeatBasis {
    /// Every checkout.
    #[default]
    Process,
    /// One per machine or terminal session.
    Session,
    /// One per device.
    Device,
    /// One per named user.
    User,
}

/// Allowed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Yes.
    #[default]
    Allow,
    /// No.
    Deny,
}

/// What happens to a request beyond the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// It is denied.
    #[default]
    Block,
    /// It is granted and everybody concerned is warned.
    Warn,
    /// It is granted and recorded.
    Record,
}

/// How many of a machine's traits may change before a container no longer opens there.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// Two fifths of the weight must be the same.
    Loose,
    /// Three fifths.
    #[default]
    Medium,
    /// Four fifths.
    Strict,
}

impl Tolerance {
    /// How much of the weight must be the same, in percent.
    pub const fn percent(self) -> u32 {
        match self {
            Tolerance::Loose => 40,
            Tolerance::Medium => 60,
            Tolerance::Strict => 80,
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Count::Counted(count) => serializer.serialize_u32(*count),
            Count::Uncounted => serializer.serialize_str("uncounted"),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Count, D::Error> {
        struct CountVisitor;
        impl de::Visitor<'_> for CountVisitor {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a count of 1 to {LARGEST_COUNT} or \"uncounted\"")
            }
            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
                match u32::try_from(count) {
                    Ok(count) if (1..=LARGEST_COUNT).contains(&count) => Ok(Count::Counted(count)),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(count), &self)),
                }
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Count, E> {
                match text {
                    "uncounted" => Ok(Count::Uncounted),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Expiry::Permanent => serializer.serialize_str("permanent"),
            Expiry::At(time) => time.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
        struct ExpiryVisitor;
        impl de::Visitor<'_> for ExpiryVisitor {
            type Value = Expiry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"permanent\", a date such as \"2027-12-31\" or a time in UTC")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expiry, E> {
                if text == "permanent" {
                    return Ok(Expiry::Permanent);
                }
                Time::end_of_day(text)
                    .or_else(|| text.parse().ok())
                    .map(Expiry::At)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(ExpiryVisitor)
    }
}
