//! Ledger time: made of the wall clock once, at start, and of the boot clock from then on.
//!
//! Invariants: ledger time never goes back, also across restarts; a wall clock that is set while
//! the server runs neither frees nor lengthens anything; every jump and gap beyond the tolerance
//! becomes an alarm in the next entry.
//! Known and accepted: after a wall clock was put right by a jump, ledger time follows it only from
//! the next boot of the machine on.
//! Not here: rights of items, whose time is the container's matter.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tenure_document::Time;

use crate::{clock::BootTime, machine::Now};

/// Both clocks as they stood when an entry was made; lets a restart within the same boot continue
/// exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockMark {
    /// Which boot; left out in an entry when it is the previous entry's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Milliseconds since that boot.
    pub elapsed_ms: i64,
    /// What the wall clock showed.
    pub wall_ms: i64,
}

impl ClockMark {
    /// The clocks as they are read now.
    pub(crate) fn of(wall: Time, boot: &BootTime) -> Self {
        let boot_id = Some(boot.id.clone());
        Self { boot: boot_id, elapsed_ms: millis(boot), wall_ms: wall.as_millis() }
    }
}

/// Something about the clock that people should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ClockAlarm {
    /// At the first start after a reboot: nothing was recorded between the two instants. The server
    /// was down or idle, or the clock was set forward meanwhile; after a restart within one boot
    /// the boot clock tells, and there is no alarm.
    Gap {
        /// Time of the last entry before.
        from: Time,
        /// Ledger time at start.
        to: Time,
    },
    /// At start the wall clock showed a time before the last entry: ledger time goes on from that
    /// entry.
    SetBack {
        /// Time of the last entry before.
        floor: Time,
        /// What the wall clock showed.
        wall: Time,
    },
    /// The wall clock jumped while the server ran: ledger time did not.
    Jump {
        /// What the wall clock should have shown.
        expected: Time,
        /// What it showed.
        wall: Time,
    },
}

/// A [`ClockAlarm`] and the entry it is recorded in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAlarm {
    /// Sequence of the entry.
    pub sequence: u64,
    /// Ledger time of the entry.
    pub at: Time,
    /// What was seen.
    pub alarm: ClockAlarm,
}

/// What the entries so far say about time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClockHistory {
    mark: Option<ClockMark>,
    alarms: VecDeque<RecordedAlarm>,
}

/// Alarms beyond this many are found in the entries only.
const ALARMS_KEPT: usize = 256;

impl ClockHistory {
    /// Takes in an entry's mark and alarms.
    pub(crate) fn record(
        &mut self,
        mark: Option<ClockMark>,
        alarms: Vec<ClockAlarm>,
        sequence: u64,
        at: Time,
    ) {
        if let Some(mut mark) = mark {
            if mark.boot.is_none() {
                mark.boot = self.mark.take().and_then(|last| last.boot);
            }
            self.mark = Some(mark);
        }
        for alarm in alarms {
            if self.alarms.len() == ALARMS_KEPT {
                self.alarms.pop_front();
            }
            self.alarms.push_back(RecordedAlarm { sequence, at, alarm });
        }
    }

    pub(crate) fn alarms(&self) -> impl Iterator<Item = &RecordedAlarm> {
        self.alarms.iter()
    }

    pub(crate) fn boot(&self) -> Option<&str> {
        self.mark.as_ref()?.boot.as_deref()
    }
}

/// Turns readings of the two clocks into ledger time.
#[derive(Debug)]
pub(crate) struct Timekeeper {
    tolerance_ms: i64,
    boot: String,
    /// Ledger time and boot clock at the same instant.
    base_at_ms: i64,
    base_elapsed_ms: i64,
    /// Wall clock less boot clock, as last seen.
    wall_offset_ms: i64,
    last_at_ms: i64,
    pending: Vec<ClockAlarm>,
}

