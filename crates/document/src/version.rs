//! Versions of features: `major[.minor[.patch]]`, compared by number.
//!
//! Invariants: one written form per value (`2.0`, `2.1.3`); `0` stands for "any" in a request
//! because a requested version is a minimum. Not here: ranges and pre-release names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{error::DocumentError, ids::text_deserialize};

/// A feature version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

impl Version {
    /// The version every other one satisfies.
    pub const ANY: Version = Version { major: 0, minor: 0, patch: 0 };

    /// A version from its numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Version {
        Version { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Version::ANY => f.write_str("0"),
            Version { major, minor, patch: 0 } => write!(f, "{major}.{minor}"),
            Version { major, minor, patch } => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

impl FromStr for Version {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Version, DocumentError> {
        let bad = || {
            let shown: String = text.chars().take(40).collect();
            DocumentError::BadValue(format!("{shown:?} is not a version such as 2.0 or 2.1.3"))
        };
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for (place, number) in numbers.iter_mut().enumerate() {
            let Some(part) = parts.next() else {
                if place == 0 {
                    return Err(bad());
                }
                break;
            };
            let plain = part.bytes().all(|c| c.is_ascii_digit());
            if !plain || part.is_empty() || (part.len() > 1 && part.starts_with('0')) {
                return Err(bad());
            }
            *number = part.parse().map_err(|_| bad())?;
        }
        if parts.next().is_some() {
            return Err(bad());
        }
        let [major, minor, patch] = numbers;
        Ok(Version { major, minor, patch })
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Written by hand: every lease holds one.
        let mut buffer = [0; 32];
        let Version { major, minor, patch } = *self;
        let numbers: &[u32] = match (major, minor, patch) {
            (0, 0, 0) => &[0],
            (_, _, 0) => &[major, minor],
            _ => &[major, minor, patch],
        };
        let mut at = buffer.len();
        for (place, number) in numbers.iter().enumerate().rev() {
            let mut rest = *number;
            loop {
                at -= 1;
                buffer[at] = b'0' + (rest % 10) as u8;
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
            if place > 0 {
                at -= 1;
                buffer[at] = b'.';
            }
        }
        serializer.serialize_str(std::str::from_utf8(&buffer[at..]).unwrap_or(""))
    }
}

text_deserialize!(Version, "a version such as \"2.0\"");
