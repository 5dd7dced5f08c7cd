//! Back-off of the login: whoever sends wrong passwords waits ever longer, and nobody else does.
//!
//! Kept here: an attempt is charged when it *begins*, so parallel guesses can't outrun the count; a success refunds it;
//! a delay binds the source that failed, in all and for the account, and never passes `CEILING`. Guesses from many
//! sources share the few attempts that an account leaves to strangers; a source with a right password is none for a
//! while. The table is bounded, in entries and in the size of each.
//! Deliberately not here: the clock. `now` is a duration since any fixed instant.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::secret::digest;

/// Wrong passwords that cost nothing yet: people mistype.
const FREE: u32 = 3;
/// The longest delay between two attempts.
const CEILING: Duration = Duration::from_secs(30);
/// A quiet account forgets its failures after this time.
const FORGET: Duration = Duration::from_secs(15 * 60);
/// Strangers have one attempt on an account in this time, and [`FREE`] at once.
const STRANGERS: Duration = Duration::from_secs(5);
/// So long after a right password a source is no stranger to the account.
const KNOWN: Duration = Duration::from_secs(30 * 24 * 3600);
/// The most accounts and sources remembered at once.
const ENTRIES_MAX: usize = 10_000;

/// Stands for an account, a source, or both. Names come as the client sent them, of any length: a digest has one.
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
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    entries: HashMap<Key, Entry>,
    /// When an account last had a right password from a source.
    known: HashMap<Key, Duration>,
}

/// An attempt that was charged; give it back with [`Backoff::succeeded`].
pub struct Attempt {
    source: Key,
    /// The account, and the account from this source.
    account: Option<[Key; 2]>,
    at: Duration,
}

impl Backoff {
    /// Charges one attempt on the source, and on the account where there is one.
    ///
    /// # Errors
    /// The time to wait when any of them is still within its delay; nothing is charged then.
    pub fn begin(
        &self,
        account: Option<&str>,
        source: &str,
        now: Duration,
    ) -> Result<Attempt, Duration> {
        let keys = account.map(|account| [account_key(account), pair_key(account, source)]);
        let attempt = Attempt { source: source_key(source), account: keys, at: now };
        let mut table = self.lock();
        let wait = table.wait(&attempt);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        table.charge(&attempt);
        Ok(attempt)
    }

    /// How long this source still has to wait, for callers that charge only what went wrong; `begin` charges it.
    pub fn waits(&self, source: &str, now: Duration) -> Option<Duration> {
        let wait = self.lock().open_at(&source_key(source)).saturating_sub(now);
        Some(wait).filter(|wait| *wait > Duration::ZERO)
    }

