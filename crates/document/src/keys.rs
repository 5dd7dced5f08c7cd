//! Public keys, their ids, and the one place where a signature is checked.
//!
//! Invariants: the algorithm comes from the key (which comes from a signed record), never from
//! the signature; Ed25519 is strict (canonical key, key and R not of small order, S below the
//! group order, the equation without cofactor); a hybrid signature is right only if both halves
//! are. Not here: private keys (`signer.rs`, vault) and what a key may sign (`keyset.rs`).

use std::{fmt, sync::OnceLock};

use ed25519_dalek::VerifyingKey;
use ml_dsa::{EncodedVerifyingKey, MlDsa65, signature::Verifier as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    error::DocumentError,
    hash::{Bytes, Hash, Hasher},
    ids::text_deserialize,
};

const ED25519_KEY: usize = 32;
const ED25519_SIGNATURE: usize = 64;
const ML_DSA_KEY: usize = 1952;
const ML_DSA_SIGNATURE: usize = 3309;

/// Identifies a public key: SHA-256 over `TENURE-KEY-V1`, algorithm name, 0x00, key bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Hash);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for KeyId {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<KeyId, DocumentError> {
        text.parse().map(KeyId)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

text_deserialize!(KeyId, "a key id of 43 base64url characters");

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the document.
    Ed25519,
    /// Ed25519 over the document, or for leases over a ledger entry that includes it.
    Ed25519Batch,
    /// Ed25519 and ML-DSA-65, both over the document.
    Hybrid,
}

impl Algorithm {
    /// The name in key records and key ids.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Ed25519 => "ed25519",
            Algorithm::Ed25519Batch => "ed25519-batch",
            Algorithm::Hybrid => "ed25519+ml-dsa-65",
        }
    }
}

/// A public key that passed the check of its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// Ed25519 key, followed by the ML-DSA-65 key of a hybrid.
    bytes: Box<[u8]>,
}

impl PublicKey {
    /// An Ed25519 key.
    ///
    /// # Errors
    /// `bad-key` unless it is a canonical encoding of a point that is not of small order.
    pub fn ed25519(key: &[u8; 32]) -> Result<PublicKey, DocumentError> {
        check_ed25519(key)?;
        Ok(PublicKey { algorithm: Algorithm::Ed25519, bytes: key.as_slice().into() })
    }

    /// An Ed25519 key that signs leases by whole ledger entries: a license server's.
    ///
    /// # Errors
    /// As [`PublicKey::ed25519`].
    pub fn ed25519_batch(key: &[u8; 32]) -> Result<PublicKey, DocumentError> {
        check_ed25519(key)?;
        Ok(PublicKey { algorithm: Algorithm::Ed25519Batch, bytes: key.as_slice().into() })
    }

    /// An Ed25519 key and an ML-DSA-65 key of which both must sign.
    ///
    /// # Errors
    /// `bad-key` as [`PublicKey::ed25519`], or when the second is not 1,952 bytes long.
    pub fn hybrid(ed25519: &[u8; 32], ml_dsa_65: &[u8]) -> Result<PublicKey, DocumentError> {
        check_ed25519(ed25519)?;
        if ml_dsa_65.len() != ML_DSA_KEY {
            return Err(DocumentError::BadKey("an ML-DSA-65 key has 1,952 bytes".into()));
        }
        let bytes = [ed25519.as_slice(), ml_dsa_65].concat().into();
        Ok(PublicKey { algorithm: Algorithm::Hybrid, bytes })
    }

    /// How the key signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key bytes: 32, or 32 + 1,952 of a hybrid.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        KeyId(
            Hasher::new()
                .with(b"TENURE-KEY-V1")
                .with(self.algorithm.name().as_bytes())
                .with(&[0])
                .with(&self.bytes)
                .finish(),
        )
    }

    /// Whether `signature` is the key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Prepared::new(self).verifies(message, signature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.id())
    }
}

