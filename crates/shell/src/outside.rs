//! The shells' only hands on clock and chance.
//!
//! What decides reads neither: the engine gives commands their time. Here stands what a shell itself needs:
//! a monotonic instant for latencies and session ages, and bytes from the operating system for tokens.

use std::time::Duration;

use tokio::time::Instant;

/// Now, for measuring and for ages; never for anything that is stored.
#[expect(clippy::disallowed_methods, reason = "latencies and session ages need a monotonic clock")]
pub fn instant() -> Instant {
    Instant::now()
}

/// A monotonic clock that counts from its making; what the tables of sessions and back-off go by.
#[derive(Debug, Clone, Copy)]
pub struct Uptime(Instant);

impl Uptime {
    /// Begins to count.
    pub fn start() -> Self {
        Self(instant())
    }

    /// Time since it began to count.
    pub fn elapsed(&self) -> Duration {
        instant().saturating_duration_since(self.0)
    }
}

/// 32 bytes from the operating system. `None` when it has none to give.
#[expect(clippy::disallowed_methods, reason = "bearer tokens are made of chance")]
pub fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
