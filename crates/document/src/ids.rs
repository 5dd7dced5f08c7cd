//! Identifiers: containers and leases, and the serial people read from a container.
//!
//! Invariants: an identifier is made of given bytes or a given counter, never drawn here; its
//! text is Crockford base32 in upper case, read in either case. A serial carries a check
//! character that finds every single wrong character and every swap of two.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{encoding, error::DocumentError, hash::Hash};

/// Identifies a container (a license server's, a device's, a portable one).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub [u8; 16]);

impl ContainerId {
    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn write(self, buffer: &mut [u8; 26]) -> &str {
        encoding::base32(u128::from_be_bytes(self.0), buffer);
        std::str::from_utf8(buffer).unwrap_or("")
    }

    /// What people read and type: `T-XXXX-XXXX-XXXX`.
    ///
    /// The first eleven base32 characters of SHA-256 over the id's bytes, and a check character.
    pub fn serial(&self) -> String {
        let hash = Hash::of(&self.0);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.0[..8]);
        let bits = u64::from_be_bytes(first) >> 9;
        let mut digits = [0; 12];
        for (place, digit) in digits[..11].iter_mut().enumerate() {
            *digit = (bits >> (50 - 5 * place)) as u8 & 31;
        }
        digits[11] = digits[..11].iter().fold(0, |sum, digit| double(sum) ^ digit);
        digits[11] = double(digits[11]);
        let mut serial = String::with_capacity(16);
        serial.push('T');
        for (place, digit) in digits.into_iter().enumerate() {
            if place % 4 == 0 {
                serial.push('-');
            }
            serial.push(encoding::base32_character(digit));
        }
        serial
    }
}

/// Multiplication by x in GF(32) with x^5 + x^2 + 1.
///
/// x has order 31 there, so up to 31 characters weighted by its powers show every single error and every swap of two.
pub(crate) fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 != 0 { (shifted ^ 0b10_0101) & 31 } else { shifted }
}

/// Brings a typed serial into its written form, or says that it was mistyped.
///
/// # Errors
/// `bad-value` when it is not twelve base32 characters after `T` or the check character is wrong.
pub fn check_serial(text: &str) -> Result<String, DocumentError> {
    let bad = || {
        let shown: String = text.chars().take(40).collect();
        DocumentError::BadValue(format!(
            "{shown:?} is not a container serial such as T-XXXX-XXXX-XXXX; check for a typing error"
        ))
    };
    let compact: Vec<u8> =
        text.trim().bytes().filter(|c| *c != b'-' && *c != b' ').take(14).collect();
    let (letter, rest) = compact.split_first().ok_or_else(bad)?;
    if !letter.eq_ignore_ascii_case(&b'T') || rest.len() != 12 {
        return Err(bad());
    }
    let mut serial = String::from("T");
    let mut sum = 0;
    for (place, character) in rest.iter().enumerate() {
        let digit = encoding::base32_digit(*character).ok_or_else(bad)?;
        sum = double(sum) ^ digit;
        if place % 4 == 0 {
            serial.push('-');
        }
        serial.push(encoding::base32_character(digit));
    }
    if sum == 0 { Ok(serial) } else { Err(bad()) }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 26]))
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContainerId {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<ContainerId, DocumentError> {
        encoding::from_base32(text, 26, 128)
            .map(|value| ContainerId(value.to_be_bytes()))
            .ok_or_else(|| {
                DocumentError::BadValue("not a container id: 26 characters of base32".into())
            })
    }
}

/// Identifies a lease within one license server: its running number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub u64);

impl LeaseId {
    /// The text form, in memory of the caller's.
    pub fn write(self, buffer: &mut [u8; 15]) -> &str {
        buffer[..2].copy_from_slice(b"L-");
        encoding::base32(u128::from(self.0), &mut buffer[2..]);
        std::str::from_utf8(buffer).unwrap_or("")
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 15]))
    }
}

impl fmt::Debug for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LeaseId {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<LeaseId, DocumentError> {
        text.strip_prefix("L-")
            .or_else(|| text.strip_prefix("l-"))
            .and_then(|digits| encoding::from_base32(digits, 13, 64))
            .and_then(|value| u64::try_from(value).ok())
            .map(LeaseId)
            .ok_or_else(|| {
                DocumentError::BadValue("not a lease id: L- and 13 characters of base32".into())
            })
    }
}

/// Implements reading by serde through `FromStr`.
macro_rules! text_deserialize {
    ($type:ty, $what:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
pub(crate) use text_deserialize;

text_deserialize!(ContainerId, "a container id of 26 base32 characters");
text_deserialize!(LeaseId, "a lease id such as \"L-0000000000001\"");

// Written without the formatting machinery: every lease holds both.
impl Serialize for ContainerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 26]))
    }
}

impl Serialize for LeaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 15]))
    }
}
