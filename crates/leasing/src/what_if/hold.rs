//! How long leases are held: an estimate for leases that only the replay grants.
//!
//! Invariants: bounded, a fixed sample of each feature's recorded leases; the same record gives the same sample.
//! Deliberately not here: when a lease ends (lives).

/// Leases in the sample of one feature.
const SAMPLE: usize = 256;
/// The median is looked for again after so many further leases.
const EVERY: u64 = 32;

/// A sample of lengths in milliseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct HoldTimes {
    sample: Vec<i64>,
    seen: u64,
    median: Option<i64>,
}

impl HoldTimes {
    /// A lease was held this long.
    pub(super) fn add(&mut self, millis: i64) {
        self.seen += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(millis);
        } else {
            // Every lease seen so far has the same chance to be in the sample.
            let place = usize::try_from(scrambled(self.seen) % self.seen).unwrap_or(usize::MAX);
            if let Some(slot) = self.sample.get_mut(place) {
                *slot = millis;
            }
        }
        if self.seen.is_multiple_of(EVERY) {
            self.median = None;
        }
    }

    /// The median so far; none without any lease.
    pub(super) fn median(&mut self) -> Option<i64> {
        if self.median.is_none() && !self.sample.is_empty() {
            let mut sorted = self.sample.clone();
            let middle = sorted.len() / 2;
            self.median = Some(*sorted.select_nth_unstable(middle).1);
        }
        self.median
    }
}

/// SplitMix64's finisher.
fn scrambled(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_a_long_record_is_near_the_true_one() {
        let mut times = HoldTimes::default();
        assert_eq!(times.median(), None);
        (0..100_000).for_each(|number| times.add(number % 1_000));
        let median = times.median().expect("a median");
        assert!((400..600).contains(&median), "{median}");
        assert_eq!(times.sample.len(), SAMPLE);
    }
}
