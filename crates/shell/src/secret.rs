//! Secrets of the shell: values that are compared and hashed, never printed.
//!
//! Kept here: no `Debug` or `Display` shows the bytes, comparison is constant-time, and what is stored of a
//! bearer token is its SHA-256.
//! Deliberately not here: where secrets live on disk (the vault and the composition root know that).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::outside::random;

/// A text secret that was given to us: the token of the owner-only file, the one-time set-up token.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Constant-time comparison; an empty secret matches nothing.
    pub fn matches(&self, other: &str) -> bool {
        !self.0.is_empty() && bool::from(digest(&self.0).ct_eq(&digest(other)))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is kept of a token: its SHA-256.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A fresh bearer token: 256 bits, base64url.
pub fn bearer_token() -> Option<String> {
    random().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_only_and_never_prints() {
        let secret = Secret::new("abc");
        assert!(secret.matches("abc"));
        assert!(!secret.matches("abd"));
        assert!(!Secret::new("").matches(""));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn bearer_tokens_carry_256_bits() {
        let (one, two) = (bearer_token(), bearer_token());
        assert_eq!(one.as_ref().map(String::len), Some(43));
        assert_ne!(one, two);
    }
}
