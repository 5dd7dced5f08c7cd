//! Where private keys live: sealed key files, signers, owner-only files and folders, chance; and the containers of
//! devices, sealed under keys that only their machine gives back.
//!
//! Invariants: a private key never leaves this crate except as a signature; key material is wiped from memory and
//! can't be printed; nothing that others can read is ever used as a secret; a file is replaced as a whole or not at all.
//!
//! Deliberately not here: which keys are to be trusted (document); what a container accepts (container); PKCS#11 and
//! TPMs (later).

mod atomic;
mod binding;
mod chance;
mod device;
mod error;
mod key_file;
mod machine;
mod owner;
mod seal;
mod secret;
mod signer;

pub use atomic::{create_new, write_atomic};
pub use binding::{Binding, BindingReport, Drift, Opening, TraitReport, TraitStatus};
pub use chance::random_bytes;
pub use device::{
    Applied, BEAT_EVERY_MS, DeviceError, DeviceFolder, Exclusive, FENCED_AFTER_MS, HeldSeat,
    LOCKED_FOR_MS, Listed, NewContainer, OpenContainer, SILENT_AFTER_MS, Seats,
};
pub use error::VaultError;
pub use key_file::{KeyFile, SecretKey};
pub use machine::{
    LinuxMachine, Machine, MachineTrait, SystemMark, TraitKind, TraitReader, Variable,
};
pub use owner::{check_owner_only_folder, create_owner_only_folder, read_owner_only};
pub use seal::Seal;
pub use secret::SecretBytes;
pub use signer::{KeyAlgorithm, PublisherSigner, ServerSigner};
