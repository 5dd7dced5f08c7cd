//! The pages' only hands on clock and chance.
//!
//! A monotonic time for the ages of sessions, and bytes of the operating system for their secrets. Deliberately
//! not here: the time of day. What pages show of it comes from answers of the API.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

/// A monotonic clock that counts from its making. The runtime's own stands still while the machine sleeps, and a
/// session must not outlast the night because the lid was shut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uptime {
    started: Instant,
    booted: Duration,
}

impl Uptime {
    #[expect(clippy::disallowed_methods, reason = "ages of sessions need a monotonic clock")]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), booted: since_boot() }
    }

    #[expect(clippy::disallowed_methods, reason = "ages of sessions need a monotonic clock")]
    pub(crate) fn elapsed(&self) -> Duration {
        let awake = Instant::now().saturating_duration_since(self.started);
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

/// 32 bytes from the operating system; `None` when it has none to give.
#[expect(clippy::disallowed_methods, reason = "session secrets are made of chance")]
pub(crate) fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// A fresh secret as text: 256 bits, base64url, 43 characters.
pub(crate) fn fresh_token() -> Option<String> {
    random().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}
