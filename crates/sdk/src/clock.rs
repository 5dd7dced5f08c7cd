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

    /// Whether it was rung.
    fn wait(&self, at_most: Option<Duration>) -> bool {
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
        std::mem::take(&mut *rung)
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
        wait_until(until, || self.now().steady, |at_most| bell.wait(at_most));
    }
}

/// A wait of the operating system stands still while the machine is suspended, the steady clock does not: it is read
/// again this often, so that what became due in sleep is done soon after.
const SLICE: Duration = Duration::from_secs(10);

/// Waits in slices, until the wait says that it was ended or the clock has reached `until`.
fn wait_until(
    until: Option<Duration>,
    now: impl Fn() -> Duration,
    wait: impl Fn(Option<Duration>) -> bool,
) {
    let Some(until) = until else {
        wait(None);
        return;
    };
    loop {
        let left = until.saturating_sub(now());
        if wait(Some(left.min(SLICE))) || now() >= until {
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    /// Waits for an hour, where the clock moves by so many seconds in each of the waits; how long each was to be.
    fn check(passes: &[u64], rung_at: Option<usize>, waits: &str) {
        let (now, asked) = (Cell::new(Duration::ZERO), RefCell::new(Vec::new()));
        let wait = |at_most: Option<Duration>| {
            let mut asked = asked.borrow_mut();
            asked.push(at_most.map_or("for ever".to_owned(), |most| most.as_secs().to_string()));
            let passed = passes.get(asked.len() - 1).copied().unwrap_or(10);
            now.set(now.get() + Duration::from_secs(passed));
            rung_at == Some(asked.len())
        };
        wait_until(Some(Duration::from_secs(3_600)), || now.get(), wait);
        let asked = asked.into_inner();
        assert_eq!(
            format!("{} waits, the last of {} s", asked.len(), asked[asked.len() - 1]),
            waits
        );
    }

    #[test]
    fn what_became_due_while_the_machine_slept_is_done_after_one_slice() {
        check(&[], None, "360 waits, the last of 10 s");
        check(&[7_200], None, "1 waits, the last of 10 s");
        check(&[10, 7_200], None, "2 waits, the last of 10 s");
        check(&[3_595], None, "2 waits, the last of 5 s");
        check(&[], Some(3), "3 waits, the last of 10 s");
    }

    #[test]
    fn without_an_end_one_wait_is_enough() {
        let waits = Cell::new(0);
        let wait = |at_most: Option<Duration>| {
            waits.set(waits.get() + u32::from(at_most.is_none()));
            false
        };
        wait_until(None, || Duration::ZERO, wait);
        assert_eq!(waits.get(), 1);
    }
}
