//! The time that rights are judged by: never before the high water, forgiving about honest clock mistakes.
//!
//! Invariants: the high water never falls except by a signed time made for this container; it follows the machine's
//! time since boot; a forward jump of the wall clock raises it by at most 48 hours per boot, so that a clock once set
//! to the future does not kill a license; a clock set back beyond the tolerance is judged at the high water.
//! Deliberately not here: reading a clock; the time of ledger entries (that is the ledger's, and stricter).

use serde::{Deserialize, Serialize};
use tenure_document::Time;

/// A wall clock this far behind the high water still decides the start and the end of items.
pub const ITEM_TOLERANCE_MS: i64 = 25 * 3_600_000;
/// A wall clock this far behind the high water still decides about leases; beyond it the alarm is on.
pub const LEASE_TOLERANCE_MS: i64 = 10 * 60_000;
/// The most that jumps of the wall clock raise the high water in one boot of the machine.
pub const RAISE_PER_BOOT_MS: i64 = 48 * 3_600_000;
/// The high water is recorded when it is this far behind the truth: not at every commit.
const RECORD_EVERY_MS: i64 = 15 * 60_000;

/// What the clocks of the machine say at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, which people can set.
    pub wall: Time,
    /// Milliseconds since the machine started, also those it slept. A smaller value than before tells of a new boot.
    pub since_boot_ms: i64,
}

/// The instants at which rights are judged, and how far the wall clock is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Judge start, expiry and grace of items at this instant.
    pub items: Time,
    /// Judge lease terms at this instant.
    pub leases: Time,
    /// How far the wall clock is behind the high water; 0 when it is not.
    pub behind_ms: i64,
}

impl Rights {
    /// True when the wall clock is so far behind that somebody should be told.
    pub fn is_alarming(&self) -> bool {
        self.behind_ms > LEASE_TOLERANCE_MS
    }
}

/// The high water and the reading it is anchored to; part of a container's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsClock {
    high_water: Time,
    since_boot_ms: i64,
    raised_ms: i64,
}

impl RightsClock {
    /// A clock that starts at `reading`.
    pub fn new(reading: Reading) -> RightsClock {
        RightsClock { high_water: reading.wall, since_boot_ms: reading.since_boot_ms, raised_ms: 0 }
    }

    /// The recorded high water. The true time is not before it.
    pub fn high_water(&self) -> Time {
        self.high_water
    }

    /// Judges a reading.
    pub fn rights(&self, reading: Reading) -> Rights {
        let floor = self.floor(reading);
        let behind_ms = floor.as_millis().saturating_sub(reading.wall.as_millis()).max(0);
        let at = |tolerance: i64| if behind_ms <= tolerance { reading.wall } else { floor };
        Rights { items: at(ITEM_TOLERANCE_MS), leases: at(LEASE_TOLERANCE_MS), behind_ms }
    }

    /// The clock moved on to `reading`: time since boot counts in full, a jump only within this boot's allowance.
    #[must_use]
    pub fn advanced(&self, reading: Reading) -> RightsClock {
        let floor = self.floor(reading);
        let raised_before = if self.is_same_boot(reading) { self.raised_ms } else { 0 };
        let jump = reading.wall.as_millis().saturating_sub(floor.as_millis()).max(0);
        let allowed = jump.min(RAISE_PER_BOOT_MS.saturating_sub(raised_before).max(0));
        RightsClock {
            high_water: plus(floor, allowed),
            since_boot_ms: reading.since_boot_ms,
            raised_ms: raised_before.saturating_add(allowed),
        }
    }

    /// The clock after a signed document said that it is at least `at`; no allowance is used up.
    #[must_use]
    pub fn confirmed(&self, at: Time, reading: Reading) -> RightsClock {
        let mut next = self.advanced(reading);
        next.high_water = next.high_water.max(at);
        next
    }

    /// The clock after a signed time made for this container said that it is `at`: the one way down.
    #[must_use]
    pub fn corrected(&self, at: Time, reading: Reading) -> RightsClock {
        RightsClock { high_water: at, ..RightsClock::new(reading) }
    }

    /// True when `next` is so far on, or so different, that it should be recorded.
    pub fn is_worth_recording(&self, next: &RightsClock) -> bool {
        next.since_boot_ms < self.since_boot_ms
            || next.high_water.as_millis().saturating_sub(self.high_water.as_millis())
                >= RECORD_EVERY_MS
    }

    /// The earliest instant that it can truly be: what was known, plus the time that has passed since for certain.
    fn floor(&self, reading: Reading) -> Time {
        let passed = if self.is_same_boot(reading) {
            reading.since_boot_ms - self.since_boot_ms
        } else {
            reading.since_boot_ms
        };
        plus(self.high_water, passed.max(0))
    }

    fn is_same_boot(&self, reading: Reading) -> bool {
        reading.since_boot_ms >= self.since_boot_ms
    }
}

fn plus(time: Time, millis: i64) -> Time {
    Time::from_millis(time.as_millis().saturating_add(millis))
}
