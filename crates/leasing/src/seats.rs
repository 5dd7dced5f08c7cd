//! Numbered seats: runs of numbers, and which numbers of a feature are free.
//!
//! Invariants: numbers begin at 1; everything from `next` up is free, below it only the gaps; gaps never touch each
//! other or `next`, so memory and time follow fragmentation, not the number of seats.
//! Deliberately not here: how many seats there are (items count, numbers only name).

use std::collections::BTreeMap;
use tenure_document::SeatRange;

/// The last number that a seat can have: `next` is a number too.
const LAST: u32 = u32::MAX - 1;

/// The seats of one part of a lease: nearly always one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Seats {
    #[default]
    None,
    One(SeatRange),
    Many(Box<Ranges>),
}

/// Several runs, in the order in which they were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<SeatRange>);

impl Seats {
    pub(crate) fn of(mut runs: Vec<SeatRange>) -> Seats {
        match (runs.len(), runs.first()) {
            (_, None) => Seats::None,
            (1, Some(run)) => Seats::One(*run),
            _ => {
                runs.shrink_to_fit();
                Seats::Many(Box::new(Ranges(runs)))
            }
        }
    }

    pub(crate) fn runs(&self) -> &[SeatRange] {
        match self {
            Seats::None => &[],
            Seats::One(run) => std::slice::from_ref(run),
            Seats::Many(runs) => &runs.0,
        }
    }

    /// The runs of the first `count` seats, and of the rest.
    pub(crate) fn split(&self, count: u32) -> (Vec<SeatRange>, Vec<SeatRange>) {
        let (mut front, mut back, mut left) = (Vec::new(), Vec::new(), count);
        for run in self.runs() {
            if left == 0 {
                back.push(*run);
            } else if run.seats() <= left {
                left -= run.seats();
                front.push(*run);
            } else {
                front.push(SeatRange { first: run.first, last: run.first + left - 1 });
                back.push(SeatRange { first: run.first + left, last: run.last });
                left = 0;
            }
        }
        (front, back)
    }

    pub(crate) fn append(&mut self, runs: &[SeatRange]) {
        if !runs.is_empty() {
            *self = Seats::of(joined(self.runs().iter().chain(runs).copied()));
        }
    }
}

/// Runs in their order, those that follow on each other made one.
pub(crate) fn joined(runs: impl Iterator<Item = SeatRange>) -> Vec<SeatRange> {
    let mut joined: Vec<SeatRange> = Vec::with_capacity(1);
    for run in runs {
        match joined.last_mut().filter(|last| last.last + 1 == run.first) {
            Some(last) => last.last = run.last,
            None => joined.push(run),
        }
    }
    joined
}

/// The free numbers of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FreeSeats {
    gaps: BTreeMap<u32, u32>,
    next: u32,
}

impl Default for FreeSeats {
    fn default() -> FreeSeats {
        FreeSeats { gaps: BTreeMap::new(), next: 1 }
    }
}

/// What a decision under way has taken and given back.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeatChanges {
    taken: BTreeMap<u32, u32>,
    given: BTreeMap<u32, u32>,
}

impl SeatChanges {
    pub(crate) fn take(&mut self, runs: &[SeatRange]) {
        self.taken.extend(runs.iter().map(|run| (run.first, run.last)));
    }

    pub(crate) fn give(&mut self, runs: &[SeatRange]) {
        self.given.extend(runs.iter().map(|run| (run.first, run.last)));
    }
}

impl FreeSeats {
    /// Makes numbers used. They must be free.
    pub(crate) fn take(&mut self, run: SeatRange) {
        if run.first >= self.next {
            if run.first > self.next {
                self.gaps.insert(self.next, run.first - 1);
            }
            self.next = run.last.saturating_add(1);
            return;
        }
        let gap = self.gaps.range(..=run.first).next_back().map(|(first, last)| (*first, *last));
        let Some((first, last)) = gap.filter(|(_, last)| *last >= run.last) else {
            debug_assert!(false, "seats {run:?} are not free");
            return;
        };
        self.gaps.remove(&first);
        if first < run.first {
            self.gaps.insert(first, run.first - 1);
        }
        if last > run.last {
            self.gaps.insert(run.last + 1, last);
        }
    }

    /// Makes used numbers free again.
    pub(crate) fn give(&mut self, run: SeatRange) {
        let SeatRange { mut first, mut last } = run;
        let before = self.gaps.range(..first).next_back().map(|(first, last)| (*first, *last));
        if let Some((gap, end)) = before
            && end + 1 >= first
        {
            debug_assert!(end < first, "seats {run:?} were free already");
            self.gaps.remove(&gap);
            first = gap;
        }
        if let Some(end) = self.gaps.remove(&last.saturating_add(1)) {
            last = end;
        }
        if last.saturating_add(1) >= self.next {
            self.next = first;
        } else {
            self.gaps.insert(first, last);
        }
    }

    /// The lowest `count` free numbers, as if `changes` had been made.
    pub(crate) fn lowest(&self, count: u32, changes: &SeatChanges) -> Vec<SeatRange> {
        let mut found = Vec::new();
        let mut left = count;
        let mut gaps = self.gaps.iter().peekable();
        let mut given = changes.given.iter().peekable();
        while left > 0 {
            let (first, last) = match (gaps.peek(), given.peek()) {
                (Some(gap), Some(back)) if gap.0 < back.0 => gaps.next(),
                (_, Some(_)) => given.next(),
                (Some(_), None) => gaps.next(),
                (None, None) => None,
            }
            .map_or((self.next, LAST), |(first, last)| (*first, *last));
            left -= pick(first, last, left, &changes.taken, &mut found);
            if last >= LAST {
                break;
            }
        }
        found
    }

