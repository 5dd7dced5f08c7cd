//! Running numbers of the office: customers, activations, groups of host keys.
//!
//! Invariants: counted from 1, never used again; one text per number (`C-000017`, `A-0000123`), read in either case and
//! with fewer zeros.
//! Deliberately not here: activation IDs and containers (document).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// A text that is not a running number of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct BadNumber {
    text: String,
    what: &'static str,
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $width:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The first one.
            pub const FIRST: $name = $name(NonZeroU32::MIN);

            /// From its number, counted from 1.
            pub const fn new(number: u32) -> Option<$name> {
                match NonZeroU32::new(number) {
                    Some(number) => Some($name(number)),
                    None => None,
                }
            }

            /// Its number, from 1.
            pub const fn number(self) -> u32 {
                self.0.get()
            }

            /// The one `steps` after this one; stays at the last one there is.
            #[must_use]
            pub const fn after(self, steps: u32) -> $name {
                $name(self.0.saturating_add(steps))
            }

            pub(crate) const fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!($letter, "-{:0", $width, "}"), self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadNumber;

            fn from_str(text: &str) -> Result<$name, BadNumber> {
                let read = || {
                    let (letter, digits) = text.trim().split_once('-')?;
                    let plain = letter.eq_ignore_ascii_case($letter)
                        && digits.len() <= 10
                        && digits.bytes().all(|digit| digit.is_ascii_digit());
                    digits.parse().ok().filter(|_| plain).map($name)
                };
                read().ok_or_else(|| BadNumber {
                    text: text.chars().take(40).collect(),
                    what: $what,
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

number!(
    /// A customer.
    CustomerId, "C", "6", "a customer number such as C-000017"
);
number!(
    /// An activation: some units of a line in one container.
    ActivationNo, "A", "7", "an activation number such as A-0000123"
);
number!(
    /// A license for hosts: keys whose users are counted together.
    HostGroupId, "H", "6", "a number of host keys such as H-000004"
);
