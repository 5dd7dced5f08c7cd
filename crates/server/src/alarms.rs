//! What goes wrong beside the server's own work and stays so until it is put right.
//!
//! Invariants: one alarm per cause, the newest; it is there until the cause is gone, however long that takes; nothing
//! of it is stored, because whoever raises it finds it again after a restart.
//! Deliberately not here: alarms about clocks, which the ledger records.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Alarms of work beside the server, as the status tells them. Clones are the same alarms.
#[derive(Debug, Clone, Default)]
pub struct Alarms(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl Alarms {
    /// This is wrong, in a sentence; takes the place of what was said of the same cause before.
    pub fn raise(&self, cause: &'static str, sentence: String) {
        self.lock().insert(cause, sentence);
    }

    /// The cause is gone.
    pub fn clear(&self, cause: &str) {
        self.lock().remove(cause);
    }

    /// All of them.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.lock().values().cloned().collect()
    }

    /// What they are about.
    pub(crate) fn causes(&self) -> Vec<&'static str> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
