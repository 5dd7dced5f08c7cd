//! Bytes that must not be printed and do not stay in memory.
//!
//! Invariants: wiped when dropped; no `Debug`, no `Display`, no `Serialize`, no `Clone`.
//! Deliberately not here: locking of memory pages against swapping (docs/SECURITY.md says so).

use zeroize::Zeroizing;

/// Secret bytes: a seed, a passphrase, a token key.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> SecretBytes {
        SecretBytes(Zeroizing::new(bytes))
    }

    /// The bytes, for the moment of use.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be filled.
    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
