//! Users with their roles, and client keys that may sign requests.
//!
//! Invariants: names are unique and case-sensitive; a password exists here only as its argon2 hash string.
//! Deliberately not here: hashing, logging in, checking signatures (server).

use serde::{Deserialize, Serialize};
use tenure_document::{Bytes, KeyId, Time};

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// See everything but users.
    Read,
    /// Change reservations.
    Reservations,
    /// Drop devices.
    DropDevice,
    /// Carry contexts and updates.
    Offline,
    /// Everything.
    Admin,
}

/// A user of the admin plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name to log in with.
    pub name: String,
    /// An argon2 hash string; opaque here.
    pub password_hash: String,
    /// What the user may do, in order, without doubles.
    pub roles: Vec<Role>,
    /// Since when.
    pub created: Time,
    /// When password or roles last changed.
    pub changed: Time,
}

/// A public key that may sign requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientKey {
    /// Its identity.
    pub id: KeyId,
    /// Its algorithm, for example `rsa-2048` or `ed25519`.
    pub algorithm: String,
    /// The public key as uploaded.
    pub key: Bytes,
    /// What people call it.
    pub name: String,
    /// Since when.
    pub added: Time,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Time>,
}
