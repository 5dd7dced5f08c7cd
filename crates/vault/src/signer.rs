//! Signers: Ed25519 for servers and containers (fast), Ed25519 and ML-DSA-65 together for publishers and roots.
//!
//! Invariants: a signer is made from a seed and holds it no longer than the library does; a hybrid signature is always
//! both halves; Ed25519 is deterministic.
//! Deliberately not here: verification (document), which key may sign what (key lists).

use crate::{error::VaultError, secret::SecretBytes};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use tenure_document::{PublicKey, Signer};

const ED25519_SEED: usize = 32;
const ML_DSA_SEED: usize = 32;
const ED25519_SIGNATURE: usize = 64;
const ML_DSA_SIGNATURE: usize = 3309;

/// What a key file holds a key of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyAlgorithm {
    /// Ed25519: container identities.
    #[serde(rename = "ed25519")]
    Ed25519,
    /// Ed25519 that also signs whole ledger entries: license server identities.
    #[serde(rename = "ed25519-batch")]
    Ed25519Batch,
    /// Ed25519 and ML-DSA-65: roots and publisher keys.
    #[serde(rename = "ed25519+ml-dsa-65")]
    Hybrid,
}

impl KeyAlgorithm {
    /// How many random bytes make a key.
    pub(crate) fn seed_len(self) -> usize {
        match self {
            KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed25519Batch => ED25519_SEED,
            KeyAlgorithm::Hybrid => ED25519_SEED + ML_DSA_SEED,
        }
    }
}

/// Signs with Ed25519.
pub struct ServerSigner {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl ServerSigner {
    pub(crate) fn from_seed(seed: &SecretBytes, batch: bool) -> Result<ServerSigner, VaultError> {
        let pair = ed25519_pair(seed.expose())?;
        let bytes = ed25519_public(&pair)?;
        let public =
            if batch { PublicKey::ed25519_batch(&bytes) } else { PublicKey::ed25519(&bytes) };
        Ok(ServerSigner { pair, public: public.map_err(|_| BAD_SEED)? })
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; ED25519_SIGNATURE] {
        let mut bytes = [0; ED25519_SIGNATURE];
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        bytes
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8; ED25519_SIGNATURE]) -> bool {
        self.public.verifies(message, signature)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl Signer for ServerSigner {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        ServerSigner::sign(self, message).to_vec()
    }
}

/// Signs with Ed25519 and ML-DSA-65; a signature is both, one after the other.
pub struct PublisherSigner {
    ed25519: Ed25519KeyPair,
    ml_dsa: PqdsaKeyPair,
    public: PublicKey,
}

impl PublisherSigner {
    pub(crate) fn from_seed(seed: &SecretBytes) -> Result<PublisherSigner, VaultError> {
        let (first, second) = seed.expose().split_at_checked(ED25519_SEED).ok_or(BAD_SEED)?;
        let ed25519 = ed25519_pair(first)?;
        let ml_dsa = PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, second).map_err(|_| BAD_SEED)?;
        let public = PublicKey::hybrid(&ed25519_public(&ed25519)?, ml_dsa.public_key().as_ref());
        Ok(PublisherSigner { ed25519, ml_dsa, public: public.map_err(|_| BAD_SEED)? })
    }
}

impl Signer for PublisherSigner {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; ED25519_SIGNATURE + ML_DSA_SIGNATURE];
        let (first, second) = bytes.split_at_mut(ED25519_SIGNATURE);
        first.copy_from_slice(self.ed25519.sign(message).as_ref());
        // The buffer has the size of the algorithm's signatures: signing can only fail for want of chance, and then
        // the bytes stay zero, which verifies nowhere.
        let _ = self.ml_dsa.sign(message, second);
        bytes
    }
}

const BAD_SEED: VaultError = VaultError::Crypto("making a key from its seed");

fn ed25519_pair(seed: &[u8]) -> Result<Ed25519KeyPair, VaultError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BAD_SEED)
}

fn ed25519_public(pair: &Ed25519KeyPair) -> Result<[u8; 32], VaultError> {
    pair.public_key().as_ref().try_into().map_err(|_| BAD_SEED)
}
