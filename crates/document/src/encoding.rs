//! The two text encodings of bytes: base64 (two alphabets) and Crockford base32.
//!
//! Invariants: one byte string has exactly one accepted text (no missing or extra padding, no
//! set bits behind the end, no white space) in base64; base32 is written in upper case and read
//! in either case with the usual look-alikes (O, I, L), because people type it.
//! Not here: what the bytes mean.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Standard alphabet with padding: the payload and signatures of an envelope, and the armor.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Appends the standard form to `out` without an allocation of its own.
pub(crate) fn push_base64(bytes: &[u8], out: &mut String) {
    STANDARD.encode_string(bytes, out);
}

/// The same for text that is held as bytes.
pub(crate) fn extend_base64(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // At most four characters for three bytes, plus padding: far below what a usize counts.
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    let written = STANDARD.encode_slice(bytes, &mut out[start..]);
    debug_assert_eq!(written, Ok(out.len() - start));
}

/// Reads only the canonical form.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// URL-safe alphabet without padding: bytes inside payloads.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The same, appended.
pub(crate) fn extend_base64url(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    // Four characters for three bytes, and one more than the bytes of a last group of one or two.
    out.resize(start + bytes.len() / 3 * 4 + [0, 2, 3][bytes.len() % 3], b'=');
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut out[start..]);
    debug_assert_eq!(written, Ok(out.len() - start));
}

/// 32 bytes as 43 characters, on the stack.
pub(crate) fn hash_to_base64url(bytes: &[u8; 32]) -> [u8; 43] {
    let mut out = [0; 43];
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut out);
    debug_assert_eq!(written, Ok(43));
    out
}

/// Reads only the canonical form.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// RFC 9285: two bytes are three characters that a QR code packs tightly.
const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Appends base45.
pub(crate) fn push_base45(bytes: &[u8], text: &mut String) {
    for pair in bytes.chunks(2) {
        let (mut value, characters) = match pair {
            [high, low] => (usize::from(*high) << 8 | usize::from(*low), 3),
            one => (usize::from(one[0]), 2),
        };
        for _ in 0..characters {
            text.push(BASE45[value % 45] as char);
            value /= 45;
        }
    }
}

/// Reads base45; nothing when a character or a group can't be.
pub(crate) fn from_base45(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |c: &u8| BASE45.iter().position(|known| known == c);
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.chunks(3) {
        let mut value = 0;
        for character in group.iter().rev() {
            value = value * 45 + digit(character)?;
        }
        match group.len() {
            3 => bytes.extend(u16::try_from(value).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(value).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

/// Writes the low `5 * out.len()` bits of `value` as Crockford base32.
pub(crate) fn base32(mut value: u128, out: &mut [u8]) {
    for slot in out.iter_mut().rev() {
        *slot = CROCKFORD[(value & 31) as usize];
        value >>= 5;
    }
}

/// The value of one base32 character as people type it.
pub(crate) fn base32_digit(character: u8) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    CROCKFORD.iter().position(|c| *c == upper).map(|p| p as u8)
}

/// The character of a value below 32.
pub(crate) fn base32_character(value: u8) -> char {
    CROCKFORD[usize::from(value & 31)] as char
}

/// Reads exactly `length` base32 characters whose value fits `bits` bits.
pub(crate) fn from_base32(text: &str, length: usize, bits: u32) -> Option<u128> {
    if text.len() != length {
        return None;
    }
    let mut value: u128 = 0;
    for character in text.bytes() {
        if value >> 123 != 0 {
            return None;
        }
        value = value << 5 | u128::from(base32_digit(character)?);
    }
    (bits == 128 || value >> bits == 0).then_some(value)
}
