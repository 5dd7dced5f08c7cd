//! Which pools a requester may use.
//!
//! Invariants: pools in the order in which they are tried; without a model everybody has the default pool and nothing
//! is judged. Deliberately not here: the rules (model), how much a pool has (shares).

use crate::pool::PoolNo;
use std::sync::Arc;

/// What the rules let one requester use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    granted: Option<Arc<[PoolNo]>>,
}

impl Access {
    /// The pools, first the one tried first.
    pub(crate) fn pools(&self) -> &[PoolNo] {
        match &self.granted {
            Some(pools) => pools,
            None => &[None],
        }
    }
}
