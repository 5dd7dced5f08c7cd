//! The publisher's own documents as the office has them: key lists, the revocation list, and what shall be revoked.
//!
//! Invariants: versions and sequences only grow; whatever was ever wanted on the revocation list stays wanted, until a
//! published list holds it; nothing here was signed here.
//! Deliberately not here: keys and signing (the shell), the decisions (`publish_decide`).

use crate::issue::TrustPapers;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{ContainerId, KeyId, RevokedContainer};

/// What is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Papers {
    /// Every key list with its version, oldest first.
    keysets: Vec<(u64, String)>,
    /// The newest revocation list with its sequence.
    revocation: Option<(u64, String)>,
    /// What the newest list holds of containers.
    listed: BTreeMap<ContainerId, u32>,
    /// What it holds of keys.
    listed_keys: BTreeSet<KeyId>,
    /// The containers that shall be on the next list, with the last generation that is revoked.
    wanted: BTreeMap<ContainerId, u32>,
}

/// A document of the publisher that the office shall hand out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PublishCommand {
    /// A key list, verified by the shell.
    Keyset {
        /// By whom.
        by: String,
        /// Its version.
        version: u64,
        /// The signed document.
        document: String,
    },
    /// A revocation list, verified by the shell.
    Revocation {
        /// By whom.
        by: String,
        /// Its sequence.
        sequence: u64,
        /// The signed document.
        document: String,
        /// The containers on it.
        containers: Vec<RevokedContainer>,
        /// The keys on it.
        keys: Vec<KeyId>,
    },
}

/// A key list was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysetPublished {
    /// By whom.
    pub by: String,
    /// Its version.
    pub version: u64,
    /// The signed document.
    pub document: String,
}

/// A revocation list was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationPublished {
    /// By whom.
    pub by: String,
    /// Its sequence.
    pub sequence: u64,
    /// The signed document.
    pub document: String,
    /// The containers on it.
    pub containers: Vec<RevokedContainer>,
    /// The keys on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyId>,
}

impl Papers {
    /// The version of the newest key list; 0 before the first.
    pub fn keyset_version(&self) -> u64 {
        self.keysets.last().map_or(0, |(version, _)| *version)
    }

    /// Every key list, oldest first.
    pub fn keysets(&self) -> &[(u64, String)] {
        &self.keysets
    }

    /// The sequence of the newest revocation list; 0 before the first.
    pub fn revocation_sequence(&self) -> u64 {
        self.revocation.as_ref().map_or(0, |(sequence, _)| *sequence)
    }

    /// The newest revocation list.
    pub fn revocation(&self) -> Option<&str> {
        self.revocation.as_ref().map(|(_, document)| document.as_str())
    }

    /// Whether the newest list holds this generation of a container.
    pub fn is_listed(&self, id: ContainerId, generation: u32) -> bool {
        self.listed.get(&id).is_some_and(|listed| generation <= *listed)
    }

    /// Whether the newest list holds this key.
    pub fn is_key_listed(&self, key: KeyId) -> bool {
        self.listed_keys.contains(&key)
    }

    /// Everything about containers that the next list must hold.
    pub fn containers_to_list(&self) -> Vec<RevokedContainer> {
        let mut all = self.listed.clone();
        for (container, generation) in &self.wanted {
            let entry = all.entry(*container).or_insert(*generation);
            *entry = (*entry).max(*generation);
        }
        let entry = |(container, generation)| RevokedContainer { container, generation };
        all.into_iter().map(entry).collect()
    }

    /// Whether a new revocation list is due: something shall be revoked that no list holds.
    pub fn is_list_due(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// What a container does not have yet.
    pub(crate) fn trust_papers(&self) -> TrustPapers {
        TrustPapers { keysets: self.keysets.clone(), revocation: self.revocation.clone() }
    }

    pub(crate) fn want_revoked(&mut self, id: ContainerId, generation: u32) {
        if !self.is_listed(id, generation) {
            let entry = self.wanted.entry(id).or_insert(generation);
            *entry = (*entry).max(generation);
        }
    }

    pub(crate) fn add_keyset(&mut self, event: &KeysetPublished) {
        self.keysets.push((event.version, event.document.clone()));
    }

    pub(crate) fn set_revocation(&mut self, event: &RevocationPublished) {
        self.revocation = Some((event.sequence, event.document.clone()));
        let containers = event.containers.iter();
        self.listed = containers.map(|entry| (entry.container, entry.generation)).collect();
        self.listed_keys = event.keys.iter().copied().collect();
        let listed = &self.listed;
        self.wanted.retain(|id, generation| listed.get(id).is_none_or(|have| have < generation));
    }

    /// What stands on the newest list, for the check that the next holds it too.
    pub(crate) fn listed(&self) -> (&BTreeMap<ContainerId, u32>, &BTreeSet<KeyId>) {
        (&self.listed, &self.listed_keys)
    }
}
