//! The real clock: the only hands on wall time, boot time and the stopwatch in the whole house.
//!
//! Everything below takes time as a value; the program reads it here and hands it down. The boot clock counts
//! through suspension (`CLOCK_BOOTTIME`), so that a laptop that slept can't stretch a lease.
//! Deliberately not here: any rule about clocks that jump; those are the ledger's and the container's.

use rustix::time::{ClockId, clock_gettime};
use std::{
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tenure_document::Time;
use tenure_ledger::{BootTime, Clock};

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealClock;

impl Clock for RealClock {
    fn wall(&self) -> Time {
        wall()
    }

    fn boot(&self) -> BootTime {
        BootTime { id: boot_id().to_owned(), elapsed: since_boot() }
    }
}

/// Wall time, millisecond resolution. Read through the C library, so that tests can set it with libfaketime.
#[expect(clippy::disallowed_methods, reason = "the composition root is where clocks are read")]
pub fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A stopwatch reading, for durations within this process.
#[expect(clippy::disallowed_methods, reason = "the composition root is where clocks are read")]
pub fn monotonic() -> Instant {
    Instant::now()
}

fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Identifies this boot of the machine; "unknown" where the kernel does not say.
fn boot_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
    })
}
