//! Seats of every feature, the scarcest first.
//!
//! Kept here: what is nearest to being refused stands at the top: nothing free, then little free in proportion; of
//! these, for which more people wait or were refused. Deliberately not here: the figures themselves (the API).

use tenure_api::{Overview, OverviewFeature};

use crate::chart::{Amount, Hue, Look, Part, Spark, Split};
use crate::component::{Badge, Tone};
use crate::manager::holding::{feature_href, with};
use crate::staff::Asked;

/// Less than one in so many is little.
const LITTLE: u64 = 10;

/// A feature as the dashboard shows it.
pub(super) struct SeatRow {
    pub(super) name: String,
    pub(super) href: String,
    /// Shows its use over time.
    pub(super) chart: String,
    pub(super) is_charted: bool,
    /// None where there is no limit.
    pub(super) split: Option<Split>,
    pub(super) used: Amount,
    pub(super) reserved_idle: Amount,
    pub(super) free: Option<Amount>,
    pub(super) total: Option<Amount>,
    pub(super) metered: bool,
    pub(super) badge: Option<Badge>,
    pub(super) spark: Spark,
    pub(super) peak: Amount,
    pub(super) denied: u64,
    pub(super) denied_href: String,
    pub(super) waiting: u64,
    pub(super) waiting_href: String,
}

/// Sorts the features, the scarcest first.
pub(super) fn by_shortage(features: &mut [OverviewFeature]) {
    features.sort_by_cached_key(|feature| {
        let wanted = u64::MAX - feature.waiting.saturating_add(feature.denied);
        (free_share(feature), wanted, feature.name.clone())
    });
}

/// Thousandths of the seats that are free; what has no limit is never scarce.
fn free_share(feature: &OverviewFeature) -> u64 {
    match (feature.available, feature.total) {
        // A feature whose items have ended or not begun has none: nothing can be had, and nothing is scarce.
        (Some(_), Some(0)) => 1_001,
        (Some(free), Some(total)) => {
            let share = u128::from(free) * 1_000 / u128::from(total);
            u64::try_from(share).unwrap_or(1_000)
        }
        _ => 1_002,
    }
}

/// The rows of a page that shows the chart of `charted`.
pub(super) fn rows(overview: &Overview, asked: &Asked, charted: &str) -> Vec<SeatRow> {
    overview.features.iter().map(|feature| row(feature, asked, charted)).collect()
}

fn row(feature: &OverviewFeature, asked: &Asked, charted: &str) -> SeatRow {
    let query = |path: &str| with(path, "feature", &feature.name);
    let known = feature.levels.iter().flatten().copied();
    let peak = Amount::from(known.max().unwrap_or(0));
    let levels = feature.levels.iter().map(|level| level.map(Amount::from)).collect();
    let limit = feature.total.filter(|_| !feature.metered).map(Amount::from);
    let words = match feature.metered {
        true => format!("At most {peak} used up at a time"),
        false => format!("At most {peak} in use"),
    };
    SeatRow {
        name: feature.name.clone(),
        href: feature_href(&feature.name),
        chart: format!("{}#over-time", asked.with(&[("feature", &feature.name)])),
        is_charted: feature.name == charted,
        split: feature.total.map(|total| split(feature, total)),
        used: feature.used.into(),
        reserved_idle: feature.reserved_idle.into(),
        free: feature.available.map(Amount::from),
        total: feature.total.map(Amount::from),
        metered: feature.metered,
        badge: badge(feature),
        spark: Spark { words, values: levels, limit },
        peak,
        denied: feature.denied,
        denied_href: query("/denials"),
        waiting: feature.waiting,
        waiting_href: query("/queue"),
    }
}

/// What of the whole is in use and what is kept; the rest is free.
fn split(feature: &OverviewFeature, total: u64) -> Split {
    let part = |name, hue, look, amount: u64| Part { name, hue, look, amount: amount.into() };
    let parts = vec![
        part("in use", Hue::Main, Look::Solid, feature.used),
        part("reserved and not in use", Hue::Kept, Look::Hatched, feature.reserved_idle),
    ];
    Split { parts, of: total.into() }
}

/// What is wrong with it, in a word.
fn badge(feature: &OverviewFeature) -> Option<Badge> {
    let (free, total) = (feature.available?, feature.total?);
    if total == 0 {
        return Some(Badge::new(Tone::Idle, "Not usable now"));
    }
    if feature.overdraft_used > 0 {
        let over = Amount::from(feature.overdraft_used);
        return Some(Badge::new(Tone::Bad, format!("{over} over")));
    }
    match free {
        0 => Some(Badge::new(Tone::Bad, if feature.metered { "Used up" } else { "None free" })),
        free if free < total.div_ceil(LITTLE) => Some(Badge::new(Tone::Wait, "Few free")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(name: &str, free: Option<u64>, total: Option<u64>, denied: u64) -> OverviewFeature {
        OverviewFeature {
            name: name.to_owned(),
            total,
            used: total.zip(free).map_or(7, |(total, free)| total - free),
            available: free,
            reserved: 0,
            reserved_idle: 0,
            overdraft: Some(0),
            overdraft_used: 0,
            metered: false,
            waiting: 0,
            denied,
            levels: Vec::new(),
        }
    }

    #[test]
    fn the_scarcest_stand_first() {
        let mut all = [
            feature("ended", Some(0), Some(0), 0),
            feature("endless", None, None, 0),
            feature("half", Some(5), Some(10), 9),
            feature("little", Some(1), Some(100), 0),
            feature("none", Some(0), Some(10), 0),
            feature("none-and-wanted", Some(0), Some(10), 3),
        ];
        by_shortage(&mut all);
        let names: Vec<&str> = all.iter().map(|feature| feature.name.as_str()).collect();
        assert_eq!(names, ["none-and-wanted", "none", "little", "half", "ended", "endless"]);
    }

    #[test]
    fn shortage_in_a_word() {
        let word = |free, total| badge(&feature("x", free, total, 0)).map(|badge| badge.word);
        assert_eq!(word(Some(0), Some(10)).as_deref(), Some("None free"));
        assert_eq!(word(Some(9), Some(100)).as_deref(), Some("Few free"));
        assert_eq!(word(Some(10), Some(100)), None);
        assert_eq!(word(Some(1), Some(2)), None);
        assert_eq!(word(Some(0), Some(0)).as_deref(), Some("Not usable now"));
        assert_eq!(word(None, None), None);
    }
}
