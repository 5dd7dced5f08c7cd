//! How many checks one source may send: a bucket for each address, that fills again with time.
//!
//! Kept here: a table that is bounded whatever addresses come; when it is full and nobody in it is idle, new sources pass
//! unmetered rather than be turned away. Deliberately not here: the clock; `now` is a duration since any fixed instant.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The most sources remembered at once.
const SOURCES_MAX: usize = 10_000;
/// A source may send so many seconds' worth at once: everybody starts work at nine.
const BURST_SECONDS: f64 = 10.0;

/// Buckets by source.
pub(crate) struct Rate {
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    left: f64,
    at: Duration,
}

impl Rate {
    /// So many a second for each source; 0: any number.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), buckets: Mutex::default() }
    }

    /// Takes one from the bucket of a source, or says how long it is empty.
    pub(crate) fn take(&self, source: &str, now: Duration) -> Result<(), Duration> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let most = self.per_second * BURST_SECONDS;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(source) {
            if buckets.len() >= SOURCES_MAX {
                let idle = Duration::from_secs_f64(BURST_SECONDS);
                buckets.retain(|_, bucket| now.saturating_sub(bucket.at) < idle);
            }
            if buckets.len() >= SOURCES_MAX {
                return Ok(());
            }
            buckets.insert(source.to_owned(), Bucket { left: most, at: now });
        }
        let Some(bucket) = buckets.get_mut(source) else { return Ok(()) };
        let filled = now.saturating_sub(bucket.at).as_secs_f64() * self.per_second;
        bucket.left = (bucket.left + filled).min(most);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / self.per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_its_burst_and_then_its_rate() {
        let rate = Rate::new(2);
        let at = Duration::from_millis;
        let taken = (0..30).filter(|_| rate.take("a", at(0)).is_ok()).count();
        assert_eq!(taken, 20);
        assert_eq!(rate.take("a", at(0)), Err(at(500)));
        assert_eq!(rate.take("b", at(0)), Ok(()));
        assert_eq!(rate.take("a", at(500)), Ok(()));
        assert!(rate.take("a", at(500)).is_err());
    }

    #[test]
    fn no_limit_and_a_full_table_turn_nobody_away() {
        let none = Rate::new(0);
        assert!((0..10_000).all(|_| none.take("a", Duration::ZERO).is_ok()));
        let rate = Rate::new(1);
        let second = Duration::from_secs(1);
        for source in 0..SOURCES_MAX + 10 {
            assert_eq!(rate.take(&source.to_string(), second), Ok(()));
        }
        assert_eq!(rate.buckets.lock().expect("not poisoned").len(), SOURCES_MAX);
        assert_eq!(rate.take("late", second * 20), Ok(()));
        assert_eq!(rate.buckets.lock().expect("not poisoned").len(), 1);
    }
}
