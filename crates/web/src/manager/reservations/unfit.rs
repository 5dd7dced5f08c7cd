//! Why an entry does not fit, in plain words, and at which entry to say so.
//!
//! Kept here: every reason has words and says what would do. Deliberately not here: deciding it; the server does.

use tenure_api::{Problem, UnfitEntry};

use super::entry::Entry;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::words::{plain, so_many};

/// The stable word of entries that do not fit.
const UNFIT: &str = "reservations-unfit";
/// Most of them in a notice.
const SHOWN: usize = 5;

/// Why, and what would do.
pub(super) fn why(unfit: &UnfitEntry) -> String {
    let (feature, left) = (&unfit.feature_name, unfit.left);
    match unfit.reason.as_str() {
        "unknown-feature" => {
            format!("No live license has a feature {feature}. Check the name under Features.")
        }
        "version-too-low" => {
            format!("All licenses of {feature} have a version below {}.", unfit.feature_version)
        }
        "uncounted" => {
            format!("{feature} is not counted: there is a seat for everybody, nothing to reserve.")
        }
        "unknown-pool" => {
            let pool = unfit.pool.as_deref().unwrap_or("default");
            format!("The model has no pool {pool}.")
        }
        "too-many" if left == 0 => {
            format!("Everything of {feature} is reserved already.")
        }
        "too-many" => format!("Only {left} of {feature} can still be reserved."),
        "displaces" => format!(
            "It would take {} from this entry, which was there before.",
            so_many(unfit.feature_count.saturating_sub(left), "seat", "seats")
        ),
        other => plain(other),
    }
}

fn is_of(unfit: &UnfitEntry, entry: &Entry) -> bool {
    unfit.host_id == entry.host
        && unfit.feature_name == entry.what.feature_name
        && unfit.feature_version == entry.what.feature_version
        && unfit.feature_count == entry.what.feature_count
        && unfit.pool == entry.what.pool
}

/// Why an entry does not fit, if it is among these.
pub(super) fn of(unfit: &[UnfitEntry], entry: &Entry) -> Option<String> {
    unfit.iter().find(|one| is_of(one, entry)).map(why)
}

/// The entries that do not fit; none: something else is wrong.
pub(super) fn entries(trouble: &Trouble) -> &[UnfitEntry] {
    match trouble {
        Trouble::Problem(problem) if problem.code == UNFIT => {
            let Problem { entries, .. } = &**problem;
            entries
        }
        _ => &[],
    }
}

/// What to say over a list of which some do not fit; `own` are those of the list, where their reasons stand.
pub(super) fn notice(unfit: &[UnfitEntry], own: &[Entry]) -> Notice {
    let others = unfit.iter().filter(|one| !own.iter().any(|entry| is_of(one, entry)));
    let others: Vec<String> = others
        .take(SHOWN)
        .map(|one| format!("{} in group {}: {}", one.host_id.value, one.group, why(one)))
        .collect();
    let count = so_many(unfit.len() as u64, "entry does not fit", "entries do not fit");
    let mut text =
        "All or nothing: the list waits for you below, with the reason at each entry.".to_owned();
    for other in others {
        text.push(' ');
        text.push_str(&other);
    }
    Notice::new(Tone::Bad, format!("Nothing was reserved: {count}"), text)
}

#[cfg(test)]
mod tests {
    use tenure_api::ReservedHost;
    use tenure_document::{HostIdType, Version};

    use super::*;

    fn unfit(reason: &str, left: u64) -> UnfitEntry {
        UnfitEntry {
            group: "vip".to_owned(),
            host_id: ReservedHost { value: "ann".to_owned(), kind: HostIdType::User },
            feature_name: "cad".to_owned(),
            feature_version: Version::new(2, 0, 0),
            feature_count: 5,
            pool: None,
            reason: reason.to_owned(),
            left,
        }
    }

    #[test]
    fn every_reason_has_words() {
        let said: Vec<String> = [
            ("unknown-feature", 0),
            ("version-too-low", 0),
            ("uncounted", 0),
            ("unknown-pool", 0),
            ("too-many", 0),
            ("too-many", 3),
            ("displaces", 4),
            ("moon-phase", 0),
        ]
        .map(|(reason, left)| why(&unfit(reason, left)))
        .into();
        expect_test::expect![[r#"
            No live license has a feature cad. Check the name under Features.
            All licenses of cad have a version below 2.0.
            cad is not counted: there is a seat for everybody, nothing to reserve.
            The model has no pool default.
            Everything of cad is reserved already.
            Only 3 of cad can still be reserved.
            It would take 1 seat from this entry, which was there before.
            Moon phase"#]]
        .assert_eq(&said.join("\n"));
    }
}
