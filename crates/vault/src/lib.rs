//! Where private keys live: sealed key files, signers, owner-only files and folders, chance.
//!
//! Invariants: a private key never leaves this crate except as a signature; key material is wiped from memory and
//! can't be printed; nothing that others can read is ever used as a secret; a file is replaced as a whole or not at all.
//!
//! Deliberately not here: what is signed and why; which keys are to be trusted (document); PKCS#11 (later).

mod atomic;
mod chance;
mod error;
mod key_file;
mod owner;
mod seal;
mod secret;
mod signer;

pub use atomic::{create_new, write_atomic};
pub use chance::random_bytes;
pub use error::VaultError;
pub use key_file::{KeyFile, SecretKey};
pub use owner::{check_owner_only_folder, create_owner_only_folder, read_owner_only};
pub use seal::Seal;
pub use secret::SecretBytes;
pub use signer::{KeyAlgorithm, PublisherSigner, ServerSigner};
