//! The revocation list: complete, and only ever growing.
//!
//! Invariants: each list holds everything its predecessors held; a container is revoked up to
//! and including a generation. Not here: adopting one (`adopt.rs`).

use serde::{Deserialize, Serialize};

use crate::{ids::ContainerId, keys::KeyId, payload::payload, time::Time};

/// Everything the publisher revoked so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Grows with each list.
    pub sequence: u64,
    /// When it was made.
    pub issued: Time,
    /// Publisher keys that count no more.
    pub keys: Vec<KeyId>,
    /// Containers that count no more.
    pub containers: Vec<RevokedContainer>,
}

payload!(Revocation, "revocation", signed_at: Option<Time> = |me| Some(me.issued));

/// A container and the last generation of it that is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedContainer {
    /// The container.
    pub container: ContainerId,
    /// This generation and all before it are revoked.
    pub generation: u32,
}

impl Revocation {
    /// Whether the key is revoked.
    pub fn revokes_key(&self, key: KeyId) -> bool {
        self.keys.contains(&key)
    }

    /// Whether this generation of the container is revoked.
    pub fn revokes_container(&self, container: ContainerId, generation: u32) -> bool {
        self.containers
            .iter()
            .any(|entry| entry.container == container && generation <= entry.generation)
    }

    /// Whether every entry of `earlier` is in force here too.
    pub(crate) fn contains(&self, earlier: &Revocation) -> bool {
        earlier.keys.iter().all(|key| self.revokes_key(*key))
            && earlier
                .containers
                .iter()
                .all(|entry| self.revokes_container(entry.container, entry.generation))
    }
}
