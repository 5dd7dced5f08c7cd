//! What is sealed: the container's state, its private key, and what it remembers of its machine.
//!
//! Invariants: a stored format, so members are only ever added, with a default; the private key leaves as a signer and
//! in no other way.
//! Deliberately not here: sealing (sealed), what changes the state (the container does).

use crate::{
    binding::Healing,
    device::{error::DeviceError, evidence::Evidence},
    error::VaultError,
    key_file::SecretKey,
    secret::SecretBytes,
    signer::{KeyAlgorithm, ServerSigner},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_container::Container;
use tenure_document::Bytes;
use zeroize::Zeroize as _;

/// The sealed part of a container file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    /// The seed of the identity key.
    pub(super) seed: Bytes,
    /// The state.
    pub(super) container: Container,
    /// Metered units consumed on this machine, by item ID.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) consumed: BTreeMap<String, u64>,
    /// The machine's changes; none where nothing is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) healing: Option<Healing>,
    /// How often the newest copy was damaged and the one before it was taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) older_taken: u32,
    /// The signed documents that the items came with.
    #[serde(default, skip_serializing_if = "Evidence::is_empty")]
    pub(super) evidence: Evidence,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Body {
    pub(super) fn read(bytes: &[u8]) -> Option<Body> {
        serde_json::from_slice(bytes).ok()
    }

    pub(super) fn write(&self) -> Result<SecretBytes, DeviceError> {
        let bytes = serde_json::to_vec(self).map(SecretBytes::new);
        bytes.map_err(|_| VaultError::Crypto("writing a container").into())
    }

    /// Forgets what belongs to no item any more.
    pub(super) fn sweep(&mut self) {
        let Body { container, consumed, evidence, .. } = self;
        consumed.retain(|id, _| container.within_reach(id).is_some());
        evidence.sweep(container);
    }

    /// Signs as the container.
    pub(super) fn signer(&self) -> Result<ServerSigner, DeviceError> {
        let seed = SecretBytes::new(self.seed.0.clone());
        Ok(SecretKey::from_seed(KeyAlgorithm::Ed25519, seed)?.server_signer()?)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.seed.0.zeroize();
    }
}
