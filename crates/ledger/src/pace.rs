//! How many commands go into one batch: as many as take as long to decide as the commit of them.
//!
//! Smaller batches would mostly wait for the disk; larger ones make callers and writer work by turns, because those
//! who ask have nothing to do until all of a batch is decided. A slow disk so gets large batches, a fast one small ones.
//! Invariants: between [`LEAST`] and what the options allow.
//! Not here: who waits for how long until a batch begins (`queue`).

use std::time::Duration;

/// However fast the disk is: a batch has a cost of its own, a signature above all.
const LEAST: usize = 64;
/// What a batch took counts for one part in so many.
const WEIGHT: u64 = 8;

/// Learns from each batch what the next one may hold.
#[derive(Debug)]
pub(crate) struct Pace {
    max: usize,
    deciding_one_nanos: u64,
    committing_nanos: u64,
}

impl Pace {
    /// Nothing is known of the disk yet.
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), deciding_one_nanos: 0, committing_nanos: 0 }
    }

    /// Commands for the next batch at most.
    pub(crate) fn batch_max(&self) -> usize {
        let wanted = self.committing_nanos.checked_div(self.deciding_one_nanos).unwrap_or(0);
        usize::try_from(wanted).unwrap_or(usize::MAX).max(LEAST).min(self.max)
    }

    /// A batch with so many commands took so long.
    pub(crate) fn took(&mut self, commands: usize, deciding: Duration, committing: Duration) {
        let Some(each) = nanos(deciding).checked_div(commands as u64) else { return };
        self.deciding_one_nanos = towards(self.deciding_one_nanos, each);
        self.committing_nanos = towards(self.committing_nanos, nanos(committing));
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / WEIGHT).min(u64::MAX / WEIGHT)
}

fn towards(old: u64, new: u64) -> u64 {
    if old == 0 { new } else { old - old / WEIGHT + new / WEIGHT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After batches of 50 that took so many microseconds for each decision, and for the commit.
    fn after(batches: &[(u64, u64)]) -> usize {
        let mut pace = Pace::new(512);
        for (deciding_one, committing) in batches {
            let deciding = Duration::from_micros(deciding_one * 50);
            pace.took(50, deciding, Duration::from_micros(*committing));
        }
        pace.batch_max()
    }

    #[test]
    fn as_many_as_take_as_long_as_the_commit() {
        for (batches, most) in [
            (vec![], LEAST),
            (vec![(7, 700)], 100),
            (vec![(7, 20)], LEAST),
            (vec![(7, 10_000)], 512),
            (vec![(0, 10_000)], LEAST),
            (vec![(u64::MAX / 50, u64::MAX)], LEAST),
        ] {
            assert_eq!(after(&batches), most, "{batches:?}");
        }
    }

    #[test]
    fn one_slow_commit_changes_little_and_many_do() {
        let fast = vec![(7, 700); 20];
        assert_eq!(after(&[fast.clone(), vec![(7, 1_400)]].concat()), 112);
        assert_eq!(after(&[fast.clone(), vec![(7, 7_000); 50]].concat()), 512);
        assert_eq!(after(&[fast, vec![(7, 7_000); 50], vec![(7, 700); 60]].concat()), 100);
    }

    #[test]
    fn the_options_have_the_last_word() {
        assert_eq!(Pace::new(2).batch_max(), 2);
        assert_eq!(Pace::new(0).batch_max(), 1);
    }
}
