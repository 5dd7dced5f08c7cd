//! Client keys: public keys that administrators upload and clients sign requests with.
//!
//! Kept here: RSA of 2048 to 4096 bits (PKCS#1 v1.5, SHA-256) and Ed25519 (strict), nothing else; the algorithm
//! comes from the stored key, never from the request. Deliberately not here: which requests must be signed.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use tenure_document::{Bytes, Hasher, KeyId, PublicKey, Time};
use tenure_leasing::ClientKey;

use crate::der::{ClientPublicKey, client_public_key};

/// Algorithm name in the key ID of an RSA key.
const RSA_NAME: &[u8] = b"rsa-pkcs1-sha256";
/// Sizes of RSA keys in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Why an uploaded key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyRefusal {
    #[error(
        "send one public key as PEM, or as DER in base64: SubjectPublicKeyInfo or PKCS#1; RSA or Ed25519"
    )]
    Unreadable,
    #[error("an RSA key must have 2048 to 4096 bits; this one has {0}")]
    RsaSize(usize),
    #[error("this Ed25519 key is not a sound one")]
    BadPoint,
}

/// Algorithm of an Ed25519 key, as administrators see it. RSA keys say `rsa-<bits>`.
const ED25519: &str = "ed25519";

/// Reads an uploaded key.
pub(crate) fn read(name: String, text: &str, now: Time) -> Result<ClientKey, KeyRefusal> {
    let (id, algorithm, key) = match client_public_key(text).ok_or(KeyRefusal::Unreadable)? {
        ClientPublicKey::Ed25519(bytes) => {
            let array: [u8; 32] =
                bytes.as_slice().try_into().map_err(|_| KeyRefusal::Unreadable)?;
            let key = PublicKey::ed25519(&array).map_err(|_| KeyRefusal::BadPoint)?;
            (key.id(), ED25519.to_owned(), bytes)
        }
        ClientPublicKey::Rsa { pkcs1, bits } if RSA_BITS.contains(&bits) => {
            let digest = Hasher::new()
                .with(b"TENURE-KEY-V1")
                .with(RSA_NAME)
                .with(&[0])
                .with(&pkcs1)
                .finish();
            (KeyId(digest), format!("rsa-{bits}"), pkcs1)
        }
        ClientPublicKey::Rsa { bits, .. } => return Err(KeyRefusal::RsaSize(bits)),
    };
    Ok(ClientKey {
        id,
        algorithm,
        key: Bytes::from(key.as_slice()),
        name,
        added: now,
        revoked: None,
    })
}

/// Whether `signature` is the key's over `message`.
pub(crate) fn verifies(key: &ClientKey, message: &[u8], signature: &[u8]) -> bool {
    if key.algorithm == ED25519 {
        let array: Result<[u8; 32], _> = key.key.as_slice().try_into();
        let public = array.ok().and_then(|array| PublicKey::ed25519(&array).ok());
        return public.is_some_and(|public| public.verifies(message, signature));
    }
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.key.as_slice());
    public.verify(message, signature).is_ok()
}
