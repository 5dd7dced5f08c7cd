//! A pool feature by feature: one line for what the model gives of a feature and what there is of it.
//!
//! Kept here: items of several versions of a feature are one line; one without a limit makes the sum unlimited.
//! Deliberately not here: counting. The figures are the server's.

use std::collections::BTreeSet;
use std::fmt;

use tenure_api::{PoolItemRow, PoolRow};

use crate::component::{Badge, Tone};

/// A number of seats; none is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seats(pub(crate) Option<u64>);

impl fmt::Display for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(count) => count.fmt(f),
            None => f.write_str("unlimited"),
        }
    }
}

/// A feature in a pool.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) feature: String,
    /// Versions of its items; empty where the pool has none of it.
    pub(crate) versions: String,
    /// What the model gives, as it writes it; empty in the default pool.
    pub(crate) stated: String,
    /// What the pool should have.
    pub(crate) target: Seats,
    /// What it has.
    pub(crate) allotted: Seats,
    pub(crate) used: u64,
    pub(crate) reserved: u64,
    pub(crate) free: Seats,
    /// Stated, and not to be had.
    pub(crate) short: u64,
    pub(crate) status: Badge,
}

/// The features of a pool: those of the model in its order, then others that items are of.
pub(crate) fn lines(pool: &PoolRow) -> Vec<Line> {
    let named = pool.slices.iter().map(|slice| slice.feature.as_str());
    let mut seen = BTreeSet::new();
    named
        .chain(pool.items.iter().map(|item| item.feature.as_str()))
        .filter(|feature| seen.insert(*feature))
        .map(|feature| line(pool, feature))
        .collect()
}

fn line(pool: &PoolRow, feature: &str) -> Line {
    let slices = pool.slices.iter().filter(|slice| slice.feature == feature);
    let items: Vec<&PoolItemRow> =
        pool.items.iter().filter(|item| item.feature == feature).collect();
    let sum =
        |count: fn(&PoolItemRow) -> Option<u64>| Seats(items.iter().map(|item| count(item)).sum());
    let stated: Vec<String> = slices
        .clone()
        .map(|slice| {
            let max = slice.max.map(|max| format!(", at most {max} each"));
            format!("{}{}", slice.amount, max.unwrap_or_default())
        })
        .collect();
    let versions: BTreeSet<_> = items.iter().map(|item| item.version).collect();
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let short = slices.map(|slice| slice.short).sum();
    let worst =
        ["over", "waiting"].into_iter().find(|word| items.iter().any(|i| i.status == *word));
    let status = match (pool.kind.as_str(), worst) {
        ("leaving", _) => status("leaving"),
        (_, Some(word)) => status(word),
        (_, None) if short > 0 => status("short"),
        (_, None) => status("normal"),
    };
    Line {
        feature: feature.to_owned(),
        versions: versions.join(", "),
        stated: stated.join(" + "),
        target: sum(|item| item.target),
        allotted: sum(|item| item.allotted),
        used: items.iter().map(|item| item.used).sum(),
        reserved: items.iter().map(|item| item.reserved).sum(),
        free: sum(|item| item.free),
        short,
        status,
    }
}

/// How a pool or an item in it stands, in words.
pub(crate) fn status(word: &str) -> Badge {
    match word {
        "normal" => Badge::new(Tone::Good, "As stated"),
        "short" => Badge::new(Tone::Wait, "Short"),
        "waiting" => Badge::new(Tone::Wait, "Waits for seats"),
        "over" => Badge::new(Tone::Bad, "Over its share"),
        "leaving" => Badge::new(Tone::Idle, "Leaving"),
        other => Badge::new(Tone::Idle, crate::words::plain(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(pool: serde_json::Value) -> String {
        let pool: PoolRow = serde_json::from_value(pool).expect("a pool");
        let told = lines(&pool).into_iter().map(|line| {
            let Line { feature, versions, stated, target, allotted, used, free, short, .. } = &line;
            let status = &line.status.word;
            format!(
                "{feature} [{versions}] {stated}: {target} {allotted} {used} {free} -{short} {status}\n"
            )
        });
        told.collect()
    }

    fn item(feature: &str, version: &str, seats: Option<u64>, status: &str) -> serde_json::Value {
        json!({
            "item": "i1", "feature": feature, "version": version, "target": seats,
            "allotted": seats, "used": 1, "reserved": 0, "free": seats, "status": status,
        })
    }

    fn slice(feature: &str, amount: &str, max: Option<u32>, short: u64) -> serde_json::Value {
        json!({
            "feature": feature, "version": "1.0", "amount": amount, "max": max, "short": short, "line": 4,
        })
    }

    #[test]
    fn versions_of_a_feature_are_one_line_and_no_limit_is_none() {
        let pool = json!({
            "name": "design", "kind": "named", "short": 2, "used": 3, "reserved": 0,
            "slices": [
                slice("sim", "4", Some(2), 2), slice("cad", "60%", None, 0), slice("cad", "1", None, 0),
                slice("gone", "1", None, 1),
            ],
            "items": [
                item("cad", "2.0", Some(3), "normal"), item("cad", "1.0", Some(4), "over"),
                item("sim", "1.2", Some(2), "normal"), item("free", "1.0", None, "normal"),
            ],
        });
        expect_test::expect![[r#"
            sim [1.2] 4, at most 2 each: 2 2 1 2 -2 Short
            cad [1.0, 2.0] 60% + 1: 7 7 2 7 -0 Over its share
            gone [] 1: 0 0 0 0 -1 Short
            free [1.0] : unlimited unlimited 1 unlimited -0 As stated
        "#]]
        .assert_eq(&told(pool));
    }
}
