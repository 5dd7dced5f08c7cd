//! The models of a server: the one in force, and those before it.
//!
//! Invariants: versions are numbered from 1 without gaps and their numbers are never used again; of every version it is
//! known who set it and when; texts are kept for the newest versions, within a bound, and always for the one in force.
//! Deliberately not here: what a model says (model), what it does to seats (placing).

use crate::ids::No;
use crate::model::{Model, PoolRef};
use crate::pool::{Pool, PoolNo};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use tenure_document::{Hash, LeaseId, Time};

/// The most texts that are kept.
const TEXTS_MAX: usize = 64;
/// The most bytes of texts that are kept.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// A rule of a version of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCited {
    /// The version of the model.
    pub model: u64,
    /// The line that the rule begins on.
    pub line: u32,
}

/// A version of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelVersion {
    /// Its number, from 1.
    pub version: u64,
    /// Who set it.
    pub by: String,
    /// When.
    pub at: Time,
    /// What the author says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Leases that it would not give go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_leases: bool,
    /// The hash of its text.
    pub hash: Hash,
    /// The length of its text.
    pub bytes: u64,
    /// Since when it is no longer in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Who deleted it, where no other followed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    /// Its text, while it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "kept_text")]
    pub text: Option<Arc<str>>,
}

/// A text that others share.
mod kept_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<S: Serializer>(
        text: &Option<Arc<str>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_deref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Arc::from))
    }
}

/// The model in force.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) model: Arc<Model>,
    pub(crate) version: u64,
    /// The numbers of its pools, in its order.
    pub(crate) pools: Vec<No<Pool>>,
}

impl InForce {
    /// The pool that a rule speaks of.
    pub(crate) fn pool(&self, pool: PoolRef) -> PoolNo {
        match pool {
            PoolRef::Default => None,
            PoolRef::Named(place) => self.pools.get(usize::from(place)).copied(),
        }
    }
}

/// All models.
#[derive(Debug, Clone)]
pub(crate) struct ModelBook {
    versions: VecDeque<ModelVersion>,
    current: Option<InForce>,
    /// Leases before this one were granted under another model, or under none.
    first_lease: LeaseId,
    /// Those leases go on, whatever the rules say now.
    keep_leases: bool,
}

/// The models as they are stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelRecord {
    versions: VecDeque<ModelVersion>,
    /// The last version is in force.
    in_force: bool,
    first_lease: LeaseId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keep_leases: bool,
}

impl Default for ModelBook {
    fn default() -> ModelBook {
        let first_lease = LeaseId(0);
        ModelBook { versions: VecDeque::new(), current: None, first_lease, keep_leases: false }
    }
}

impl ModelBook {
    /// The model in force.
    pub(crate) fn current(&self) -> Option<&InForce> {
        self.current.as_ref()
    }

    /// All versions, the first one first.
    pub(crate) fn versions(&self) -> &VecDeque<ModelVersion> {
        &self.versions
    }

    /// The number of the next version.
    pub(crate) fn next(&self) -> u64 {
        self.versions.back().map_or(1, |last| last.version + 1)
    }

    /// True for a lease that was granted before the rules of now.
    pub(crate) fn is_older(&self, lease: LeaseId) -> bool {
        lease < self.first_lease
    }

    /// True for a lease that goes on, whatever the rules of now say.
    pub(crate) fn is_kept(&self, lease: LeaseId) -> bool {
        self.keep_leases && self.is_older(lease)
    }

    /// True when some leases go on, whatever the rules of now say.
    pub(crate) fn keeps_leases(&self) -> bool {
        self.keep_leases
    }

    /// A model comes into force. Answers the pools of the one before.
    pub(crate) fn set(
        &mut self,
        version: ModelVersion,
        (model, pools): (Arc<Model>, Vec<No<Pool>>),
        next_lease: LeaseId,
    ) -> Vec<No<Pool>> {
        self.end_last(version.at, None);
        self.first_lease = next_lease;
        self.keep_leases = version.keep_leases;
        let current = InForce { model, version: version.version, pools };
        self.versions.push_back(version);
        self.forget_texts();
        self.current.replace(current).map_or(Vec::new(), |before| before.pools)
    }

    /// No model is in force from now on. Answers the pools of the one before.
    pub(crate) fn delete(
        &mut self,
        (by, at): (&str, Time),
        keep_leases: bool,
        next_lease: LeaseId,
    ) -> Vec<No<Pool>> {
        self.end_last(at, Some(by));
        self.first_lease = next_lease;
        self.keep_leases = keep_leases;
        self.current.take().map_or(Vec::new(), |before| before.pools)
    }

    fn end_last(&mut self, at: Time, by: Option<&str>) {
        if let (Some(last), true) = (self.versions.back_mut(), self.current.is_some()) {
            last.until = Some(at);
            last.deleted_by = by.map(str::to_owned);
        }
    }

    /// Keeps the newest texts only.
    fn forget_texts(&mut self) {
        let (mut kept, mut bytes) = (0, 0);
        for version in self.versions.iter_mut().rev() {
            let Some(text) = &version.text else { break };
            bytes += text.len();
            kept += 1;
            if kept > 1 && (kept > TEXTS_MAX || bytes > BYTES_MAX) {
                version.text = None;
            }
        }
    }

    /// As it is stored; nothing where there never was a model.
    pub(crate) fn record(&self) -> Option<ModelRecord> {
        (!self.versions.is_empty()).then(|| ModelRecord {
            versions: self.versions.clone(),
            in_force: self.current.is_some(),
            first_lease: self.first_lease,
            keep_leases: self.keep_leases,
        })
    }

    /// As it was stored, and the text of the model in force.
    pub(crate) fn restore(record: ModelRecord) -> (ModelBook, Option<Arc<str>>) {
        let ModelRecord { versions, in_force, first_lease, keep_leases } = record;
        let last = versions.back().filter(|_| in_force);
        let text = last.and_then(|last| last.text.clone());
        (ModelBook { versions, current: None, first_lease, keep_leases }, text)
    }

    /// Puts the restored model in force again.
    pub(crate) fn resume(&mut self, model: Arc<Model>, pools: Vec<No<Pool>>) {
        let version = self.versions.back().map_or(0, |last| last.version);
        self.current = Some(InForce { model, version, pools });
    }
}
