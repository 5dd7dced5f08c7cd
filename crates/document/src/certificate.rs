//! The certificate of a container: the publisher vouches for its identity key.
//!
//! Invariants: names one container, one generation and one Ed25519 key, and the document types
//! that key may sign. Not here: verifying with one (`verify.rs`).

use serde::{Deserialize, Serialize};

use crate::{ids::ContainerId, keys::PublicKey, payload::payload, terms::Tolerance, time::Time};

/// The publisher's word that a key is a container's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The container.
    pub container: ContainerId,
    /// Its generation; a new one has a new key.
    pub generation: u32,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: ContainerKind,
    /// Its identity key: `ed25519`, or `ed25519-batch` of a license server.
    pub key: PublicKey,
    /// Names of the document types the key may sign, such as `lease`.
    pub uses: Vec<String>,
    /// Documents signed before are not accepted.
    pub not_before: Time,
    /// Nothing is accepted after; absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Time>,
    /// Grows with each certificate of the container.
    pub sequence: u64,
    /// Whose container it is: items that stay within an account move between equal ones only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How strictly it must be bound to its machine; absent: as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Tolerance>,
}

payload!(Certificate, "certificate", signed_at: Option<Time> = |me| Some(me.not_before));

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerKind {
    /// A license server's.
    Server,
    /// Bound to a machine.
    Bound,
    /// On removable media.
    Portable,
    /// Bound to nothing; trials only.
    Unbound,
}
