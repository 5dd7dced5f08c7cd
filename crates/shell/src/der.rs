//! The few bytes of DER that shells must look into: elements, and the end of a TLS certificate.
//!
//! Kept here: definite lengths only, no recursion, no panic on any bytes. Deliberately not here: X.509 in earnest.

use tenure_document::Time;

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

/// `notAfter` of a certificate, RFC 3339.
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
    Some(instant(not_after)?.to_string())
}

/// `YYMMDDHHMMSSZ`, of the years 1950 to 2049, or `YYYYMMDDHHMMSSZ`.
fn instant(text: &[u8]) -> Option<Time> {
    let digits = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let whole = match digits.len() {
        14 => digits.to_owned(),
        12 if digits < "50" => format!("20{digits}"),
        12 => format!("19{digits}"),
        _ => return None,
    };
    let part = |from, to| whole.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_an_instant() {
        let check = |text: &str, expected: Option<&str>| {
            let read = instant(text.as_bytes()).map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("261126223834Z", Some("2026-11-26T22:38:34Z"));
        check("500101000000Z", Some("1950-01-01T00:00:00Z"));
        check("20760101000000Z", Some("2076-01-01T00:00:00Z"));
        for wrong in ["", "Z", "261126223834", "261326223834Z", "2611262238Z", "26112622383éZ"] {
            check(wrong, None);
        }
    }
}