    /// True when so many numbers are free, as if `changes` had been made.
    pub(crate) fn has(&self, count: u32, changes: &SeatChanges) -> bool {
        // All from here on are free, and nearly always they are enough.
        let taken = changes.taken.last_key_value().map_or(0, |(_, last)| *last);
        let open = LAST - self.next.max(taken.saturating_add(1)).min(LAST);
        open >= count
            || self.lowest(count, changes).iter().map(|run| run.seats()).sum::<u32>() == count
    }
}

/// Adds up to `count` numbers from `first..=last` that are not in `taken` to `found`; says how many.
fn pick(
    first: u32,
    last: u32,
    count: u32,
    taken: &BTreeMap<u32, u32>,
    found: &mut Vec<SeatRange>,
) -> u32 {
    let (mut at, mut left) = (first, count);
    while left > 0 && at <= last {
        if let Some((_, end)) = taken.range(..=at).next_back().filter(|(_, end)| **end >= at) {
            let Some(next) = end.checked_add(1) else { break };
            at = next;
            continue;
        }
        let wall = taken.range(at..).next().map_or(last, |(first, _)| last.min(first - 1));
        let end = wall.min(at.saturating_add(left - 1));
        let run = SeatRange { first: at, last: end };
        match found.last_mut().filter(|previous| previous.last + 1 == at) {
            Some(previous) => previous.last = end,
            None => found.push(run),
        }
        left -= run.seats();
        let Some(next) = end.checked_add(1) else { break };
        at = next;
    }
    count - left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn numbers(runs: &[SeatRange]) -> Vec<u32> {
        runs.iter().flat_map(|run| run.first..=run.last).collect()
    }

    proptest! {
        /// Takes of the lowest numbers and returns in any order, beside a plain set of used numbers.
        #[test]
        fn free_numbers_are_those_that_are_not_used(steps in prop::collection::vec((1..6_u32, any::<bool>(), any::<prop::sample::Index>()), 1..80)) {
            let mut free = FreeSeats::default();
            let mut used: BTreeSet<u32> = BTreeSet::new();
            let mut held: Vec<Vec<SeatRange>> = Vec::new();
            for (count, take, which) in steps {
                if take || held.is_empty() {
                    let runs = free.lowest(count, &SeatChanges::default());
                    let lowest: Vec<u32> = (1..).filter(|n| !used.contains(n)).take(count as usize).collect();
                    prop_assert_eq!(&numbers(&runs), &lowest);
                    runs.iter().for_each(|run| free.take(*run));
                    used.extend(lowest);
                    held.push(runs);
                } else {
                    let runs = held.swap_remove(which.index(held.len()));
                    numbers(&runs).iter().for_each(|n| { used.remove(n); });
                    runs.iter().for_each(|run| free.give(*run));
                }
                // As few gaps as there can be: the memory follows fragmentation only.
                let gaps = used.iter().filter(|n| **n > 1 && !used.contains(&(**n - 1))).count();
                prop_assert_eq!(free.gaps.len(), gaps);
                prop_assert_eq!(free.next, used.last().map_or(1, |last| last + 1));
            }
        }

        /// What a decision under way takes and gives back is the same as if it had been done.
        #[test]
        fn changes_count_as_made(used in prop::collection::btree_set(1..40_u32, 0..30), back in 0..8_usize, taken in 0..6_u32, count in 1..20_u32) {
            let mut free = FreeSeats::default();
            used.iter().for_each(|n| free.take(SeatRange { first: *n, last: *n }));
            let mut changes = SeatChanges::default();
            let mut after = free.clone();
            for n in used.iter().take(back) {
                let run = SeatRange { first: *n, last: *n };
                changes.give(&[run]);
                after.give(run);
            }
            let first = free.lowest(taken, &changes);
            changes.take(&first);
            first.iter().flat_map(|run| run.first..=run.last).for_each(|n| after.take(SeatRange { first: n, last: n }));
            prop_assert_eq!(numbers(&free.lowest(count, &changes)), numbers(&after.lowest(count, &SeatChanges::default())));
        }
    }

    #[test]
    fn the_last_number_is_given_once() {
        let mut free = FreeSeats::default();
        free.take(SeatRange { first: 1, last: LAST - 2 });
        let changes = SeatChanges::default();
        assert!(free.has(2, &changes) && !free.has(3, &changes));
        let last = free.lowest(3, &changes);
        assert_eq!(numbers(&last), [LAST - 1, LAST]);
        last.iter().for_each(|run| free.take(*run));
        assert_eq!(free.lowest(1, &changes), []);
        assert!(!free.has(1, &changes));
        free.give(SeatRange { first: 7, last: 8 });
        assert!(free.has(2, &changes) && !free.has(3, &changes));
        let mut given = SeatChanges::default();
        given.give(&[SeatRange { first: LAST, last: LAST }]);
        assert!(free.has(3, &given));
        given.take(&free.lowest(2, &given));
        assert_eq!(numbers(&free.lowest(2, &given)), [LAST]);
    }

    #[test]
    fn a_million_seats_cost_no_more_than_one() {
        let mut free = FreeSeats::default();
        free.lowest(1_000_000, &SeatChanges::default()).iter().for_each(|run| free.take(*run));
        assert_eq!((free.gaps.len(), free.next), (0, 1_000_001));
        assert!(size_of::<Seats>() <= 16);
    }
}