/// A public key unpacked for many verifications.
#[derive(Clone)]
pub(crate) struct Prepared {
    ed25519: Option<VerifyingKey>,
    /// The bytes of the second key, unpacked when a first half was right: that is costly.
    second: Box<[u8]>,
    ml_dsa: OnceLock<Option<Box<ml_dsa::VerifyingKey<MlDsa65>>>>,
    hybrid: bool,
}

impl Prepared {
    pub(crate) fn new(key: &PublicKey) -> Prepared {
        let (first, second) = key.bytes.split_at(ED25519_KEY);
        let ed25519 = first.try_into().ok().and_then(|k| VerifyingKey::from_bytes(k).ok());
        let hybrid = key.algorithm == Algorithm::Hybrid;
        Prepared { ed25519, second: second.into(), ml_dsa: OnceLock::new(), hybrid }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((first, second)) = signature.split_at_checked(ED25519_SIGNATURE) else {
            return false;
        };
        let (Some(key), Ok(first)) = (&self.ed25519, ed25519_dalek::Signature::from_slice(first))
        else {
            return false;
        };
        let second_length = if self.hybrid { ML_DSA_SIGNATURE } else { 0 };
        // The cheap half first: a forgery rarely gets to the second.
        if second.len() != second_length || key.verify_strict(message, &first).is_err() {
            return false;
        }
        !self.hybrid || self.second_verifies(message, second)
    }

    fn second_verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = self.ml_dsa.get_or_init(|| {
            let encoded = EncodedVerifyingKey::<MlDsa65>::try_from(&*self.second).ok()?;
            Some(Box::new(ml_dsa::VerifyingKey::decode(&encoded)))
        });
        let Some(key) = key else { return false };
        ml_dsa::Signature::<MlDsa65>::try_from(signature)
            .is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }
}

/// Refuses encodings that libraries disagree about.
fn check_ed25519(key: &[u8; 32]) -> Result<(), DocumentError> {
    let bad = |why: &str| Err(DocumentError::BadKey(why.into()));
    // y must be below p = 2^255 - 19: all ones in the middle and at least 0xed at the low end.
    let not_reduced =
        key[0] >= 0xed && key[1..31].iter().all(|byte| *byte == 0xff) && key[31] & 0x7f == 0x7f;
    if not_reduced {
        return bad("the Ed25519 key is not in canonical form");
    }
    match VerifyingKey::from_bytes(key) {
        Err(_) => bad("the Ed25519 key is not a point of the curve"),
        Ok(point) if point.is_weak() => bad("the Ed25519 key is of small order"),
        Ok(_) => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    algorithm: String,
    ed25519: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ml_dsa_65: Option<Bytes>,
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (first, second) = self.bytes.split_at(ED25519_KEY);
        Written {
            algorithm: self.algorithm.name().into(),
            ed25519: first.into(),
            ml_dsa_65: (self.algorithm == Algorithm::Hybrid).then(|| second.into()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let first: &[u8; 32] = written
            .ed25519
            .as_slice()
            .try_into()
            .map_err(|_| de::Error::custom("an Ed25519 key has 32 bytes"))?;
        match (written.algorithm.as_str(), &written.ml_dsa_65) {
            ("ed25519", None) => PublicKey::ed25519(first),
            ("ed25519-batch", None) => PublicKey::ed25519_batch(first),
            ("ed25519+ml-dsa-65", Some(second)) => PublicKey::hybrid(first, second.as_slice()),
            ("ed25519+ml-dsa-65", None) => {
                Err(DocumentError::BadKey("ml_dsa_65 is missing".into()))
            }
            ("ed25519" | "ed25519-batch", Some(_)) => {
                Err(DocumentError::BadKey("ml_dsa_65 does not belong to this algorithm".into()))
            }
            (other, _) => {
                let shown: String = other.chars().take(40).collect();
                Err(DocumentError::BadKey(format!("unknown algorithm {shown:?}")))
            }
        }
        .map_err(de::Error::custom)
    }
}
