//! Groups of host keys, and the keys in them.
//!
//! Invariants: a group belongs to a product and, unless all its hosts are for development, to a customer; terms are the
//! group's and the same for all its keys; a key is for one host, and once revoked stays so; a host has one live key in a
//! group. Deliberately not here: changes (`fold`) and their checks (`decide`), counting (`users`).

use super::users::{HostDay, HostUsers, UserHash};
use crate::office::numbers::{CustomerId, HostGroupId};
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{
    ActivationId, Bytes, Hasher, HostEnforcement, HostKeyId, HostName, HostUserId, OfflinePolicy,
    Time,
};

/// The terms of all keys of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostTerms {
    /// Distinct users; 0 for hosts of development only.
    pub users: u32,
    /// Days over which they are counted.
    pub window_days: u32,
    /// What follows for a user beyond them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enforcement: HostEnforcement,
    /// What an application does that can't reach the office.
    pub offline: OfflinePolicy,
    /// Not valid before; absent: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Not valid after; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
}

impl Default for HostTerms {
    fn default() -> HostTerms {
        HostTerms {
            users: 1,
            window_days: 30,
            enforcement: HostEnforcement::default(),
            offline: OfflinePolicy::default(),
            not_before: None,
            expires: None,
        }
    }
}

/// Keys whose users are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostGroup {
    /// Its number.
    pub id: HostGroupId,
    /// Whose they are; absent: anybody's, for development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What they license.
    pub product: String,
    /// Under which activation ID they were bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<ActivationId>,
    /// Their terms.
    pub terms: HostTerms,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What user ids are hashed with.
    pub(crate) salt: Bytes,
    /// In the order they were made.
    pub keys: Vec<HostKeyId>,
    /// Since when.
    pub made: Time,
    /// When its terms were last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Time>,
    /// The last day on which somebody came when it was full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_on: Option<HostDay>,
    /// Who counts.
    #[serde(default)]
    pub users: HostUsers,
}

impl HostGroup {
    /// Distinct users within the window that ends with the day of `now`.
    pub fn counted(&self, now: Time) -> u32 {
        self.users.counted(super::users::day_of(now), self.terms.window_days)
    }

    /// Those of them that came when it was full.
    pub fn beyond(&self, now: Time) -> u32 {
        self.users.beyond(super::users::day_of(now), self.terms.window_days)
    }

    /// How many users were last seen on each day of the window, oldest first.
    pub fn days(&self, now: Time) -> Vec<(HostDay, u32)> {
        self.users.days(super::users::day_of(now), self.terms.window_days)
    }

    /// What is known of a user id.
    pub(crate) fn hash(&self, user: HostUserId) -> UserHash {
        let hash = Hasher::new().with(b"tenure-host-user-v1").with(self.salt.as_slice());
        first_half(&hash.with(&user.0).finish().0)
    }

    /// The id that follows an id when it has grown old: always the same, so that an answer may get lost.
    pub(crate) fn successor(&self, user: HostUserId) -> HostUserId {
        let hash = Hasher::new().with(b"tenure-host-user-next-v1").with(self.salt.as_slice());
        HostUserId(first_half(&hash.with(&user.0).finish().0))
    }
}

fn first_half(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

/// A key for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeyRecord {
    /// Its id.
    pub id: HostKeyId,
    /// The host.
    pub host: HostName,
    /// Its group.
    pub group: HostGroupId,
    /// Since when.
    pub made: Time,
    /// Since when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Time>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why_revoked: String,
    /// The day on which a user was last seen on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_on: Option<HostDay>,
    /// The revision of the product that this user had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen_revision: String,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostKeys {
    pub(crate) groups: Vec<HostGroup>,
    pub(crate) keys: BTreeMap<HostKeyId, HostKeyRecord>,
}

impl HostKeys {
    /// A key.
    pub fn key(&self, id: HostKeyId) -> Option<&HostKeyRecord> {
        self.keys.get(&id)
    }

    /// A group.
    pub fn group(&self, id: HostGroupId) -> Option<&HostGroup> {
        self.groups.get(id.index())
    }

    /// The group of a key.
    pub fn group_of(&self, key: &HostKeyRecord) -> Option<&HostGroup> {
        self.group(key.group)
    }

    /// All groups, oldest first.
    pub fn groups(&self) -> &[HostGroup] {
        &self.groups
    }

    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// The keys of a group, oldest first.
    pub fn keys_of<'a>(
        &'a self,
        group: &'a HostGroup,
    ) -> impl DoubleEndedIterator<Item = &'a HostKeyRecord> {
        group.keys.iter().filter_map(|id| self.keys.get(id))
    }

    pub(crate) fn next(&self) -> HostGroupId {
        let made = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        HostGroupId::FIRST.after(made)
    }
}

/// How they are stored: keys as a list, because each carries its id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<HostGroup>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<HostKeyRecord>,
}

impl Serialize for HostKeys {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            groups: &'a [HostGroup],
            keys: Vec<&'a HostKeyRecord>,
        }
        let keys = self.keys.values().collect();
        Written { groups: &self.groups, keys }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HostKeys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<HostKeys, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let keys = stored.keys.into_iter().map(|key| (key.id, key)).collect();
        Ok(HostKeys { groups: stored.groups, keys })
    }
}
