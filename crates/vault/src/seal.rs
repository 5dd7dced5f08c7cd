//! Sealing of a few secret bytes under a passphrase: argon2id, then XChaCha20-Poly1305.
//!
//! Invariants: every file has its own salt and nonce; the header is associated data, so it can't be swapped; the cost
//! written in a file is bounded in both directions before any memory is spent on it.
//! Deliberately not here: the file around it (key_file), asking for the passphrase.

use crate::{chance::random_bytes, error::VaultError, secret::SecretBytes};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use tenure_document::Bytes;

/// Memory of a new seal: 64 MiB, some 100 ms on a present machine.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// What a file may ask for: no weaker than this, no heavier than that.
const MEMORY_KIB_BOUNDS: std::ops::RangeInclusive<u32> = 19 * 1024..=1024 * 1024;
const PASSES_BOUNDS: std::ops::RangeInclusive<u32> = 2..=16;
const LANES_BOUNDS: std::ops::RangeInclusive<u32> = 1..=4;

/// How a key is kept at rest.
pub enum Seal<'a> {
    /// In clear, protected by the owner-only file alone: for servers that start unattended.
    OwnerOnly,
    /// Sealed by a passphrase.
    Passphrase(&'a SecretBytes),
}

/// How a sealed key was sealed; stands in the file's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealHeader {
    kdf: Kdf,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: Bytes,
    cipher: Cipher,
    nonce: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kdf {
    #[serde(rename = "argon2id")]
    Argon2id,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Cipher {
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha20Poly1305,
}

impl SealHeader {
    /// A header for a new seal.
    pub(crate) fn fresh() -> Result<SealHeader, VaultError> {
        Ok(SealHeader {
            kdf: Kdf::Argon2id,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: Bytes(random_bytes::<16>()?.to_vec()),
            cipher: Cipher::XChaCha20Poly1305,
            nonce: Bytes(random_bytes::<24>()?.to_vec()),
        })
    }

    /// Says what is out of bounds in a header that was read.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !MEMORY_KIB_BOUNDS.contains(&self.memory_kib) {
            Some("memory_kib must be from 19456 to 1048576")
        } else if !PASSES_BOUNDS.contains(&self.passes) {
            Some("passes must be from 2 to 16")
        } else if !LANES_BOUNDS.contains(&self.lanes) {
            Some("lanes must be from 1 to 4")
        } else if self.salt.0.len() != 16 || self.nonce.0.len() != 24 {
            Some("salt must be 16 bytes and nonce 24")
        } else {
            None
        }
    }

    /// Seals `secret`; `header` is covered.
    pub(crate) fn close(
        &self,
        passphrase: &SecretBytes,
        header: &[u8],
        secret: &SecretBytes,
    ) -> Result<Vec<u8>, VaultError> {
        let (cipher, nonce) = self.cipher(passphrase)?;
        let payload = Payload { msg: secret.expose(), aad: header };
        cipher.encrypt(&nonce, payload).map_err(|_| VaultError::Crypto("sealing"))
    }

    /// Opens what was sealed; `None` when passphrase, header or bytes are not those of the sealing.
    pub(crate) fn open(
        &self,
        passphrase: &SecretBytes,
        header: &[u8],
        sealed: &[u8],
    ) -> Result<Option<SecretBytes>, VaultError> {
        let (cipher, nonce) = self.cipher(passphrase)?;
        Ok(cipher.decrypt(&nonce, Payload { msg: sealed, aad: header }).ok().map(SecretBytes::new))
    }

    fn cipher(&self, passphrase: &SecretBytes) -> Result<(XChaCha20Poly1305, XNonce), VaultError> {
        const FAILED: VaultError = VaultError::Crypto("deriving a key from the passphrase");
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| FAILED)?;
        let mut key = SecretBytes::new(vec![0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &self.salt.0, key.expose_mut())
            .map_err(|_| FAILED)?;
        let cipher = XChaCha20Poly1305::new_from_slice(key.expose()).map_err(|_| FAILED)?;
        let nonce: [u8; 24] = self.nonce.0.as_slice().try_into().map_err(|_| FAILED)?;
        Ok((cipher, nonce.into()))
    }
}
