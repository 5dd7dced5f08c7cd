//! The users of the office: names, roles, quotas.
//!
//! Invariants: names are unique and case-sensitive; a password exists here only as its hash; somebody who may administer
//! stays once there was one.
//! Deliberately not here: hashing, logging in (the shell); which route needs which role (the shell); approvals.

use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::Time;

const DAY_MS: i64 = 86_400_000;

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// See everything but users and ledger.
    Viewer,
    /// Re-send updates, take in contexts and receipts.
    Support,
    /// Sell and issue, within the user's quota.
    Fulfil,
    /// Change products and license models.
    Catalog,
    /// Publish key lists and revocation lists, rule on containers.
    Keys,
    /// Read the ledger and verify it.
    Auditor,
    /// Everything, users included; approvals of others' orders too.
    Admin,
}

impl Role {
    /// All of them, in order.
    pub const ALL: [Role; 7] = [
        Role::Viewer,
        Role::Support,
        Role::Fulfil,
        Role::Catalog,
        Role::Keys,
        Role::Auditor,
        Role::Admin,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Support => "support",
            Role::Fulfil => "fulfil",
            Role::Catalog => "catalog",
            Role::Keys => "keys",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }
}

/// A user of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name to log in with.
    pub name: String,
    /// A hash string; opaque here.
    pub password_hash: String,
    /// What the user may do, in order, without doubles.
    pub roles: Vec<Role>,
    /// Units the user may issue per day (UTC) without approval; none: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_quota: Option<u32>,
    /// Since when.
    pub made: Time,
    /// When password, roles or quota last changed.
    pub changed: Time,
}

impl User {
    /// Whether the user has this role, or may everything.
    pub fn may(&self, role: Role) -> bool {
        self.roles.contains(&role) || self.roles.contains(&Role::Admin)
    }
}

/// Parts of a user; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// A new hash string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// All roles from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// A new quota; inner none: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_quota: Option<Option<u32>>,
}

/// An order about users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PeopleCommand {
    /// Make a user.
    Create {
        /// By whom; at the first start the office itself.
        by: String,
        /// The name.
        name: String,
        /// A hash string.
        password_hash: String,
        /// What the user may do.
        roles: Vec<Role>,
        /// Units per day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        daily_quota: Option<u32>,
    },
    /// Change one.
    Change {
        /// By whom.
        by: String,
        /// Which.
        name: String,
        /// What.
        change: UserChange,
    },
    /// Delete one.
    Delete {
        /// By whom.
        by: String,
        /// Which.
        name: String,
    },
}

/// A user was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSet {
    /// By whom.
    pub by: String,
    /// From now on.
    pub user: User,
}

/// A user was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserDeleted {
    /// By whom.
    pub by: String,
    /// Which.
    pub name: String,
}

/// All users, and what each issued on the present day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    users: BTreeMap<String, User>,
    /// By name: the day, counted from 1970, and the units issued on it.
    #[serde(default, skip_serializing_if = "is_default")]
    issued: BTreeMap<String, (i64, u64)>,
}

impl People {
    /// One of them.
    pub fn get(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &User> {
        self.users.values()
    }

    /// Units that a user issued on the day of `now` (UTC).
    pub fn issued_today(&self, name: &str, now: Time) -> u64 {
        let today = now.as_millis().div_euclid(DAY_MS);
        self.issued.get(name).filter(|(day, _)| *day == today).map_or(0, |(_, units)| *units)
    }

    pub(crate) fn set(&mut self, user: &User) {
        self.users.insert(user.name.clone(), user.clone());
    }

    pub(crate) fn delete(&mut self, name: &str) {
        self.users.remove(name);
        self.issued.remove(name);
    }

    /// Counts units against the quota of whoever issued them.
    pub(crate) fn count_issued(&mut self, name: &str, units: u64, at: Time) {
        if self.users.get(name).is_some_and(|user| user.daily_quota.is_some()) {
            let units = self.issued_today(name, at).saturating_add(units);
            self.issued.insert(name.to_owned(), (at.as_millis().div_euclid(DAY_MS), units));
        }
    }
}
