//! Short texts without an allocation of their own: names of hosts and users are mostly short, and there are many.
//!
//! Invariants: at most 24 bytes in the state, longer texts elsewhere; what goes in comes out.
//! Deliberately not here: which texts are allowed (document, checkout).

use std::fmt;
use std::ops::Deref;

/// The longest text that needs no allocation.
const SHORT: usize = 22;

/// A text.
#[derive(Clone)]
pub(crate) enum Text {
    Short { bytes: [u8; SHORT], len: u8 },
    Long(Box<str>),
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(front), Ok(len)) => {
                front.copy_from_slice(text.as_bytes());
                Text::Short { bytes, len }
            }
            _ => Text::Long(text.into()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Short { bytes, len } => {
                let bytes = bytes.get(..usize::from(*len)).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or_default()
            }
            Text::Long(text) => text,
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_as_they_went_in_and_take_little_room() {
        for text in [
            "",
            "ws1",
            "exactly-22-bytes-long!",
            "exactly-23-bytes-long!!",
            "ä".repeat(11).as_str(),
        ] {
            assert_eq!(&*Text::from(text), text);
        }
        assert_eq!(size_of::<Text>(), 24);
    }
}
