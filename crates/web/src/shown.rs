//! A mark of what a page showed, so that its form acts on that, and on nothing that took its place meanwhile.
//!
//! Kept here: equal values have equal marks, others have others. It keeps people from mistakes, not from doing what
//! they may do anyway. Deliberately not here: what is shown, and what is said when it has changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The mark of a value.
pub(crate) fn mark<T: Serialize + ?Sized>(value: &T) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_is_told_from_what_took_its_place() {
        assert_eq!(mark(&("a", true)), mark(&("a", true)));
        for other in [mark(&("a", false)), mark(&("b", true)), mark("a"), String::new()] {
            assert_ne!(mark(&("a", true)), other);
        }
    }
}
