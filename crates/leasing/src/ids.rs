//! Numbers of denials, metered uses, tickets and groups of reservations, and typed indices into the tables of the state.
//!
//! Invariants: a number is never given twice within one server; a [`No`] of one table can't index another.
//! Deliberately not here: lease numbers (document).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::str::FromStr;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $prefix:literal),*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<$name, &'static str> {
                let digits = text.strip_prefix(concat!($prefix, "-"));
                digits
                    .and_then(|digits| digits.parse().ok())
                    .map($name)
                    .ok_or(concat!("expected a number such as ", $prefix, "-17"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

numbers! {
    /// The number of a denial within one server, written `D-17`.
    DenialId "D",
    /// The number of a metered use within one server, written `U-17`.
    UsageId "U",
    /// The number of a waiting holder's ticket within one server, written `T-17`.
    TicketId "T",
    /// The number of a group of reservations within one server, written `R-17`.
    ReservationGroupId "R"
}

/// The place of a `T` in its table.
pub(crate) struct No<T>(NonZeroU32, PhantomData<fn() -> T>);

impl<T> No<T> {
    /// The number of a place, from 0.
    pub(crate) fn new(place: u32) -> No<T> {
        No(NonZeroU32::MIN.saturating_add(place), PhantomData)
    }

    pub(crate) fn place(self) -> u32 {
        self.0.get() - 1
    }
}

impl<T> Clone for No<T> {
    fn clone(&self) -> No<T> {
        *self
    }
}

impl<T> Copy for No<T> {}

impl<T> PartialEq for No<T> {
    fn eq(&self, other: &No<T>) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for No<T> {}

impl<T> PartialOrd for No<T> {
    fn partial_cmp(&self, other: &No<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for No<T> {
    fn cmp(&self, other: &No<T>) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> fmt::Debug for No<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.place())
    }
}
