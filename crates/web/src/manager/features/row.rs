//! Figures of a feature in one version or over all of them, as a row of a list shows them.
//!
//! Kept here: where there is no limit there is no bar, and no number that looks like one. Deliberately not here:
//! columns and files of the lists (`versions`, `summary`).

use tenure_api::{FeatureRow, FeatureSummary};

use crate::component::{Share, When};
use crate::manager::holding::{feature_href, with};

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) href: String,
    /// One version, or all of them with commas between.
    pub(super) versions: String,
    pub(super) items: u32,
    pub(super) total: String,
    pub(super) used: u64,
    pub(super) share: Option<Share>,
    pub(super) borrowed: u64,
    pub(super) free: String,
    pub(super) reserved: u64,
    pub(super) reserved_used: u64,
    pub(super) reserved_idle: u64,
    pub(super) overdraft: String,
    pub(super) first_end: Option<When>,
    pub(super) last_end: Option<When>,
    pub(super) counting: &'static str,
    pub(super) denials: u64,
    pub(super) denials_href: String,
}

/// A number of seats; none: no limit.
pub(super) fn limit(count: Option<u64>) -> String {
    count.map_or_else(|| "No limit".to_owned(), |count| count.to_string())
}

/// How use is counted.
pub(super) fn counting(metered: bool, uncounted: bool) -> &'static str {
    match (metered, uncounted) {
        (true, true) => "Metered, no limit",
        (true, false) => "Metered",
        (false, true) => "No limit",
        (false, false) => "Counted",
    }
}

/// What is in use out of a total, as a bar, with a line at what is in use or reserved.
pub(super) fn share(used: u64, reserved_idle: u64, total: Option<u64>) -> Option<Share> {
    let total = total?;
    let mark = (reserved_idle > 0).then_some(used.saturating_add(reserved_idle));
    Some(Share { mark, ..Share::new(used, total) })
}

/// What may be used beyond the total, and what is.
fn overdraft(used: u64, allowed: Option<u64>, uncounted: bool) -> String {
    match allowed {
        _ if uncounted => String::new(),
        Some(0) if used == 0 => String::new(),
        Some(allowed) => format!("{used} of {allowed}"),
        None => format!("{used}, no limit"),
    }
}

impl Row {
    /// A feature in one version.
    pub(super) fn of_version(row: FeatureRow) -> Self {
        Self {
            href: feature_href(&row.name),
            versions: row.version.to_string(),
            items: row.items,
            total: limit(row.total),
            used: row.used,
            share: share(row.used, row.reserved_idle, row.total),
            borrowed: row.borrowed,
            free: limit(row.available),
            reserved: row.reserved,
            reserved_used: row.reserved.saturating_sub(row.reserved_idle),
            reserved_idle: row.reserved_idle,
            overdraft: overdraft(row.overdraft_used, row.overdraft, row.uncounted),
            first_end: row.first_expiry.map(When),
            last_end: row.last_expiry.map(When),
            counting: counting(row.metered, row.uncounted),
            denials: row.denials,
            denials_href: with("/denials", "feature", &row.name),
            name: row.name,
        }
    }

    /// A feature over all versions.
    pub(super) fn of_name(row: FeatureSummary) -> Self {
        let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
        Self {
            href: feature_href(&row.name),
            versions: versions.join(", "),
            items: 0,
            total: limit(row.total),
            used: row.used,
            share: share(row.used, row.reserved_idle, row.total),
            borrowed: 0,
            free: limit(row.available),
            reserved: row.reserved,
            reserved_used: row.reserved.saturating_sub(row.reserved_idle),
            reserved_idle: row.reserved_idle,
            overdraft: if row.overdraft_used == 0 {
                String::new()
            } else {
                row.overdraft_used.to_string()
            },
            first_end: row.first_expiry.map(When),
            last_end: row.last_expiry.map(When),
            counting: counting(row.metered, row.uncounted),
            denials: row.denials,
            denials_href: with("/denials", "feature", &row.name),
            name: row.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overdrafts_in_words() {
        assert_eq!(overdraft(0, Some(0), false), "");
        assert_eq!(overdraft(2, Some(0), false), "2 of 0");
        assert_eq!(overdraft(0, Some(5), false), "0 of 5");
        assert_eq!(overdraft(3, None, false), "3, no limit");
        assert_eq!(overdraft(0, None, true), "");
    }
}
