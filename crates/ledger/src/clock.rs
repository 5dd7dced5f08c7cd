//! The clocks a ledger reads: a trait for the wall and the boot clock, and one that tests and
//! simulations set by hand.
//!
//! Invariants: nothing in this crate reads the system's clocks; the real ones stand in the
//! composition root.
//! Not here: how ledger time is made of the two (`timekeeper`).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tenure_document::Time;

/// Time since the machine was started, and which start it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootTime {
    /// Changes with every boot (`/proc/sys/kernel/random/boot_id`).
    pub id: String,
    /// Time since that boot, sleep included (`CLOCK_BOOTTIME`).
    pub elapsed: Duration,
}

/// The machine's clocks.
pub trait Clock: Send + Sync {
    /// What the wall clock shows; may jump either way.
    fn wall(&self) -> Time;
    /// The clock that nobody sets; never goes back within one boot.
    fn boot(&self) -> BootTime;
}

/// A clock that stands still until told otherwise. Clones share the same hands.
#[derive(Clone, Debug)]
pub struct ManualClock {
    hands: Arc<Mutex<Hands>>,
}

#[derive(Debug)]
struct Hands {
    wall_ms: i64,
    boot: BootTime,
}

impl ManualClock {
    /// A machine booted just now, whose wall clock shows `wall`.
    pub fn at(wall: Time) -> Self {
        let boot = BootTime { id: "boot-1".to_owned(), elapsed: Duration::ZERO };
        Self { hands: Arc::new(Mutex::new(Hands { wall_ms: wall.as_millis(), boot })) }
    }

    /// Time passes: both clocks go forward.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.lock();
        hands.wall_ms =
            hands.wall_ms.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        hands.boot.elapsed = hands.boot.elapsed.saturating_add(by);
    }

    /// Somebody sets the wall clock; the boot clock does not care.
    pub fn set_wall(&self, wall: Time) {
        self.lock().wall_ms = wall.as_millis();
    }

    /// Somebody moves the wall clock by `ms`, which may be negative.
    pub fn jump_wall_ms(&self, ms: i64) {
        let mut hands = self.lock();
        hands.wall_ms = hands.wall_ms.saturating_add(ms);
    }

    /// The machine is started anew: another boot, counting from zero. The wall clock goes on.
    pub fn reboot(&self, id: &str) {
        self.lock().boot = BootTime { id: id.to_owned(), elapsed: Duration::ZERO };
    }

    fn lock(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Time {
        Time::from_millis(self.lock().wall_ms)
    }

    fn boot(&self) -> BootTime {
        self.lock().boot.clone()
    }
}
