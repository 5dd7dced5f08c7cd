//! What the answers prove: intervals in which a seat was certainly held, and laws over them.
//!
//! A lease is certainly held from the moment its answer was received until the release was sent, or until the request
//! was sent plus the term: inside the server's own view of it, whatever the network did. Laws checked: never more
//! seats of a feature held at once than count plus overdraft, and no seat number in two intervals that overlap.
//! The same idempotency key answered twice must name the same lease.
//! Deliberately not here: how answers arrive (`scripts.rs`).

use std::collections::{BTreeMap, HashMap};

/// One lease as the client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which feature, as an index into the limits.
    pub feature: u16,
    /// Seat numbers, first to last, inclusive.
    pub seats: (u64, u64),
    /// Nanoseconds; answer received.
    pub from: u64,
    /// Nanoseconds; release sent, or request sent plus term.
    pub until: u64,
}

/// What was found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A seat number in two leases at once.
    SeatTwice { feature: u16, seat: u64, at: u64 },
    /// More seats held at once than the item allows.
    OverGrant { feature: u16, held: u64, limit: u64, at: u64 },
    /// One idempotency key, two leases.
    TwoGrants { key: u64, first: String, second: String },
    /// An acknowledged lease is gone.
    LostLease { lease: String },
    /// Anything else that no right answer can be.
    Wrong(String),
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Violation::SeatTwice { feature, seat, at } => {
                write!(f, "seat {seat} of feature {feature} held twice at {at} ns")
            }
            Violation::OverGrant { feature, held, limit, at } => {
                write!(f, "feature {feature}: {held} seats held at {at} ns, {limit} allowed")
            }
            Violation::TwoGrants { key, first, second } => {
                write!(f, "key {key} granted twice: {first} and {second}")
            }
            Violation::LostLease { lease } => write!(f, "acknowledged lease {lease} was lost"),
            Violation::Wrong(what) => f.write_str(what),
        }
    }
}

/// Checks the two laws over all intervals. `limits[feature]` is count plus overdraft; `None`: unlimited.
pub fn check_intervals(held: &[Held], limits: &[Option<u64>]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut by_feature: BTreeMap<u16, Vec<&Held>> = BTreeMap::new();
    for interval in held.iter().filter(|interval| interval.from < interval.until) {
        by_feature.entry(interval.feature).or_default().push(interval);
    }
    for (feature, mut intervals) in by_feature {
        intervals.sort_by_key(|interval| interval.from);
        check_seats(feature, &intervals, &mut violations);
        if let Some(Some(limit)) = limits.get(usize::from(feature)) {
            check_count(feature, *limit, &intervals, &mut violations);
        }
    }
    violations
}

fn check_seats(feature: u16, intervals: &[&Held], violations: &mut Vec<Violation>) {
    let mut busy_until: HashMap<u64, u64> = HashMap::with_capacity(intervals.len());
    for interval in intervals {
        for seat in interval.seats.0..=interval.seats.1 {
            let until = busy_until.entry(seat).or_insert(0);
            if interval.from < *until {
                violations.push(Violation::SeatTwice { feature, seat, at: interval.from });
            }
            *until = (*until).max(interval.until);
        }
    }
}

fn check_count(feature: u16, limit: u64, intervals: &[&Held], violations: &mut Vec<Violation>) {
    let mut ends: std::collections::BinaryHeap<std::cmp::Reverse<(u64, u64)>> =
        std::collections::BinaryHeap::new();
    let mut in_use = 0;
    for interval in intervals {
        while let Some(std::cmp::Reverse((until, count))) = ends.peek().copied() {
            if until > interval.from {
                break;
            }
            in_use -= count;
            ends.pop();
        }
        let count = interval.seats.1 - interval.seats.0 + 1;
        in_use += count;
        ends.push(std::cmp::Reverse((interval.until, count)));
        if in_use > limit {
            violations.push(Violation::OverGrant {
                feature,
                held: in_use,
                limit,
                at: interval.from,
            });
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "expectations read best as values")]
    fn check(intervals: &[(u64, u64, u64)], limit: u64, expected: Expect) {
        let held: Vec<Held> = intervals
            .iter()
            .map(|(seat, from, until)| Held {
                feature: 0,
                seats: (*seat, *seat),
                from: *from,
                until: *until,
            })
            .collect();
        let found: Vec<String> =
            check_intervals(&held, &[Some(limit)]).iter().map(ToString::to_string).collect();
        expected.assert_eq(&found.join("; "));
    }

    #[test]
    fn laws() {
        check(&[(1, 0, 10), (1, 10, 20), (2, 5, 15)], 2, expect![""]);
        check(&[(1, 0, 10), (1, 9, 20)], 2, expect!["seat 1 of feature 0 held twice at 9 ns"]);
        check(
            &[(1, 0, 10), (2, 0, 10), (3, 9, 20)],
            2,
            expect!["feature 0: 3 seats held at 9 ns, 2 allowed"],
        );
        check(&[(1, 10, 5), (1, 6, 7)], 1, expect![""]);
    }
}
