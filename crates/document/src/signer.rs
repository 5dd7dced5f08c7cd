//! The signing side: what signs, and the software signer made from seeds.
//!
//! Invariants: a signer signs exactly the bytes it is given; ML-DSA-65 signs deterministically
//! with an empty context; seeds are wiped when the signer is dropped and are in no `Debug`
//! output. Not here: where seeds come from and how they are kept (vault).

use std::fmt;

use ed25519_dalek::Signer as _;
use ml_dsa::{MlDsa65, SigningKey, signature::Keypair as _};

use crate::{error::DocumentError, keys::PublicKey};

/// Something that holds a private key.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public(&self) -> &PublicKey;
    /// The signature over `message`: 64 bytes, or 64 + 3,309 of a hybrid.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// A signer in software, from 32-byte seeds.
pub struct SeedSigner {
    ed25519: ed25519_dalek::SigningKey,
    ml_dsa: Option<Box<SigningKey<MlDsa65>>>,
    public: PublicKey,
}

impl SeedSigner {
    /// Signs with Ed25519.
    ///
    /// # Errors
    /// `bad-key` if the seed leads to an unusable public key (it never does in practice).
    pub fn ed25519(seed: &[u8; 32]) -> Result<SeedSigner, DocumentError> {
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::ed25519(ed25519.verifying_key().as_bytes())?;
        Ok(SeedSigner { ed25519, ml_dsa: None, public })
    }

    /// Signs with Ed25519 as a license server does: its key record says `ed25519-batch`.
    ///
    /// # Errors
    /// As [`SeedSigner::ed25519`].
    pub fn ed25519_batch(seed: &[u8; 32]) -> Result<SeedSigner, DocumentError> {
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::ed25519_batch(ed25519.verifying_key().as_bytes())?;
        Ok(SeedSigner { ed25519, ml_dsa: None, public })
    }

    /// Signs with Ed25519 and ML-DSA-65; the seeds must be independent of each other.
    ///
    /// # Errors
    /// As [`SeedSigner::ed25519`].
    pub fn hybrid(
        ed25519_seed: &[u8; 32],
        ml_dsa_seed: &[u8; 32],
    ) -> Result<SeedSigner, DocumentError> {
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(ed25519_seed);
        let ml_dsa = Box::new(SigningKey::<MlDsa65>::from_seed(&(*ml_dsa_seed).into()));
        let second = ml_dsa.verifying_key().encode();
        let public = PublicKey::hybrid(ed25519.verifying_key().as_bytes(), second.as_slice())?;
        Ok(SeedSigner { ed25519, ml_dsa: Some(ml_dsa), public })
    }
}

impl Signer for SeedSigner {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = self.ed25519.sign(message).to_bytes().to_vec();
        if let Some(key) = &self.ml_dsa {
            signature.extend_from_slice(key.sign(message).encode().as_slice());
        }
        signature
    }
}

impl fmt::Debug for SeedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedSigner({:?})", self.public)
    }
}
