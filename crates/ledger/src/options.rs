//! Settings of an engine, all with working defaults, and the hand-over of finished answers.
//!
//! Not here: where they come from (the composition root) and anything about storage paths.

use std::{fmt, sync::Arc, time::Duration};

use crate::{clock::Clock, idempotency::Keep};

/// Finished answers: call it and whoever waits for them is woken.
pub type Completion = Box<dyn FnOnce() + Send>;

/// Takes all answers of a batch in one hand-over. It is called on the writer thread: pass them on
/// to another one and return.
pub type Deliver = Box<dyn Fn(Vec<Completion>) + Send>;

/// Settings of an engine.
pub struct Options {
    /// The machine's clocks.
    pub clock: Arc<dyn Clock>,
    /// Commands decided and committed together at most; on a fast disk the engine takes fewer.
    pub batch_max: usize,
    /// Commands that may wait in each of the two queues; beyond it callers are told to come back
    /// later.
    pub queue_max: usize,
    /// How long an idempotency key is remembered when the caller doesn't say.
    pub keys_kept: Duration,
    /// Idempotency keys remembered at most: the oldest go first. 64 bytes each.
    pub keys_max: usize,
    /// What the wall clock may jump before it is recorded.
    pub clock_tolerance: Duration,
    /// A snapshot is taken in the background after this many entries.
    pub snapshot_entries: u64,
    /// Or after this many bytes of entries.
    pub snapshot_bytes: u64,
    /// How often the engine looks by itself for what has fallen due; none: only with the next
    /// command or [`crate::Engine::tick`].
    pub tick: Option<Duration>,
    /// How long to wait before storage that failed is tried again.
    pub retry_after: Duration,
    /// Takes the answers; none: whoever waits is woken by the writer thread itself.
    pub deliver: Option<Deliver>,
}

impl Options {
    /// The defaults, with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            batch_max: 512,
            queue_max: 16_384,
            keys_kept: Duration::from_secs(24 * 60 * 60),
            keys_max: 1_000_000,
            clock_tolerance: Duration::from_secs(2),
            snapshot_entries: 20_000,
            snapshot_bytes: 256 * 1024 * 1024,
            tick: Some(Duration::from_secs(1)),
            retry_after: Duration::from_secs(1),
            deliver: None,
        }
    }
}

impl Options {
    /// How keys are kept.
    pub(crate) fn keep(&self) -> Keep {
        Keep { time: self.keys_kept, max: self.keys_max }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("batch_max", &self.batch_max)
            .field("queue_max", &self.queue_max)
            .field("keys_kept", &self.keys_kept)
            .field("keys_max", &self.keys_max)
            .field("clock_tolerance", &self.clock_tolerance)
            .field("snapshot_entries", &self.snapshot_entries)
            .field("snapshot_bytes", &self.snapshot_bytes)
            .field("tick", &self.tick)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}
