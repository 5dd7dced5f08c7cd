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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const HOUR: i64 = 3_600_000;

    fn reading(wall_hours: i64, boot_hours: i64) -> Reading {
        Reading { wall: Time::from_millis(wall_hours * HOUR), since_boot_ms: boot_hours * HOUR }
    }

    /// Runs the clock through readings (wall, since boot, in hours); shows what each is judged as.
    fn check(readings: &[(i64, i64)], expected: Expect) {
        let mut clock = RightsClock::new(reading(1000, 1));
        let mut shown = String::new();
        for (wall, boot) in readings {
            let now = reading(*wall, *boot);
            let rights = clock.rights(now);
            clock = clock.advanced(now);
            shown += &format!(
                "wall {wall} boot {boot}: items {} leases {} behind {}{} -> high water {}\n",
                rights.items.as_millis() / HOUR,
                rights.leases.as_millis() / HOUR,
                rights.behind_ms / HOUR,
                if rights.is_alarming() { " ALARM" } else { "" },
                clock.high_water().as_millis() / HOUR,
            );
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn time_that_passes_is_simply_time() {
        check(
            &[(1001, 2), (1010, 11), (1500, 501)],
            expect![[r#"
            wall 1001 boot 2: items 1001 leases 1001 behind 0 -> high water 1001
            wall 1010 boot 11: items 1010 leases 1010 behind 0 -> high water 1010
            wall 1500 boot 501: items 1500 leases 1500 behind 0 -> high water 1500
        "#]],
        );
    }

    #[test]
    fn set_back_within_a_day_and_beyond() {
        check(
            &[(1100, 101), (1080, 102), (1074, 103), (1103, 104)],
            expect![[r#"
            wall 1100 boot 101: items 1100 leases 1100 behind 0 -> high water 1100
            wall 1080 boot 102: items 1080 leases 1101 behind 21 ALARM -> high water 1101
            wall 1074 boot 103: items 1102 leases 1102 behind 28 ALARM -> high water 1102
            wall 1103 boot 104: items 1103 leases 1103 behind 0 -> high water 1103
        "#]],
        );
    }

    #[test]
    fn set_to_the_future_raises_by_two_days_and_the_license_lives_on() {
        check(
            &[(1001, 2), (9760, 3), (1003, 4), (1049, 50), (1060, 61), (9999, 62), (1063, 64)],
            expect![[r#"
                wall 1001 boot 2: items 1001 leases 1001 behind 0 -> high water 1001
                wall 9760 boot 3: items 9760 leases 9760 behind 0 -> high water 1050
                wall 1003 boot 4: items 1051 leases 1051 behind 48 ALARM -> high water 1051
                wall 1049 boot 50: items 1097 leases 1097 behind 48 ALARM -> high water 1097
                wall 1060 boot 61: items 1108 leases 1108 behind 48 ALARM -> high water 1108
                wall 9999 boot 62: items 9999 leases 9999 behind 0 -> high water 1109
                wall 1063 boot 64: items 1111 leases 1111 behind 48 ALARM -> high water 1111
            "#]],
        );
    }

    #[test]
    fn each_boot_has_its_own_allowance() {
        check(
            &[(3000, 2), (3001, 0), (3002, 1), (3100, 0)],
            expect![[r#"
            wall 3000 boot 2: items 3000 leases 3000 behind 0 -> high water 1049
            wall 3001 boot 0: items 3001 leases 3001 behind 0 -> high water 1097
            wall 3002 boot 1: items 3002 leases 3002 behind 0 -> high water 1098
            wall 3100 boot 0: items 3100 leases 3100 behind 0 -> high water 1146
        "#]],
        );
    }

    #[test]
    fn a_machine_that_was_off_comes_back_later_and_a_dead_clock_counts_from_boot() {
        check(
            &[(1010, 11), (1030, 0), (0, 5), (0, 0), (0, 30)],
            expect![[r#"
            wall 1010 boot 11: items 1010 leases 1010 behind 0 -> high water 1010
            wall 1030 boot 0: items 1030 leases 1030 behind 0 -> high water 1030
            wall 0 boot 5: items 1035 leases 1035 behind 1035 ALARM -> high water 1035
            wall 0 boot 0: items 1035 leases 1035 behind 1035 ALARM -> high water 1035
            wall 0 boot 30: items 1065 leases 1065 behind 1065 ALARM -> high water 1065
        "#]],
        );
    }

    #[test]
    fn a_signed_document_raises_and_a_signed_time_lowers() {
        let clock = RightsClock::new(reading(1000, 1));
        let now = reading(1001, 2);
        assert_eq!(
            clock.confirmed(Time::from_millis(5000 * HOUR), now).high_water(),
            reading(5000, 0).wall
        );
        assert_eq!(clock.confirmed(Time::from_millis(0), now).high_water(), reading(1001, 0).wall);
        let corrected = clock.corrected(Time::from_millis(990 * HOUR), now);
        assert_eq!(corrected.high_water(), reading(990, 0).wall);
        assert_eq!(corrected.rights(reading(991, 3)).behind_ms, 0);
    }

    #[test]
    fn the_high_water_is_recorded_now_and_then_only() {
        let clock = RightsClock::new(reading(1000, 1));
        let later = |minutes: i64| {
            clock.advanced(Reading {
                wall: Time::from_millis(1000 * HOUR + minutes * 60_000),
                since_boot_ms: HOUR + minutes * 60_000,
            })
        };
        assert!(!clock.is_worth_recording(&later(14)));
        assert!(clock.is_worth_recording(&later(15)));
        assert!(clock.is_worth_recording(&clock.advanced(reading(1000, 0))), "a new boot");
    }
}
