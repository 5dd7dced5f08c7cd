//! What is asked about host keys, and what happened.
//!
//! Invariants: stored formats; ids and salts come with the command, because nothing is drawn here; no event holds a user
//! id, only its salted hash. Deliberately not here: deciding (`decide`, `check`), applying (`fold`).

use super::book::HostTerms;
use super::users::HostDay;
use crate::office::entitlement_command::clearable;
use crate::office::numbers::{CustomerId, HostGroupId};
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use tenure_document::{
    ActivationId, Bytes, HostEnforcement, HostKeyId, HostName, HostUserId, OfflinePolicy, Time,
};

/// An order about host keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HostKeyCommand {
    /// Make a group with its keys.
    Issue(HostKeyOrder),
    /// Make keys for more hosts of a group.
    Add {
        /// By whom.
        by: String,
        /// Which group.
        group: HostGroupId,
        /// For these hosts.
        keys: Vec<HostKeyMade>,
    },
    /// Change the terms of a group: renew it, allow more users.
    Change {
        /// By whom.
        by: String,
        /// Which group.
        group: HostGroupId,
        /// What.
        change: HostTermsChange,
    },
    /// Take a key back.
    Revoke {
        /// By whom.
        by: String,
        /// Which.
        key: HostKeyId,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

/// A group that shall be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeyOrder {
    /// By whom.
    pub by: String,
    /// For whom; absent: for anybody's development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Of which product.
    pub product: String,
    /// Under which activation ID it was bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<ActivationId>,
    /// Under which terms.
    pub terms: HostTerms,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What user ids shall be hashed with: fresh chance.
    pub salt: Bytes,
    /// For these hosts.
    pub keys: Vec<HostKeyMade>,
    /// It is no repeat of an equal one that waits: a key tells its repeats. Not kept once it is decided.
    #[serde(default, skip_serializing_if = "is_default")]
    pub own: bool,
}

/// A key for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeyMade {
    /// Its id: fresh chance.
    pub id: HostKeyId,
    /// The host.
    pub host: HostName,
}

/// Parts of the terms; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HostTermsChange {
    /// Another number of users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u32>,
    /// Another window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// Another enforcement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<HostEnforcement>,
    /// Another offline policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<OfflinePolicy>,
    /// Another end; inner none: no end.
    #[serde(skip_serializing_if = "Option::is_none", with = "clearable")]
    pub expires: Option<Option<Time>>,
    /// Other notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// What an application tells at its start: these four things and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCheckAsked {
    /// The key.
    pub key: HostKeyId,
    /// The revision of the product.
    pub revision: String,
    /// The installation; absent: it has no number yet.
    pub user: Option<HostUserId>,
    /// The host.
    pub host: HostName,
    /// The number of an installation that has none: fresh chance.
    pub fresh: HostUserId,
}

/// A group was made with its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeysIssued {
    /// Its number.
    pub group: HostGroupId,
    /// As it was asked.
    pub order: HostKeyOrder,
}

/// Keys were added to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeysAdded {
    /// By whom.
    pub by: String,
    /// Which group.
    pub group: HostGroupId,
    /// The keys.
    pub keys: Vec<HostKeyMade>,
}

/// The terms of a group were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeysChanged {
    /// By whom.
    pub by: String,
    /// Which group.
    pub group: HostGroupId,
    /// Its terms from now on.
    pub terms: HostTerms,
    /// Its notes from now on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Users it has more than before: they count against the quota.
    #[serde(default, skip_serializing_if = "is_default")]
    pub more: u32,
}

/// A key was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostKeyRevoked {
    /// By whom.
    pub by: String,
    /// Of which group.
    pub group: HostGroupId,
    /// Which.
    pub key: HostKeyId,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A user was seen for the first time, or for the first time on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostUserSeen {
    /// On which key.
    pub key: HostKeyId,
    /// Salted hash of its id.
    pub user: Bytes,
    /// The same of its id before, when it got a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Bytes>,
    /// Since when it has its id.
    pub since: HostDay,
    /// The day.
    pub day: HostDay,
    /// The group was full when it came.
    #[serde(default, skip_serializing_if = "is_default")]
    pub over: bool,
    /// The revision of the product.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
}

/// Somebody came on a day when a group was full: the first of that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostLimitReached {
    /// Which group.
    pub group: HostGroupId,
    /// The day.
    pub day: HostDay,
    /// Users counted.
    pub counted: u32,
    /// Users allowed.
    pub allowed: u32,
}
