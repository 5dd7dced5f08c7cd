//! Key files: one private key, sealed by a passphrase or in clear in an owner-only file.
//!
//! Invariants: the file is owner-only (checked at every opening); the header names algorithm, public key and seal and is
//! covered by the seal; the key that comes out is the one whose public half the header names.
//! Deliberately not here: which files there are; passphrase prompts.

use crate::{
    atomic::create_new,
    chance::random_bytes,
    error::VaultError,
    owner::read_owner_only,
    seal::{Seal, SealHeader},
    secret::SecretBytes,
    signer::{KeyAlgorithm, PublisherSigner, ServerSigner},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tenure_document::{Bytes, KeyId, PublicKey, Signer};
use zeroize::Zeroize;

const FORMAT: &str = "tenure-key-v1";
/// A hybrid key file is about 3.5 KiB.
const FILE_MAX: u64 = 16 * 1024;

/// A private key in memory.
pub struct SecretKey {
    algorithm: KeyAlgorithm,
    seed: SecretBytes,
    public: PublicKey,
}

impl SecretKey {
    /// A new key from chance.
    ///
    /// # Errors
    /// [`VaultError::Crypto`].
    pub fn generate(algorithm: KeyAlgorithm) -> Result<SecretKey, VaultError> {
        let mut chance = random_bytes::<64>()?;
        let seed = SecretBytes::new(chance[..algorithm.seed_len()].to_vec());
        chance.zeroize();
        SecretKey::from_seed(algorithm, seed)
    }

    pub(crate) fn from_seed(
        algorithm: KeyAlgorithm,
        seed: SecretBytes,
    ) -> Result<SecretKey, VaultError> {
        let public = match algorithm {
            KeyAlgorithm::Ed25519 => ServerSigner::from_seed(&seed, false)?.public().clone(),
            KeyAlgorithm::Ed25519Batch => ServerSigner::from_seed(&seed, true)?.public().clone(),
            KeyAlgorithm::Hybrid => PublisherSigner::from_seed(&seed)?.public().clone(),
        };
        Ok(SecretKey { algorithm, seed, public })
    }

    /// What the key is made from, to be sealed.
    pub(crate) fn seed(&self) -> &SecretBytes {
        &self.seed
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signer of an Ed25519 key.
    ///
    /// # Errors
    /// [`VaultError::Crypto`], also when this is a hybrid key.
    pub fn server_signer(&self) -> Result<ServerSigner, VaultError> {
        match self.algorithm {
            KeyAlgorithm::Ed25519 => ServerSigner::from_seed(&self.seed, false),
            KeyAlgorithm::Ed25519Batch => ServerSigner::from_seed(&self.seed, true),
            KeyAlgorithm::Hybrid => {
                Err(VaultError::Crypto("signing as a server with a publisher key"))
            }
        }
    }

    /// The signer of any key.
    ///
    /// # Errors
    /// [`VaultError::Crypto`].
    pub fn signer(&self) -> Result<Box<dyn Signer>, VaultError> {
        Ok(match self.algorithm {
            KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed25519Batch => Box::new(self.server_signer()?),
            KeyAlgorithm::Hybrid => Box::new(PublisherSigner::from_seed(&self.seed)?),
        })
    }

    /// Writes the key to a new file; never overwrites one.
    ///
    /// # Errors
    /// [`VaultError::Exists`], [`VaultError::Io`], [`VaultError::Crypto`].
    pub fn save(&self, path: &Path, seal: &Seal<'_>) -> Result<(), VaultError> {
        let mut header = Header {
            format: FORMAT.into(),
            algorithm: self.algorithm,
            key: self.public.id(),
            public: self.public.clone(),
            seal: None,
        };
        let secret = match seal {
            Seal::OwnerOnly => Bytes(self.seed.expose().to_vec()),
            Seal::Passphrase(passphrase) => {
                let sealing = SealHeader::fresh()?;
                header.seal = Some(sealing.clone());
                Bytes(sealing.close(passphrase, &header.bytes(), &self.seed)?)
            }
        };
        let mut stored = Stored { header, secret };
        let text = serde_json::to_vec_pretty(&stored).map(SecretBytes::new);
        stored.secret.0.zeroize();
        let text = text.map_err(|_| VaultError::Crypto("writing a key file"))?;
        create_new(path, text.expose(), 0o600)
    }
}

/// A key file whose header has been read.
pub struct KeyFile {
    path: PathBuf,
    header: Header,
    secret: SecretBytes,
}

impl KeyFile {
    /// Reads a key file without opening the seal.
    ///
    /// # Errors
    /// [`VaultError::OpenToOthers`] and the others of [`read_owner_only`]; [`VaultError::Malformed`].
    pub fn read(path: &Path) -> Result<KeyFile, VaultError> {
        let malformed =
            |what: &str| VaultError::Malformed { path: path.to_owned(), what: what.to_owned() };
        let text = read_owner_only(path, FILE_MAX)?;
        let stored: Stored =
            serde_json::from_slice(text.expose()).map_err(|error| malformed(&error.to_string()))?;
        if stored.header.format != FORMAT {
            return Err(malformed(&format!(
                "its format is {:?}, this program reads {FORMAT:?}",
                stored.header.format
            )));
        }
        if let Some(fault) = stored.header.seal.as_ref().and_then(SealHeader::fault) {
            return Err(malformed(fault));
        }
        Ok(KeyFile {
            path: path.to_owned(),
            header: stored.header,
            secret: SecretBytes::new(stored.secret.0),
        })
    }

    /// True when a passphrase is needed.
    pub fn is_sealed(&self) -> bool {
        self.header.seal.is_some()
    }

    /// The public half, as the header names it.
    pub fn public(&self) -> &PublicKey {
        &self.header.public
    }

    /// Opens the seal and checks that the key is the one the header names.
    ///
    /// # Errors
    /// [`VaultError::PassphraseNeeded`], [`VaultError::WrongPassphrase`], [`VaultError::Malformed`].
    pub fn open(&self, passphrase: Option<&SecretBytes>) -> Result<SecretKey, VaultError> {
        let path = || self.path.clone();
        let seed = match (&self.header.seal, passphrase) {
            (None, _) => SecretBytes::new(self.secret.expose().to_vec()),
            (Some(_), None) => return Err(VaultError::PassphraseNeeded { path: path() }),
            (Some(seal), Some(passphrase)) => seal
                .open(passphrase, &self.header.bytes(), self.secret.expose())?
                .ok_or_else(|| VaultError::WrongPassphrase { path: path() })?,
        };
        if seed.len() != self.header.algorithm.seed_len() {
            return Err(VaultError::Malformed {
                path: path(),
                what: "the key has the wrong length".into(),
            });
        }
        let key = SecretKey::from_seed(self.header.algorithm, seed)?;
        if key.public != self.header.public || key.public.id() != self.header.key {
            return Err(VaultError::Malformed {
                path: path(),
                what: "the private key does not belong to the public one".into(),
            });
        }
        Ok(key)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    header: Header,
    secret: Bytes,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    algorithm: KeyAlgorithm,
    key: KeyId,
    public: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<SealHeader>,
}

impl Header {
    /// What the seal covers. Plain data with string keys: serialization into memory can't fail.
    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
