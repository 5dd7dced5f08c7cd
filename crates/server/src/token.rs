//! Lease tokens: whoever shows the token of a lease is its holder.
//!
//! A token is the first 16 bytes of HMAC-SHA256(token key, lease ID), base64url. Kept here: nothing is stored
//! per lease, the comparison is constant-time, the key never leaves this file. Where others can read what is sent (a
//! shared folder), a token is bound to the client's key, and shows nothing without a signature of that key.
//! Deliberately not here: client keys (`signature`), which prove a holder without a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tenure_document::KeyId;

/// Makes and checks the tokens of one server.
#[derive(Clone)]
pub struct Tokens {
    keyed: Hmac<Sha256>,
    bound_to: Option<KeyId>,
}

impl Tokens {
    /// With the server's token key.
    pub fn new(key: [u8; 32]) -> Self {
        // HMAC takes keys of any length; 32 bytes can't fail.
        let keyed = Hmac::<Sha256>::new_from_slice(&key)
            .unwrap_or_else(|_| unreachable!("HMAC takes any key"));
        Self { keyed, bound_to: None }
    }

    /// Tokens of the same server that hold together with this client key only.
    pub(crate) fn bound_to(&self, key: KeyId) -> Self {
        Self { bound_to: Some(key), ..self.clone() }
    }

    /// The client key that these tokens are bound to.
    pub(crate) fn key(&self) -> Option<KeyId> {
        self.bound_to
    }

    /// The token of a lease, named by its text form.
    pub fn token(&self, lease: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(lease))
    }

    /// Whether the token belongs to the lease.
    pub fn is_of(&self, token: &str, lease: &str) -> bool {
        let Ok(shown) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        bool::from(shown.as_slice().ct_eq(&self.bytes(lease)))
    }

    fn bytes(&self, lease: &str) -> [u8; 16] {
        let mut mac = self.keyed.clone();
        mac.update(lease.as_bytes());
        if let Some(KeyId(key)) = &self.bound_to {
            mac.update(b"/");
            mac.update(key.as_bytes());
        }
        let whole = mac.finalize().into_bytes();
        let mut first = [0; 16];
        first.copy_from_slice(&whole[..16]);
        first
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[cfg(test)]
mod tests {
    use tenure_document::Hash;

    use super::*;

    /// Length of a token in characters.
    const TOKEN_LENGTH: usize = 22;

    #[test]
    fn a_token_belongs_to_one_lease_of_one_server() {
        let tokens = Tokens::new([7; 32]);
        let token = tokens.token("L-0000000000001");
        assert_eq!(token.len(), TOKEN_LENGTH);
        assert!(tokens.is_of(&token, "L-0000000000001"));
        assert!(!tokens.is_of(&token, "L-0000000000002"));
        assert!(!Tokens::new([8; 32]).is_of(&token, "L-0000000000001"));
        let (one, other) = (KeyId(Hash::of(b"one")), KeyId(Hash::of(b"other")));
        let bound = tokens.bound_to(one).token("L-0000000000001");
        assert!(tokens.bound_to(one).is_of(&bound, "L-0000000000001"));
        assert!(!tokens.bound_to(one).is_of(&bound, "L-0000000000002"));
        assert!(!tokens.bound_to(other).is_of(&bound, "L-0000000000001"));
        assert!(!tokens.is_of(&bound, "L-0000000000001"));
        assert!(!tokens.bound_to(one).is_of(&token, "L-0000000000001"));
        for wrong in ["", "A", &token[..21], &format!("{token}A"), "!!!!"] {
            assert!(!tokens.is_of(wrong, "L-0000000000001"), "{wrong}");
        }
    }
}
