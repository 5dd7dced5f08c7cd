//! The few bytes of DER that shells must look into: elements, and the end of a TLS certificate.
//!
//! Kept here: definite lengths only, no recursion, no panic on any bytes. Deliberately not here: X.509 in earnest.

/// Tag of a sequence.
pub const SEQUENCE: u8 = 0x30;
/// Tag of an integer.
pub const INTEGER: u8 = 0x02;

/// Takes one element of the given tag off the front: its content, and what follows it.
pub fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag and content of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The text of `notAfter` of a certificate, as it stands there: `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
pub fn certificate_end(der: &[u8]) -> Option<String> {
    let (certificate, _) = take(SEQUENCE, der)?;
    let (mut rest, _) = take(SEQUENCE, certificate)?;
    if let Some((0xa0, _version, after)) = element(rest) {
        rest = after;
    }
    let (_serial, rest) = take(INTEGER, rest)?;
    let (_algorithm, rest) = take(SEQUENCE, rest)?;
    let (_issuer, rest) = take(SEQUENCE, rest)?;
    let (validity, _) = take(SEQUENCE, rest)?;
    let (_, _not_before, after) = element(validity)?;
    let (_, not_after, _) = element(after)?;
    let text = std::str::from_utf8(not_after).ok()?;
    text.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| text.to_owned())
}
