//! The shells' only hands on clock and chance.
//!
//! What decides reads neither: the engine gives commands their time. Here stands what a shell itself needs:
//! a monotonic instant for latencies and session ages, and bytes from the operating system for tokens.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

/// Now, for measuring and for ages; never for anything that is stored.
#[expect(clippy::disallowed_methods, reason = "latencies and session ages need a monotonic clock")]
pub fn instant() -> Instant {
    Instant::now()
}

/// A monotonic clock that counts from its making; what the tables of sessions and back-off go by. The runtime's own
/// stands still while the machine sleeps, and a session must not outlast the night because the lid was shut.
#[derive(Debug, Clone, Copy)]
pub struct Uptime {
    started: Instant,
    booted: Duration,
}

impl Uptime {
    /// Begins to count.
    pub fn start() -> Self {
        Self { started: instant(), booted: since_boot() }
    }

    /// Time since it began to count.
    pub fn elapsed(&self) -> Duration {
        let awake = instant().saturating_duration_since(self.started);
        awake.max(since_boot().saturating_sub(self.booted))
    }
}

/// The machine's time since boot, its sleep included.
fn since_boot() -> Duration {
    let now = clock_gettime(SINCE_BOOT);
    Duration::try_from(now).unwrap_or_default()
}

#[cfg(target_os = "linux")]
const SINCE_BOOT: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const SINCE_BOOT: ClockId = ClockId::Monotonic;

/// 32 bytes from the operating system. `None` when it has none to give.
#[expect(clippy::disallowed_methods, reason = "bearer tokens are made of chance")]
pub fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
