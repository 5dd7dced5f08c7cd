//! Chance: the random bytes of keys, tokens, nonces and identities.
//!
//! Invariants: bytes come from the operating system; without them nothing goes on.
//! Deliberately not here: what the bytes are for.

use crate::error::VaultError;

/// `N` random bytes from the operating system.
///
/// # Errors
/// [`VaultError::Crypto`] when the system has none to give; no caller may go on without.
#[expect(clippy::disallowed_methods, reason = "the one source of chance of the house")]
pub fn random_bytes<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Crypto("the system's random generator"))?;
    Ok(bytes)
}
