//! How long to wait before asking again.
//!
//! Doubling from one second to one minute, spread by chance so that a fleet does not come back in
//! one instant. A server's `Retry-After` is honored, and a lease that is about to end is worth
//! asking more often.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(200);

/// The wait after `failures` failures in a row (1 or more), where `left` is what remains of the
/// lease and `chance` spreads the result over the upper half of the interval.
pub(crate) fn wait(
    failures: u32,
    retry_after: Option<Duration>,
    left: Option<Duration>,
    chance: u32,
) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    let spread = doubled / 2 + (doubled / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX));
    // The server knows its own load, so what it asks for is a lower bound, up to half of the time
    // left; nobody is kept waiting for more than a minute without a lease.
    let (mine, theirs) = match left {
        Some(left) if !left.is_zero() => {
            (spread.min(left / 4), retry_after.map(|after| after.min(left / 2)))
        }
        _ => (spread, retry_after.map(|after| after.min(LONGEST))),
    };
    mine.max(theirs.unwrap_or_default()).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failures: u32, retry_after: Option<u64>, left: Option<u64>, milliseconds: u64) {
        let seconds = Duration::from_secs;
        let waited = wait(failures, retry_after.map(seconds), left.map(seconds), u32::MAX);
        assert_eq!(waited, Duration::from_millis(milliseconds));
    }

    #[test]
    fn doubles_to_a_minute() {
        check(1, None, None, 1_000);
        check(2, None, None, 2_000);
        check(6, None, None, 32_000);
        check(7, None, None, 60_000);
        check(u32::MAX, None, None, 60_000);
    }

    #[test]
    fn a_lease_about_to_end_is_asked_for_more_often() {
        check(7, None, Some(40), 10_000);
        check(7, None, Some(1), 250);
        check(7, None, Some(0), 60_000);
    }

    #[test]
    fn the_server_may_ask_for_patience_up_to_half_of_the_lease() {
        check(1, Some(30), None, 30_000);
        check(1, Some(30), Some(600), 30_000);
        check(1, Some(3_000), Some(600), 300_000);
        check(1, Some(3_000), None, 60_000);
    }

    #[test]
    fn chance_spreads_over_the_upper_half() {
        assert_eq!(wait(3, None, None, 0), Duration::from_secs(2));
        assert_eq!(wait(3, None, None, u32::MAX), Duration::from_secs(4));
    }
}
