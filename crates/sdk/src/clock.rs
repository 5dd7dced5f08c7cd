//! The only hands on clocks and chance in the client library, and how its thread waits.
//!
//! Lease intervals are measured on a clock that never goes back and runs on while the machine is
//! suspended; the wall clock serves to show instants and to judge leases kept on disk. Nothing
//! else in this crate reads either. [`ManualClock`] stands in for both in tests.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};
use tenure_document::Time;

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time on a clock that never goes back; its zero means nothing.
    pub steady: Duration,
    /// The machine's idea of the time of day.
    pub wall: Time,
}

impl Now {
    /// The time of day at a reading of the steady clock, rounded down to a second: the clocks tick
    /// apart from each other, and what is shown must not lie beyond what is meant.
    pub(crate) fn wall_at(self, steady: Duration) -> Time {
        let at = if steady >= self.steady {
            self.wall.plus(steady - self.steady)
        } else {
            self.wall.minus(self.steady - steady)
        };
        Time::from_millis(at.as_millis() - at.as_millis().rem_euclid(1_000))
    }
}

/// Where time comes from, and how a thread waits for it.
pub trait Clock: Send + Sync {
    /// Reads both clocks.
    fn now(&self) -> Now;

    /// Blocks until the bell has rung or the steady clock has reached `until`.
    fn wait(&self, bell: &Bell, until: Option<Duration>);
}

/// Wakes a waiting thread. Ringing is remembered until the next wait; clones are one bell.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Wakes the waiting thread, or the next one that waits.
    pub fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    fn wait(&self, at_most: Option<Duration>) {
        let rung = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rung = match at_most {
            Some(at_most) => {
                let waited = self.0.1.wait_timeout_while(rung, at_most, |rung| !*rung);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.0.1.wait_while(rung, |rung| !*rung);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        *rung = false;
    }
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

// A lease goes on ending while a laptop sleeps, so the clock must not stop then.
#[cfg(target_os = "linux")]
const STEADY: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const STEADY: ClockId = ClockId::Monotonic;

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let wall = millis(clock_gettime(ClockId::Realtime));
        let steady = millis(clock_gettime(STEADY));
        Now {
            steady: Duration::from_millis(steady.try_into().unwrap_or_default()),
            wall: Time::from_millis(wall),
        }
    }

    fn wait(&self, bell: &Bell, until: Option<Duration>) {
        bell.wait(until.map(|until| until.saturating_sub(self.now().steady)));
    }
}

fn millis(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
}

/// Unforeseeable bytes from the operating system, from which a session derives its nonces.
///
/// # Errors
/// When the operating system has none.
#[expect(clippy::disallowed_methods, reason = "the one place where the client draws chance")]
pub(crate) fn seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// A clock that moves when it is told to; for tests of applications and of this crate.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Now>,
    waiting: Mutex<Vec<Bell>>,
}

impl ManualClock {
    /// A clock that stands at `wall`.
    pub fn new(wall: Time) -> Self {
        let now = Now { steady: Duration::from_secs(1_000), wall };
        Self { now: Mutex::new(now), waiting: Mutex::new(Vec::new()) }
    }

    /// Lets time pass on both clocks and wakes whoever waits.
    pub fn advance(&self, by: Duration) {
        self.change(|now| Now { steady: now.steady + by, wall: now.wall.plus(by) });
    }

    /// Whether a thread waits for time to pass: a test that lets time pass only then never outruns it.
    pub fn is_waited_for(&self) -> bool {
        !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Sets the wall clock, as a person with bad intentions would.
    pub fn set_wall(&self, wall: Time) {
        self.change(|now| Now { wall, ..now });
    }

    fn change(&self, change: impl FnOnce(Now) -> Now) {
        {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = change(*now);
        }
        for bell in self.waiting.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            bell.ring();
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Now {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, bell: &Bell, until: Option<Duration>) {
        {
            // Taken before the clock is read, so that no change slips between reading and waiting.
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if until.is_some_and(|until| self.now().steady >= until) {
                return;
            }
            waiting.push(bell.clone());
        }
        bell.wait(None);
    }
}
