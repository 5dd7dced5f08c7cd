//! What would have been, for people: in a sentence, in pictures, in tables, with examples and the rules that decided.
//!
//! Kept here: the sentence is made of the same numbers as the tables; what is cut is told. Deliberately not here: the
//! replay, which the server did.

use tenure_api::{
    WhatIfExample, WhatIfGroup, WhatIfJob, WhatIfLevels, WhatIfOutcomes, WhatIfPool, WhatIfResult,
};

use crate::chart::{Amount, Better, Compare, CompareRow};
use crate::component::{Notice, Tone, When};
use crate::words::so_many;

/// Rows of a picture, rows of a table, examples of a kind.
const PICTURED: usize = 40;
const LISTED: usize = 100;
const EXAMPLES: usize = 50;

/// A row about requests.
pub(super) struct Outcome {
    pub(super) feature: String,
    pub(super) group: String,
    pub(super) outcomes: WhatIfOutcomes,
    pub(super) peaks: String,
}

/// A request that fared differently.
pub(super) struct Example {
    pub(super) at: When,
    pub(super) holder: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) remedy: String,
    pub(super) rule: Option<(u32, String)>,
    /// Where the recorded one is explained.
    pub(super) href: Option<(String, &'static str)>,
}

/// The result on a page.
pub(super) struct Shown {
    pub(super) told: Notice,
    pub(super) totals: WhatIfOutcomes,
    /// Refusals by feature.
    pub(super) refused: Option<Compare>,
    /// Highest use by feature.
    pub(super) used: Option<Compare>,
    /// Highest use by pool.
    pub(super) held: Option<Compare>,
    pub(super) groups: Vec<Outcome>,
    pub(super) gained: Vec<Example>,
    pub(super) lost: Vec<Example>,
    pub(super) is_cut: bool,
}

impl Shown {
    pub(super) fn new(result: &WhatIfResult, job: &WhatIfJob) -> Self {
        let is_grouped = result.groups.iter().any(|row| !row.group.is_empty());
        let groups = result.groups.iter().filter(|_| is_grouped);
        let examples = |all: &[WhatIfExample]| all.iter().take(EXAMPLES).map(example).collect();
        let features = &result.features;
        Self {
            told: told(result, job),
            totals: result.totals,
            refused: compare(
                "Refusals by feature",
                "Feature",
                features.iter().map(|row| {
                    let WhatIfOutcomes { denied_before, denied_after, .. } = row.outcomes;
                    (row.feature.clone(), denied_before.into(), denied_after.into(), Better::Less)
                }),
            ),
            used: compare(
                "Most seats in use by feature",
                "Feature",
                features.iter().map(|row| {
                    let WhatIfLevels { peak_before, peak_after, .. } = row.used;
                    (row.feature.clone(), peak_before.into(), peak_after.into(), Better::Neither)
                }),
            ),
            held: compare(
                "Most seats in use by pool",
                "Pool",
                result.pools.iter().map(|row| {
                    let WhatIfPool { feature, pool, held } = row;
                    let name = format!("{pool} · {feature}");
                    (name, held.peak_before.into(), held.peak_after.into(), Better::Neither)
                }),
            ),
            groups: groups.take(LISTED).map(group).collect(),
            gained: examples(&result.gained),
            lost: examples(&result.lost),
            is_cut: result.cut
                || result.groups.len() > LISTED
                || result.features.len().max(result.pools.len()) > PICTURED
                || result.gained.len().max(result.lost.len()) > EXAMPLES,
        }
    }
}

