//! Why something was granted or denied, as a page shows it: what was asked, the rules, what was looked at, what came
//! of it.
//!
//! Kept here: everything is told as it stood at that moment, in the order in which it was decided. Deliberately not
//! here: where the explanation comes from; leases and denials ask for their own.

use askama::Template;
use askama::filters::HtmlSafe;
use tenure_api::{
    DenialShown, ExplanationAnswer, GrantShown, PoolStanding, RuleShown, SourceShown,
};
use tenure_document::Version;

use super::holding::{feature_href, granted_as, item_href, pool_href, seats};
use crate::component::{Badge, Share, Tone, When};
use crate::words;

/// The whole explanation.
#[derive(Debug, Clone, Template)]
#[template(path = "manager/holding/explained.html")]
pub(super) struct Explained {
    feature: String,
    feature_href: String,
    asked: Vec<(&'static str, String)>,
    model: Option<Model>,
    pools: Vec<Pool>,
    sources: Vec<Source>,
    grant: Option<Grant>,
    denial: Option<Denial>,
    at: When,
    text: String,
}

impl HtmlSafe for Explained {}

#[derive(Debug, Clone)]
struct Model {
    name: String,
    version: u64,
    rules: Vec<RuleShown>,
    denied: bool,
}

#[derive(Debug, Clone)]
struct Pool {
    name: String,
    href: String,
    total: String,
    used: u64,
    reserved: u64,
    free: String,
    share: Option<Share>,
}

#[derive(Debug, Clone)]
struct Source {
    item: String,
    href: String,
    version: String,
    place: String,
    ends: Option<When>,
    used: String,
    free: String,
    verdict: Badge,
}

#[derive(Debug, Clone)]
struct Denial {
    explanation: String,
    reason: String,
    remedy: String,
    remedy_at: Option<When>,
    recovered: Option<When>,
}

#[derive(Debug, Clone)]
struct Grant {
    words: String,
    version: String,
    count: u32,
    seats: String,
    expires: When,
}

impl Explained {
    pub(super) fn new(answer: ExplanationAnswer) -> Self {
        let asked = asked(&answer);
        let model = answer.rules.map(|rules| Model {
            name: rules.model,
            version: rules.version,
            rules: rules.matched,
            denied: rules.denied,
        });
        Self {
            feature_href: feature_href(&answer.feature),
            feature: answer.feature,
            asked,
            model,
            pools: answer.pools.iter().map(pool).collect(),
            sources: answer.sources.iter().map(source).collect(),
            grant: answer.grant.map(grant),
            denial: answer.denial.map(denial),
            at: When(answer.at),
            text: answer.text,
        }
    }
}

fn asked(answer: &ExplanationAnswer) -> Vec<(&'static str, String)> {
    let or_fewer = if answer.partial { ", or fewer" } else { "" };
    let version = match answer.version == Version::ANY {
        true => "Any".to_owned(),
        false => format!("{} or later", answer.version),
    };
    let mut facts = vec![("Seats", format!("{}{or_fewer}", answer.count)), ("Version", version)];
    if let Some(seconds) = answer.borrow_seconds {
        facts.push(("To borrow for", length(seconds)));
    }
    if !answer.selectors.is_empty() {
        let pairs = answer.selectors.iter().map(|(key, value)| format!("{key}={value}"));
        facts.push(("Selectors", pairs.collect::<Vec<_>>().join(", ")));
    }
    if !answer.dictionary.is_empty() {
        let pairs = answer.dictionary.iter();
        let pairs = pairs.map(|(key, values)| format!("{key}={}", values.join("|")));
        facts.push(("What it said of itself", pairs.collect::<Vec<_>>().join(", ")));
    }
    facts
}

/// A length of time in its largest whole unit.
pub(super) fn length(seconds: u64) -> String {
    let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let found = units.iter().find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size));
    let (count, unit) = found.map_or((seconds, "second"), |(size, unit)| (seconds / size, *unit));
    words::so_many(count, unit, &format!("{unit}s"))
}

fn pool(row: &PoolStanding) -> Pool {
    Pool {
        href: pool_href(&row.pool),
        name: row.pool.clone(),
        total: limit(row.total),
        used: row.used,
        reserved: row.reserved,
        free: limit(row.free),
        share: row.total.map(|total| Share::new(row.used, total)),
    }
}

fn limit(count: Option<u64>) -> String {
    count.map_or_else(|| "No limit".to_owned(), |count| count.to_string())
}

fn source(row: &SourceShown) -> Source {
    let place = match (&row.pool, &row.reservation) {
        (Some(pool), Some(whose)) => format!("{pool}, reserved for this {whose}"),
        (Some(pool), None) => pool.clone(),
        (None, _) => String::new(),
    };
    let in_pool = row.pool.is_some();
    Source {
        item: row.item.clone(),
        href: item_href(&row.item),
        version: row.version.to_string(),
        place,
        ends: row.ends_at.map(When),
        used: match row.total {
            _ if !in_pool => String::new(),
            Some(total) => format!("{} of {total}", row.used),
            None => format!("{}, no limit", row.used),
        },
        free: if in_pool { limit(row.free) } else { String::new() },
        verdict: verdict(row),
    }
}

fn verdict(row: &SourceShown) -> Badge {
    let shared = if row.shared > 0 { format!(", {} shared", row.shared) } else { String::new() };
    match row.verdict.as_str() {
        "taken" => Badge::new(Tone::Good, format!("{} taken{shared}", row.taken)),
        "not-needed" => Badge::new(Tone::Idle, "Not needed"),
        "none-free" => Badge::new(Tone::Bad, "None free"),
        "too-few" => Badge::new(Tone::Bad, "Too few free"),
        other => Badge::new(Tone::Idle, out_of_the_question(other)),
    }
}

fn out_of_the_question(verdict: &str) -> String {
    match verdict {
        "version-too-low" => "Its version is lower",
        "selector-mismatch" => "It lacks the wanted selectors",
        "other-kind" => "Metered where seats are wanted, or the other way round",
        "expired" => "It had ended",
        "clock-behind" => "It had ended by the time that is certain",
        "not-started" => "It had not begun",
        "virtual-not-allowed" => "Not for virtual machines and containers",
        "borrow-not-allowed" => "It may not be borrowed",
        "borrow-too-long" => "It may not be borrowed for so long",
        "already-exclusive" => "The asker has its one lease of it",
        other => return words::plain(other),
    }
    .to_owned()
}

fn grant(row: GrantShown) -> Grant {
    Grant {
        words: granted_as(&row.code),
        version: row.version.to_string(),
        count: row.count,
        seats: seats(&row.seats),
        expires: When(row.expires_at),
    }
}

fn denial(row: DenialShown) -> Denial {
    Denial {
        explanation: row.explanation,
        reason: words::plain(&row.reason),
        remedy: row.remedy.text,
        remedy_at: row.remedy.at.map(When),
        recovered: row.recovered_at.map(When),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_in_words() {
        let lengths = [0, 1, 59, 60, 900, 5_400, 86_400, 604_800].map(length);
        let written =
            "0 seconds, 1 second, 59 seconds, 1 minute, 15 minutes, 90 minutes, 1 day, 1 week";
        assert_eq!(lengths.join(", "), written);
    }
}
