//! Which seats an entry is given: entries in the order of their creation onto items, as one pure function.
//!
//! Invariants: no seat is given twice; an exact version comes first, then the next higher one, the later end first; an
//! entry that finds less than it wants keeps what it finds, and no later entry is asked to give way.
//! Deliberately not here: which items there are (the state), what of the seats is in use (stakes).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use tenure_document::{Time, Version};

/// Seats of one item in one pool that can be reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Supply<B> {
    pub(crate) bin: B,
    pub(crate) version: Version,
    /// Its end; none: permanent.
    pub(crate) ends: Option<Time>,
    pub(crate) seats: u64,
}

/// What an entry wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Want<K> {
    pub(crate) entry: u64,
    /// Feature and pool.
    pub(crate) kind: K,
    pub(crate) version: Version,
    pub(crate) count: u64,
}

/// What each entry is given, by its number.
pub(crate) type Given<B> = BTreeMap<u64, Vec<(B, u64)>>;

/// Places entries; `supplies` gives what there is of a kind; of two alike the first goes first.
pub(crate) fn place<B: Copy, K: Ord + Copy>(
    mut wants: Vec<Want<K>>,
    supplies: impl Fn(K) -> Vec<Supply<B>>,
) -> Given<B> {
    wants.sort_by_key(|want| want.entry);
    let mut stock: BTreeMap<K, Vec<Supply<B>>> = BTreeMap::new();
    let mut given = Given::new();
    for want in wants {
        let stock = stock.entry(want.kind).or_insert_with(|| {
            let mut supplies = supplies(want.kind);
            supplies.sort_by_key(|supply| {
                let ends = supply.ends.unwrap_or(Time::LATEST);
                (supply.version, Reverse(ends))
            });
            supplies
        });
        let mut left = want.count;
        let mut taken = Vec::new();
        for supply in stock.iter_mut().filter(|supply| supply.version >= want.version) {
            let seats = left.min(supply.seats);
            if seats > 0 {
                supply.seats -= seats;
                left -= seats;
                taken.push((supply.bin, seats));
            }
        }
        given.insert(want.entry, taken);
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    /// `a 1.0 x5 [ends=9]` and `1.0 x3`, each after the other.
    fn check(supplies: &str, wants: &str, expected: Expect) {
        let parse = |text: &str| -> (String, Version, u64, Option<Time>) {
            let mut words = text.split_whitespace().peekable();
            let named = words.peek().is_some_and(|word| word.parse::<Version>().is_err());
            let name =
                if named { words.next().unwrap_or_default().to_owned() } else { String::new() };
            let version = words.next().and_then(|word| word.parse().ok()).expect("a version");
            let count = words.next().and_then(|word| word.strip_prefix('x')?.parse().ok());
            let ends = words.next().and_then(|word| word.strip_prefix("ends=")?.parse().ok());
            (name, version, count.expect("a count"), ends.map(Time::from_millis))
        };
        let supplies: Vec<(String, Version, u64, Option<Time>)> =
            supplies.split(';').map(parse).collect();
        let all: Vec<Supply<usize>> = supplies
            .iter()
            .enumerate()
            .map(|(bin, (_, version, seats, ends))| Supply {
                bin,
                version: *version,
                ends: *ends,
                seats: *seats,
            })
            .collect();
        let wants: Vec<Want<()>> = (0..)
            .zip(wants.split(';').map(parse))
            .map(|(entry, (_, version, count, _))| Want { entry, kind: (), version, count })
            .collect();
        let told: String = place(wants.clone(), |()| all.clone())
            .into_iter()
            .zip(&wants)
            .map(|((_, given), want)| {
                let parts: Vec<String> = given
                    .iter()
                    .map(|(bin, seats)| format!("{seats} of {}", supplies[*bin].0))
                    .collect();
                let short = want.count - given.iter().map(|(_, seats)| seats).sum::<u64>();
                let short = if short > 0 { format!(" short by {short}") } else { String::new() };
                format!("{} x{}: {}{short}\n", want.version, want.count, parts.join(", "))
            })
            .collect();
        expected.assert_eq(&told);
    }

    #[test]
    fn exact_version_then_next_higher_then_the_later_end() {
        check(
            "high 3.0 x9; soon 2.0 x2 ends=5; late 2.0 x2 ends=9; ever 2.0 x1; low 1.0 x9",
            "2.0 x6",
            expect![[r#"
                2.0 x6: 1 of ever, 2 of late, 2 of soon, 1 of high
            "#]],
        );
    }

    #[test]
    fn whoever_came_first_is_served_first_and_the_last_goes_short() {
        check(
            "cad 1.0 x5",
            "1.0 x2; 1.0 x2; 1.0 x2; 1.0 x1; 2.0 x1",
            expect![[r#"
                1.0 x2: 2 of cad
                1.0 x2: 2 of cad
                1.0 x2: 1 of cad short by 1
                1.0 x1:  short by 1
                2.0 x1:  short by 1
            "#]],
        );
    }

    fn versions() -> impl Strategy<Value = Version> {
        (1..4_u32).prop_map(|major| Version::new(major, 0, 0))
    }

    proptest! {
        #[test]
        fn no_seat_is_given_twice_and_nothing_is_left_that_an_entry_still_wants(
            supplies in prop::collection::vec((versions(), 0..9_u64), 0..6),
            wants in prop::collection::vec((versions(), 1..6_u64, 0..2_u8), 0..12),
        ) {
            let supply = |kind: u8| -> Vec<Supply<(u8, usize)>> {
                supplies.iter().enumerate().map(|(bin, (version, seats))| Supply { bin: (kind, bin), version: *version, ends: None, seats: *seats }).collect()
            };
            let all: Vec<Want<u8>> = (0..).zip(&wants).map(|(entry, (version, count, kind))| Want { entry, kind: *kind, version: *version, count: *count }).collect();
            let given = place(all.clone(), supply);
            for kind in 0..2 {
                let mut left: Vec<u64> = supplies.iter().map(|(_, seats)| *seats).collect();
                for parts in given.values() {
                    for ((of, bin), seats) in parts.iter().filter(|((of, _), _)| *of == kind) {
                        prop_assert_eq!(*of, kind);
                        prop_assert!(left[*bin] >= *seats, "more given than there is");
                        left[*bin] -= seats;
                    }
                }
                for want in all.iter().filter(|want| want.kind == kind) {
                    let got: u64 = given[&want.entry].iter().map(|(_, seats)| seats).sum();
                    prop_assert!(got <= want.count);
                    let usable = supplies.iter().zip(&left).filter(|((version, _), _)| *version >= want.version);
                    let rest: u64 = usable.map(|(_, left)| left).sum();
                    prop_assert!(got == want.count || rest == 0);
                }
            }
            // A further entry takes nothing from the earlier ones.
            let next = all.len() as u64;
            let mut more = all.clone();
            more.push(Want { entry: next, kind: 0, version: Version::new(1, 0, 0), count: 3 });
            let mut after = place(more, supply);
            after.remove(&next);
            prop_assert_eq!(after, given);
        }
    }
}
