//! How often commands come in: what work that gives way to service looks at.
//!
//! Invariants: a look takes no lock and wakes nobody, so that it may be taken thousands of times a second.
//! Not here: who gives way, and how.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counts the commands that came in.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// Commands so far. Who finds the same number again was alone meanwhile.
    pub fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