impl Timekeeper {
    /// Starts from what the entries say (`floor`: time of the last one) and what the clocks show.
    pub(crate) fn start(
        history: &ClockHistory,
        floor: Option<Time>,
        wall: Time,
        boot: &BootTime,
        tolerance_ms: i64,
    ) -> Self {
        let (wall_ms, elapsed_ms) = (wall.as_millis(), millis(boot));
        let mut keeper = Self {
            tolerance_ms,
            boot: boot.id.clone(),
            base_at_ms: wall_ms,
            base_elapsed_ms: elapsed_ms,
            wall_offset_ms: wall_ms - elapsed_ms,
            last_at_ms: floor.map_or(i64::MIN, Time::as_millis),
            pending: Vec::new(),
        };
        let Some(floor) = floor else { return keeper };
        let floor_ms = floor.as_millis();
        let mark = history.mark.as_ref().filter(|mark| {
            let same = mark.boot.as_deref() == Some(boot.id.as_str()) && boot.id != UNKNOWN_BOOT;
            same && mark.elapsed_ms <= elapsed_ms
        });
        if let Some(mark) = mark {
            let down_ms = elapsed_ms - mark.elapsed_ms;
            keeper.base_at_ms = floor_ms.saturating_add(down_ms);
            let expected_ms = mark.wall_ms.saturating_add(down_ms);
            keeper.wall_offset_ms = expected_ms - elapsed_ms;
            keeper.watch_wall(wall_ms, elapsed_ms);
            return keeper;
        }
        if wall_ms < floor_ms {
            keeper.base_at_ms = floor_ms;
            if floor_ms - wall_ms > tolerance_ms {
                keeper.pending.push(ClockAlarm::SetBack { floor, wall });
            }
        }
        keeper.gap(floor_ms);
        keeper
    }

    /// The instant the clocks show now.
    pub(crate) fn now(&mut self, wall: Time, boot: &BootTime) -> Now {
        let (wall_ms, elapsed_ms) = (wall.as_millis(), millis(boot));
        if boot.id != self.boot || elapsed_ms < self.base_elapsed_ms {
            // A process that was moved to another machine, alive: go on from the last known
            // instant.
            self.boot.clone_from(&boot.id);
            (self.base_at_ms, self.base_elapsed_ms) =
                (self.last_at_ms.max(self.base_at_ms), elapsed_ms);
            self.wall_offset_ms = wall_ms - elapsed_ms;
        }
        self.watch_wall(wall_ms, elapsed_ms);
        let at_ms = self.base_at_ms.saturating_add(elapsed_ms - self.base_elapsed_ms);
        self.last_at_ms = self.last_at_ms.max(at_ms);
        Now { at: Time::from_millis(self.last_at_ms), wall, since_boot_ms: elapsed_ms }
    }

    /// Another writer's entry has this time: go on from there.
    pub(crate) fn not_before(&mut self, floor: Time) {
        self.last_at_ms = self.last_at_ms.max(floor.as_millis());
    }

    /// Alarms that no entry holds yet.
    pub(crate) fn pending(&self) -> &[ClockAlarm] {
        &self.pending
    }

    /// The first `count` pending alarms are in an entry now.
    pub(crate) fn recorded(&mut self, count: usize) {
        self.pending.drain(..count.min(self.pending.len()));
    }

    /// What an entry made at `now` says about the clocks. The boot's name stands in it only where
    /// it is not `known` from before.
    pub(crate) fn mark(&self, now: Now, known: Option<&str>) -> ClockMark {
        let boot = (known != Some(self.boot.as_str())).then(|| self.boot.clone());
        ClockMark { boot, elapsed_ms: now.since_boot_ms, wall_ms: now.wall.as_millis() }
    }

    fn gap(&mut self, floor_ms: i64) {
        if self.base_at_ms - floor_ms > self.tolerance_ms {
            let (from, to) = (Time::from_millis(floor_ms), Time::from_millis(self.base_at_ms));
            self.pending.push(ClockAlarm::Gap { from, to });
        }
    }

    fn watch_wall(&mut self, wall_ms: i64, elapsed_ms: i64) {
        let expected_ms = self.wall_offset_ms.saturating_add(elapsed_ms);
        if wall_ms.abs_diff(expected_ms) > self.tolerance_ms.unsigned_abs() {
            self.wall_offset_ms = wall_ms - elapsed_ms;
            if self.pending.len() < ALARMS_KEPT {
                let (expected, wall) = (Time::from_millis(expected_ms), Time::from_millis(wall_ms));
                self.pending.push(ClockAlarm::Jump { expected, wall });
            }
        }
    }
}

/// What a clock says that cannot tell one boot from another: never taken for the same boot.
const UNKNOWN_BOOT: &str = "unknown";

fn millis(boot: &BootTime) -> i64 {
    i64::try_from(boot.elapsed.as_millis()).unwrap_or(i64::MAX)
}
