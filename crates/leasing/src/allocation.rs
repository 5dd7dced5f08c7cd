//! The order of a grant: from which sources wanted seats are taken. One pure function over plain values.
//!
//! Invariants: regular before overdraft before what the license merely records; within each, pools in the order given,
//! exact version before next higher, not in grace before in grace, earlier end first; never more than a source has.
//! Pools, reservations and the queue change only the list of sources that is handed in, not this function.
//! Deliberately not here: which items are sources at all (candidates), seat numbers (draft).

use tenure_document::{Time, Version};

/// Seats that a request may have, from one item in one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The place of the pool among those the requester may use, 0 first.
    pub(crate) pool: u16,
    /// The item's version, not below the wanted one.
    pub(crate) version: Version,
    /// The item has ended and is in its days of grace.
    pub(crate) in_grace: bool,
    /// The item's end; none: permanent.
    pub(crate) ends: Option<Time>,
    /// Free within the count; none: as many as one likes.
    pub(crate) regular: Option<u64>,
    /// Free in the overdraft; none: as many as one likes.
    pub(crate) overdraft: Option<u64>,
    /// The license lets use exceed both.
    pub(crate) beyond: bool,
}

impl Source {
    /// Sources are tried in this order.
    pub(crate) fn rank(&self) -> (u16, Version, bool, Time) {
        (self.pool, self.version, self.in_grace, self.ends.unwrap_or(Time::LATEST))
    }
}

/// On which terms seats are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Within the count.
    Regular,
    /// Within the overdraft.
    Overdraft,
    /// Beyond both.
    Beyond,
}

/// Seats taken from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    /// The place of the source in the list.
    pub(crate) source: usize,
    pub(crate) stage: Stage,
    pub(crate) count: u64,
}

/// What is taken, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) takes: Vec<Take>,
    pub(crate) short: u64,
}

/// Takes `wanted` seats, as far as the sources reach.
pub(crate) fn allocate<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    wanted: u64,
) -> Allocation {
    let mut order: Vec<(usize, &Source)> = sources.into_iter().enumerate().collect();
    order.sort_by_key(|(_, source)| source.rank());
    let mut takes = Vec::new();
    let mut short = wanted;
    for stage in [Stage::Regular, Stage::Overdraft, Stage::Beyond] {
        for &(source, from) in &order {
            let count = short.min(room(from, stage));
            if count > 0 {
                takes.push(Take { source, stage, count });
                short -= count;
            }
        }
    }
    Allocation { takes, short }
}

/// The most that could be taken; none: as many as one likes.
pub(crate) fn available(sources: &[Source]) -> Option<u64> {
    if sources.iter().any(|source| source.beyond) {
        return None;
    }
    sources.iter().try_fold(0_u64, |sum, source| {
        Some(sum.saturating_add(source.regular?).saturating_add(source.overdraft?))
    })
}

fn room(source: &Source, stage: Stage) -> u64 {
    match stage {
        Stage::Regular => source.regular.unwrap_or(u64::MAX),
        Stage::Overdraft => source.overdraft.unwrap_or(u64::MAX),
        Stage::Beyond if source.beyond => u64::MAX,
        Stage::Beyond => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// `name version regular/overdraft [pool=1] [grace] [ends=9] [beyond]`; a dash is no limit.
    fn source(text: &str) -> (&str, Source) {
        let mut words = text.split_whitespace();
        let name = words.next().expect("a name");
        let version = words.next().and_then(|word| word.parse().ok()).expect("a version");
        let (regular, overdraft) = words.next().and_then(|word| word.split_once('/')).expect("a/b");
        let limit = |text: &str| text.parse().ok();
        let mut source = Source {
            pool: 0,
            version,
            in_grace: false,
            ends: None,
            regular: limit(regular),
            overdraft: limit(overdraft),
            beyond: false,
        };
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("pool", place) => source.pool = place.parse().expect("a place"),
                ("ends", at) => source.ends = at.parse().ok().map(Time::from_millis),
                ("grace", _) => source.in_grace = true,
                _ => source.beyond = true,
            }
        }
        (name, source)
    }

    fn check(sources: &str, wanted: u64, expected: Expect) {
        let (names, sources): (Vec<&str>, Vec<Source>) = sources.split(';').map(source).unzip();
        let Allocation { takes, short } = allocate(&sources, wanted);
        let told = takes.iter().map(|Take { source, stage, count }| {
            format!("{count} {stage:?} of {}\n", names[*source])
        });
        let short = if short > 0 { format!("{short} short\n") } else { String::new() };
        expected.assert_eq(&(told.collect::<String>() + &short));
        assert!(available(&sources).is_none_or(|most| (most >= wanted) == short.is_empty()));
    }

    #[test]
    fn regular_before_overdraft_before_what_is_only_recorded() {
        check(
            "a 1.0 1/2; b 2.0 1/1 beyond; c 3.0 1/0",
            9,
            expect![[r#"
                1 Regular of a
                1 Regular of b
                1 Regular of c
                2 Overdraft of a
                1 Overdraft of b
                3 Beyond of b
            "#]],
        );
    }

    #[test]
    fn pools_in_their_order_come_before_everything_within_them() {
        check(
            "late 1.0 1/0 pool=1; first 9.0 1/0 grace ends=1; second 1.0 1/0 pool=1 ends=5",
            3,
            expect![[r#"
                1 Regular of first
                1 Regular of second
                1 Regular of late
            "#]],
        );
    }

    #[test]
    fn exact_version_then_not_in_grace_then_the_earlier_end() {
        check(
            "higher 2.0 1/0 ends=1; grace 1.0 1/0 grace ends=2; never 1.0 1/0; late 1.0 1/0 ends=9; soon 1.0 1/0 ends=8",
            6,
            expect![[r#"
                1 Regular of soon
                1 Regular of late
                1 Regular of never
                1 Regular of grace
                1 Regular of higher
                1 short
            "#]],
        );
    }

    #[test]
    fn without_limit_one_source_is_enough() {
        check(
            "a 1.0 0/0; b 2.0 -/0; c 3.0 5/0",
            1_000_000,
            expect![[r#"
            1000000 Regular of b
        "#]],
        );
        check(
            "a 1.0 1/-",
            3,
            expect![[r#"
            1 Regular of a
            2 Overdraft of a
        "#]],
        );
    }
}