    /// The password was right: account and source start afresh.
    pub fn succeeded(&self, attempt: Attempt) {
        let mut table = self.lock();
        table.entries.remove(&attempt.source);
        if let Some([account, pair]) = attempt.account {
            table.entries.remove(&account);
            table.entries.remove(&pair);
            make_room(&mut table.known, KNOWN, attempt.at, |last| *last);
            table.known.insert(pair, attempt.at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn wait(&self, attempt: &Attempt) -> Duration {
        let wait = self.open_at(&attempt.source).saturating_sub(attempt.at);
        let Some([account, pair]) = attempt.account else { return wait };
        let wait = wait.max(self.open_at(&pair).saturating_sub(attempt.at));
        if self.is_known(&pair, attempt.at) {
            return wait;
        }
        let at_once = STRANGERS * (FREE - 1);
        wait.max(self.open_at(&account).saturating_sub(attempt.at + at_once))
    }

    fn charge(&mut self, attempt: &Attempt) {
        let now = attempt.at;
        make_room(&mut self.entries, FORGET, now, |entry| entry.last);
        let pair = attempt.account.map(|[_, pair]| pair);
        for key in [Some(attempt.source), pair].into_iter().flatten() {
            let entry = self.entries.entry(key).or_default();
            if now.saturating_sub(entry.last) > FORGET {
                entry.failures = 0;
            }
            entry.failures = entry.failures.saturating_add(1);
            entry.last = now;
            entry.open_at = now + delay(entry.failures);
        }
        if let Some([account, pair]) = attempt.account
            && !self.is_known(&pair, now)
        {
            let entry = self.entries.entry(account).or_default();
            entry.last = now;
            entry.open_at = entry.open_at.max(now) + STRANGERS;
        }
    }

    fn open_at(&self, key: &Key) -> Duration {
        self.entries.get(key).map_or(Duration::ZERO, |entry| entry.open_at)
    }

    fn is_known(&self, pair: &Key, now: Duration) -> bool {
        self.known.get(pair).is_some_and(|last| now.saturating_sub(*last) <= KNOWN)
    }
}

fn account_key(account: &str) -> Key {
    digest(&format!("a:{account}"))
}

fn source_key(source: &str) -> Key {
    digest(&format!("s:{source}"))
}

fn pair_key(account: &str, source: &str) -> Key {
    digest(&format!("p:{source}:{account}"))
}

fn delay(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE) else {
        return Duration::ZERO;
    };
    Duration::from_secs(1).saturating_mul(1 << doublings.min(10)).min(CEILING)
}

/// Makes room in a full table: first the quiet ones go, then the half that was quiet for longest.
fn make_room<T>(
    table: &mut HashMap<Key, T>,
    quiet: Duration,
    now: Duration,
    last: fn(&T) -> Duration,
) {
    if table.len() < ENTRIES_MAX {
        return;
    }
    table.retain(|_, entry| now.saturating_sub(last(entry)) <= quiet);
    if table.len() < ENTRIES_MAX {
        return;
    }
    let mut lasts: Vec<Duration> = table.values().map(last).collect();
    lasts.sort_unstable();
    let middle = lasts[lasts.len() / 2];
    table.retain(|_, entry| last(entry) > middle);
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
                backoff.begin(Some("ann"), "10.0.0.1", Duration::from_millis(guess * 60)).is_ok()
            })
            .count();
        assert!(reached <= 20, "{reached} guesses reached the hash");
    }

    #[test]
    fn parallel_guesses_are_charged_when_they_begin() {
        let backoff = Backoff::default();
        let reached =
            (0..500).filter(|_| backoff.begin(Some("ann"), "10.0.0.1", at(5)).is_ok()).count();
        assert_eq!(reached, 3);
    }

    #[test]
    fn the_delay_has_a_ceiling_and_the_right_password_ends_it() {
        let backoff = Backoff::default();
        let mut now = at(0);
        for _ in 0..50 {
            now += CEILING;
            assert!(backoff.begin(Some("ann"), "10.0.0.1", now).is_ok());
        }
        assert_eq!(backoff.begin(Some("ann"), "10.0.0.1", now).err(), Some(CEILING));
        now += CEILING;
        let attempt = backoff.begin(Some("ann"), "10.0.0.1", now);
        backoff.succeeded(attempt.unwrap_or_else(|wait| panic!("locked for {wait:?}")));
        assert!(backoff.begin(Some("ann"), "10.0.0.1", now).is_ok());
    }

    #[test]
    fn a_stranger_who_guesses_at_every_opening_keeps_nobody_else_out() {
        let backoff = Backoff::default();
        for second in 0..3_600 {
            let _ = backoff.begin(Some("ann"), "10.0.0.9", at(second));
            let _ = backoff.begin(None, "10.0.0.9", at(second));
            if second % 60 == 0 {
                let right = backoff.begin(Some("ann"), "10.0.0.1", at(second));
                backoff.succeeded(right.unwrap_or_else(|wait| panic!("{second} s: {wait:?}")));
            }
        }
        assert!(backoff.begin(Some("ann"), "10.0.0.2", at(3_600)).is_ok(), "not from elsewhere");
        assert!(backoff.begin(None, "10.0.0.2", at(3_600)).is_ok(), "not at the set-up");
        assert!(backoff.begin(Some("ann"), "10.0.0.9", at(3_600)).is_err());
    }

    #[test]
    fn many_sources_together_guess_at_one_account_at_the_pace_of_strangers() {
        let backoff = Backoff::default();
        let right = backoff.begin(Some("ann"), "10.0.0.1", at(0)).expect("nothing was wrong yet");
        backoff.succeeded(right);
        let guess = |n: u64| {
            let source = format!("source {}", n % 1_000);
            backoff.begin(Some("ann"), &source, Duration::from_millis(n * 6)).is_ok()
        };
        let reached = (0..10_000).filter(|n| guess(*n)).count();
        assert_eq!(reached, 3 + 60 / 5 - 1, "in a minute");
        assert_eq!(backoff.begin(Some("ann"), "10.0.0.2", at(57)).err(), Some(at(3)));
        assert!(backoff.begin(Some("ann"), "10.0.0.1", at(57)).is_ok(), "she is known there");
    }

    #[test]
    fn a_right_password_for_one_account_gives_no_guesses_at_another() {
        let backoff = Backoff::default();
        let reached = (0..100).filter(|second| {
            let own = backoff.begin(Some("mallory"), "10.0.0.9", at(*second));
            own.into_iter().for_each(|own| backoff.succeeded(own));
            backoff.begin(Some("ann"), "10.0.0.9", at(*second)).is_ok()
        });
        assert!(reached.count() <= 10);
    }

    #[test]
    fn the_table_is_bounded() {
        let backoff = Backoff::default();
        for n in 0..(ENTRIES_MAX as u64 * 2) {
            let _ = backoff.begin(
                Some(&format!("user {n}")),
                &format!("source {n}"),
                Duration::from_millis(n),
            );
        }
        assert!(backoff.lock().entries.len() <= ENTRIES_MAX + 3);
        for n in 0..(ENTRIES_MAX as u64 * 2) {
            let right = backoff.begin(Some("ann"), &n.to_string(), at(3_600));
            backoff.succeeded(right.unwrap_or_else(|wait| panic!("locked for {wait:?}")));
        }
        assert!(backoff.lock().known.len() <= ENTRIES_MAX);
    }

    #[test]
    fn however_long_a_name_is_as_little_is_kept_of_it() {
        let backoff = Backoff::default();
        let long = "n".repeat(1 << 20);
        let (ann, bob) = (format!("{long}ann"), format!("{long}bob"));
        let attempts: Vec<_> = (0..3).map(|_| backoff.begin(Some(&ann), &long, at(5))).collect();
        assert!(backoff.begin(Some(&ann), "10.0.0.1", at(5)).is_err(), "the account waits");
        assert!(backoff.begin(Some(&bob), "10.0.0.1", at(5)).is_ok(), "this is another account");
        assert!(backoff.waits(&long, at(5)).is_some() && backoff.waits(&ann, at(5)).is_none());
        assert!(backoff.lock().entries.keys().all(|key| key.len() <= 32));
        let attempt = attempts.into_iter().next_back().expect("three were begun");
        backoff.succeeded(attempt.unwrap_or_else(|wait| panic!("locked for {wait:?}")));
        assert!(backoff.begin(Some(&ann), &long, at(5)).is_ok(), "both start afresh");
    }
}
