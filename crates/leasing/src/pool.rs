//! Named pools: parts of what there is, kept for those whom the model lets in.
//!
//! Invariants: a pool has a number as long as the model names it or something of it is in use; the default pool is
//! always there, has no number and holds whatever is in no named pool.
//! Deliberately not here: how much each pool has (shares), who may use it (the model).

use crate::ids::No;
use crate::series::Series;
use crate::table::Keyed;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash};

/// The pool that holds whatever is in no named pool.
pub(crate) const DEFAULT_POOL: &str = "default";

/// Which pool; none: the default pool.
pub(crate) type PoolNo = Option<No<Pool>>;

/// A named pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) name: Box<str>,
    /// The use of features out of it over time, by the series of the feature.
    pub(crate) series: BTreeMap<No<Series>, No<Series>>,
}

impl Keyed for Pool {
    type Key = str;

    fn has(&self, key: &str) -> bool {
        *self.name == *key
    }

    fn hash_key(key: &str, hasher: &mut DefaultHasher) {
        key.hash(hasher);
    }

    fn hash_self(&self, hasher: &mut DefaultHasher) {
        self.name.hash(hasher);
    }
}

impl Pool {
    pub(crate) fn new(name: &str) -> Pool {
        Pool { name: name.into(), series: BTreeMap::new() }
    }
}
