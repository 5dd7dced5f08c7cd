//! Back-off of the login: every account and every source has a growing delay after wrong passwords.
//!
//! Kept here: an attempt is charged when it *begins*, so parallel guesses can't outrun the count; a success
//! refunds it; the delay never passes `CEILING`, so nobody is ever locked out for good; the table is bounded, in
//! entries and in the size of each.
//! Deliberately not here: the clock. `now` is a duration since any fixed instant.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::secret::digest;

/// Wrong passwords that cost nothing yet: people mistype.
const FREE: u32 = 3;
/// The longest delay between two attempts.
const CEILING: Duration = Duration::from_secs(30);
/// A quiet account forgets its failures after this time.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// The most accounts and sources remembered at once.
const ENTRIES_MAX: usize = 10_000;

/// Stands for an account or a source. Names come as the client sent them, of any length: a digest has one.
type Key = [u8; 32];

#[derive(Clone, Copy, Default)]
struct Entry {
    failures: u32,
    open_at: Duration,
    last: Duration,
}

/// The counters of all accounts and sources.
#[derive(Default)]
pub struct Backoff {
    entries: Mutex<HashMap<Key, Entry>>,
}

/// An attempt that was charged; give it back with [`Backoff::succeeded`].
pub struct Attempt {
    keys: [Key; 2],
}

impl Backoff {
    /// Charges one attempt on the account and on the source.
    ///
    /// # Errors
    /// The time to wait when either of them is still within its delay; nothing is charged then.
    pub fn begin(&self, account: &str, source: &str, now: Duration) -> Result<Attempt, Duration> {
        let keys = [account_key(account), source_key(source)];
        let mut entries = self.entries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let wait = keys
            .iter()
            .filter_map(|key| entries.get(key))
            .map(|entry| entry.open_at.saturating_sub(now))
            .max()
            .unwrap_or_default();
        if wait > Duration::ZERO {
            return Err(wait);
        }
        if entries.len() >= ENTRIES_MAX {
            forget(&mut entries, now);
        }
        for key in keys {
            let entry = entries.entry(key).or_default();
            if now.saturating_sub(entry.last) > FORGET {
                entry.failures = 0;
            }
            entry.failures = entry.failures.saturating_add(1);
            entry.last = now;
            entry.open_at = now + delay(entry.failures);
        }
        Ok(Attempt { keys })
    }

    /// How long this source still has to wait, for callers that charge only what went wrong; `begin` charges it.
    pub fn waits(&self, source: &str, now: Duration) -> Option<Duration> {
        let key = source_key(source);
        let entries = self.entries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let entry = entries.get(&key)?;
        Some(entry.open_at.saturating_sub(now)).filter(|wait| *wait > Duration::ZERO)
    }

    /// The password was right: account and source start afresh.
    pub fn succeeded(&self, attempt: Attempt) {
        let mut entries = self.entries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for key in &attempt.keys {
            entries.remove(key);
        }
    }
}

fn account_key(account: &str) -> Key {
    digest(&format!("a:{account}"))
}

fn source_key(source: &str) -> Key {
    digest(&format!("s:{source}"))
}

fn delay(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE) else {
        return Duration::ZERO;
    };
    Duration::from_secs(1).saturating_mul(1 << doublings.min(10)).min(CEILING)
}

/// Makes room: first the quiet ones, then the half that was quiet for longest.
fn forget(entries: &mut HashMap<Key, Entry>, now: Duration) {
    entries.retain(|_, entry| now.saturating_sub(entry.last) <= FORGET);
    if entries.len() < ENTRIES_MAX {
        return;
    }
    let mut lasts: Vec<Duration> = entries.values().map(|entry| entry.last).collect();
    lasts.sort_unstable();
    let middle = lasts[lasts.len() / 2];
    entries.retain(|_, entry| entry.last > middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_thousand_guesses_in_a_minute_reach_the_hash_at_most_twenty_times() {
        let backoff = Backoff::default();
        let reached = (0..1_000)
            .filter(|guess| {
                backoff.begin("ann", "10.0.0.1", Duration::from_millis(guess * 60)).is_ok()
            })
            .count();
        assert!(reached <= 20, "{reached} guesses reached the hash");
    }

    #[test]
    fn parallel_guesses_are_charged_when_they_begin() {
        let backoff = Backoff::default();
        let reached = (0..500).filter(|_| backoff.begin("ann", "10.0.0.1", at(5)).is_ok()).count();
        assert_eq!(reached, 3);
    }

    #[test]
    fn the_delay_has_a_ceiling_and_the_right_password_ends_it() {
        let backoff = Backoff::default();
        let mut now = at(0);
        for _ in 0..50 {
            now += CEILING;
            assert!(backoff.begin("ann", "10.0.0.1", now).is_ok());
        }
        assert!(
            backoff.begin("ann", "10.0.0.2", now + at(1)).is_err(),
            "the account waits from any source"
        );
        now += CEILING;
        let attempt = backoff.begin("ann", "10.0.0.2", now);
        backoff.succeeded(attempt.unwrap_or_else(|wait| panic!("locked for {wait:?}")));
        assert!(backoff.begin("ann", "10.0.0.3", now).is_ok());
    }

    #[test]
    fn the_table_is_bounded() {
        let backoff = Backoff::default();
        for n in 0..(ENTRIES_MAX as u64 * 2) {
            let _ = backoff.begin(
                &format!("user {n}"),
                &format!("source {n}"),
                Duration::from_millis(n),
            );
        }
        assert!(backoff.entries.lock().expect("no panic held it").len() <= ENTRIES_MAX + 2);
    }

    #[test]
    fn however_long_a_name_is_as_little_is_kept_of_it() {
        let backoff = Backoff::default();
        let long = "n".repeat(1 << 20);
        let (ann, bob) = (format!("{long}ann"), format!("{long}bob"));
        let attempts: Vec<_> = (0..3).map(|_| backoff.begin(&ann, &long, at(5))).collect();
        assert!(backoff.begin(&ann, "10.0.0.1", at(5)).is_err(), "the account waits");
        assert!(backoff.begin(&bob, "10.0.0.1", at(5)).is_ok(), "this is another account");
        assert!(backoff.waits(&long, at(5)).is_some() && backoff.waits(&ann, at(5)).is_none());
        let entries = backoff.entries.lock().expect("no panic held it");
        assert!(entries.keys().all(|key| key.len() <= 32));
        drop(entries);
        let attempt = attempts.into_iter().next_back().expect("three were begun");
        backoff.succeeded(attempt.unwrap_or_else(|wait| panic!("locked for {wait:?}")));
        assert!(backoff.begin(&ann, &long, at(5)).is_ok(), "both start afresh");
    }
}
