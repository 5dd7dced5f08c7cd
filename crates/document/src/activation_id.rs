//! The activation ID: what a customer types to get what was bought.
//!
//! Invariants: made of given bytes, never drawn here; 24 characters of Crockford base32 (no I, L, O, U) and a check
//! character, in five groups of five. Read in either case, with or without dashes and spaces, O as 0, I and L as 1; the
//! check character finds every single wrong character and every swap of any two.
//! Deliberately not here: what was bought (issuing). Whoever knows an activation ID may use it: it is a credential.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    encoding,
    error::DocumentError,
    ids::{double, text_deserialize},
};

/// Characters that carry the value; one more is the check.
const VALUE: usize = 24;
/// Characters of the text: 25 and four dashes.
const TEXT: usize = 29;
/// Longest text that is looked at: five groups with a few spaces and dashes between all of them.
const LONGEST_TYPED: usize = 80;

/// Names an entitlement, and lets its holder activate it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivationId([u8; 15]);

impl ActivationId {
    /// The ID made of 15 bytes of chance.
    pub const fn from_entropy(entropy: [u8; 15]) -> ActivationId {
        ActivationId(entropy)
    }

    fn write(self, buffer: &mut [u8; TEXT]) -> &str {
        let value = self.0.iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
        let mut digits = [0; VALUE + 1];
        for (place, digit) in digits[..VALUE].iter_mut().enumerate() {
            *digit = (value >> (5 * (VALUE - 1 - place))) as u8 & 31;
        }
        digits[VALUE] = double(digits[..VALUE].iter().fold(0, |sum, digit| double(sum) ^ digit));
        for (place, digit) in digits.into_iter().enumerate() {
            let at = place + place / 5;
            buffer[at] = encoding::base32_character(digit) as u8;
            if place % 5 == 4 && at + 1 < TEXT {
                buffer[at + 1] = b'-';
            }
        }
        std::str::from_utf8(buffer).unwrap_or("")
    }
}

/// The low 120 bits.
fn bytes_of(value: u128) -> [u8; 15] {
    let mut bytes = [0; 15];
    bytes.copy_from_slice(&value.to_be_bytes()[1..]);
    bytes
}

fn bad(text: &str, why: &str) -> DocumentError {
    let shown: String = text.chars().take(40).collect();
    DocumentError::BadValue(format!("{shown:?} is not an activation ID: {why}"))
}

impl FromStr for ActivationId {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<ActivationId, DocumentError> {
        let five = "it has five groups of five characters, such as XXXXX-XXXXX-XXXXX-XXXXX-XXXXX";
        if text.len() > LONGEST_TYPED {
            return Err(bad(text, five));
        }
        let (mut value, mut sum, mut count) = (0_u128, 0, 0);
        for character in text.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
            let digit = u8::try_from(character)
                .ok()
                .filter(u8::is_ascii)
                .and_then(encoding::base32_digit)
                .ok_or_else(|| {
                    bad(text, &format!("{character:?} is no letter or digit that occurs in one"))
                })?;
            sum = double(sum) ^ digit;
            if count < VALUE {
                value = value << 5 | u128::from(digit);
            }
            count += 1;
        }
        match (count == VALUE + 1, sum) {
            (false, _) => Err(bad(text, &format!("{five}; these are {count}"))),
            (true, 0) => Ok(ActivationId(bytes_of(value))),
            (true, _) => {
                Err(bad(text, "its check character does not fit; look for a typing error"))
            }
        }
    }
}

impl fmt::Display for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; TEXT]))
    }
}

impl fmt::Debug for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ActivationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; TEXT]))
    }
}

text_deserialize!(ActivationId, "an activation ID of five groups of five characters");
