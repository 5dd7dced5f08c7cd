//! Addresses made of free names: of features, devices, products, users.
//!
//! Kept here: whatever a name is made of, it stays one segment of a path. Deliberately not here: queries
//! (`form_urlencoded` writes them).

/// One segment of a path, percent-encoded.
///
/// A browser takes `.` and `..` for a walk along the path however they are written: who links to things that can be
/// called so needs another way to name them.
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'.' if !matches!(text, "." | "..") => encoded.push('.'),
            _ => {
                encoded.push('%');
                encoded.extend([byte >> 4, byte & 15].map(digit));
            }
        }
    }
    encoded
}

fn digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments() {
        for (text, written) in [
            ("cad", "cad"),
            ("cad-2.0_x~", "cad-2.0_x~"),
            ("a/b", "a%2Fb"),
            ("100%", "100%25"),
            ("müller \"x\"", "m%C3%BCller%20%22x%22"),
            ("?q=<b>#'&+;", "%3Fq%3D%3Cb%3E%23%27%26%2B%3B"),
            ("..", "%2E%2E"),
            ("...", "..."),
            ("", ""),
        ] {
            assert_eq!(segment(text), written);
        }
    }
}