impl Shown {
    /// Requests that fared differently, by how.
    pub(super) fn examples(&self) -> [(&'static str, &[Example]); 2] {
        [
            ("Granted in fact, refused then", self.gained.as_slice()),
            ("Refused in fact, granted then", self.lost.as_slice()),
        ]
    }
}

/// The result in a sentence.
fn told(result: &WhatIfResult, job: &WhatIfJob) -> Notice {
    let WhatIfOutcomes { requests, denials_gained: gained, denials_lost: lost, .. } = result.totals;
    let days = format!("from {} to {}", When(job.from).words(), When(job.to).words());
    if requests == 0 {
        let text = format!("Nobody asked for a seat {days}. Choose a longer span.");
        return Notice::new(Tone::Tell, "There were no requests to try", text);
    }
    let of = so_many(requests, "request", "requests");
    let (tone, title) = match (gained, lost) {
        (0, 0) => (Tone::Good, format!("None of {of} would have fared differently")),
        (0, lost) => {
            (Tone::Good, format!("{lost} of {of} would have been granted that were refused"))
        }
        (gained, 0) => {
            (Tone::Wait, format!("{gained} of {of} would have been refused that were granted"))
        }
        (gained, lost) => (
            Tone::Wait,
            format!(
                "{gained} of {of} would have been refused that were granted, and {lost} granted that were refused"
            ),
        ),
    };
    let mut text = format!("Requests {days}.");
    if result.not_judged > 0 {
        let count = so_many(result.not_judged, "of them is", "of them are");
        text.push_str(&format!(
            " {count} left as it was, because no model decides it: a suspended server, or a key that did not fit."
        ));
    }
    Notice::new(tone, title, text)
}

fn compare(
    title: &str,
    of: &'static str,
    rows: impl Iterator<Item = (String, Amount, Amount, Better)>,
) -> Option<Compare> {
    let rows: Vec<CompareRow> = rows
        .take(PICTURED)
        .map(|(name, before, after, better)| CompareRow { name, href: None, before, after, better })
        .collect();
    let title = title.to_owned();
    (!rows.is_empty()).then_some(Compare { title, of, before: "In fact", after: "Then", rows })
}

fn group(row: &WhatIfGroup) -> Outcome {
    let name = if row.group.is_empty() { "(nobody said)" } else { &row.group };
    Outcome {
        feature: row.feature.clone(),
        group: name.to_owned(),
        outcomes: row.outcomes,
        peaks: format!("{} → {}", row.held.peak_before, row.held.peak_after),
    }
}

fn example(example: &WhatIfExample) -> Example {
    let user = example.holder.user.iter().map(|user| format!(" · {user}"));
    let href = match (&example.denial, &example.lease) {
        (Some(denial), _) => {
            Some((format!("/denials/{}", crate::address::segment(denial)), "The denial"))
        }
        (None, Some(lease)) => Some((format!("/leases/{lease}"), "The lease")),
        (None, None) => None,
    };
    Example {
        at: When(example.at),
        holder: format!("{}{}", example.holder.host, user.collect::<String>()),
        what: format!("{} of {} {}", example.count, example.feature, example.version),
        why: example.explanation.clone(),
        remedy: example.remedy.text.clone(),
        rule: example.rule.as_ref().map(|rule| (rule.line, rule.text.chars().take(300).collect())),
        href,
    }
}

/// Everything as rows of a file.
pub(super) fn rows_of(result: &WhatIfResult) -> Vec<Vec<String>> {
    let outcomes = |row: &WhatIfOutcomes| {
        [row.requests, row.denied_before, row.denied_after, row.denials_gained, row.denials_lost]
            .map(|count| count.to_string())
            .to_vec()
    };
    let levels = |row: &WhatIfLevels| {
        vec![
            row.peak_before.to_string(),
            row.peak_after.to_string(),
            format!("{:.3}", row.average_before),
            format!("{:.3}", row.average_after),
        ]
    };
    let words = |words: [&str; 3]| words.map(str::to_owned).to_vec();
    let features = result.features.iter().map(|row| {
        [words(["feature", &row.feature, ""]), outcomes(&row.outcomes), levels(&row.used)].concat()
    });
    let groups = result.groups.iter().map(|row| {
        [words(["group", &row.feature, &row.group]), outcomes(&row.outcomes), levels(&row.held)]
            .concat()
    });
    let pools = result.pools.iter().map(|row| {
        let none = vec![String::new(); 5];
        [words(["pool", &row.feature, &row.pool]), none, levels(&row.held)].concat()
    });
    features.chain(groups).chain(pools).collect()
}
