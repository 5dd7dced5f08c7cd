//! An explanation in words: what was asked, what was looked at in which order, what came of it and what would help.
//!
//! Invariants: made of the explanation's figures only, so that text and figures never differ; one fact a line.
//! Deliberately not here: the figures (explanation).

use crate::denial::{Denied, PoolTried};
use crate::event::Granted;
use crate::explanation::{Explained, Explanation, RulesSeen, SourceSeen};
use crate::seats::joined;
use std::fmt::Write;
use tenure_document::{Holder, SeatRange, Time, Version};

impl Explanation {
    /// The explanation for people, several lines. `recovered`: when the same holder was granted the feature after all.
    pub fn text(&self, recovered: Option<Time>) -> String {
        let mut text = String::new();
        let (looked, came) = (self.looked_at(), self.came_of_it(recovered));
        let lines = [self.headline(), self.asked(), self.ruled(), looked, came];
        for line in lines.iter().flatten() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{line}");
        }
        text
    }

    fn headline(&self) -> Vec<String> {
        vec![match &self.outcome {
            Explained::Granted(granted) => {
                let Granted { lease, holder, count, feature, version, at, .. } = &**granted;
                let who = name(holder);
                format!("{lease}: {who} was granted {count} of {feature:?} {version} at {at}")
            }
            Explained::Denied(denied) => {
                let Denied { id, holder, count, feature, at, reason, .. } = &**denied;
                let (who, reason) = (name(holder), reason.code());
                format!("{id}: {who} was denied {count} of {feature:?} at {at}: {reason}")
            }
        }]
    }

    fn asked(&self) -> Vec<String> {
        let (borrow_seconds, dictionary) = match &self.outcome {
            Explained::Granted(granted) => (granted.borrow_seconds, &granted.dictionary),
            Explained::Denied(denied) => (denied.borrow_seconds, &denied.dictionary),
        };
        let mut asked = format!("asked for  {}", self.count);
        if self.partial {
            asked.push_str(", or fewer");
        }
        if self.version > Version::ANY {
            let _ = write!(asked, ", version {} or later", self.version);
        }
        if let Some(seconds) = borrow_seconds {
            let _ = write!(asked, ", to borrow for {seconds} s");
        }
        if !self.selectors.is_empty() {
            let pairs = self.selectors.iter().map(|(key, value)| format!("{key}={value}"));
            let _ = write!(asked, ", selectors {}", pairs.collect::<Vec<_>>().join(" "));
        }
        if !dictionary.is_empty() {
            let pairs = dictionary.iter();
            let pairs = pairs.map(|(key, value)| format!("{key}={}", value.texts().join(",")));
            let _ = write!(asked, ", dictionary {}", pairs.collect::<Vec<_>>().join(" "));
        }
        vec![asked]
    }

    fn ruled(&self) -> Vec<String> {
        let Some(rules) = &self.rules else { return Vec::new() };
        let RulesSeen { version, model, matched, .. } = rules;
        let mut lines = vec![format!("model      {model:?}, version {version}")];
        for rule in matched {
            lines.push(format!("rule       line {}: {}", rule.line, one_line(&rule.text)));
        }
        if matched.is_empty() {
            lines.push("rule       none matched: the default pool only".to_owned());
        }
        lines
    }

    fn looked_at(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, pool) in (1..).zip(&self.pools) {
            lines.push(format!("pool {place}.    {}", pool_line(pool)));
        }
        let possible = self.sources.iter().filter(|source| source.pool.is_some());
        for (place, source) in (1..).zip(possible) {
            lines.push(format!("item {place}.    {}", source_line(source)));
        }
        for source in self.sources.iter().filter(|source| source.pool.is_none()) {
            lines.push(format!(
                "not        {}, version {}: {}",
                source.item,
                source.version,
                unfit(source.verdict)
            ));
        }
        if lines.iter().filter(|line| line.starts_with("item")).count() > 1 {
            lines.push(format!("order      {ORDER}"));
        }
        lines
    }

    fn came_of_it(&self, recovered: Option<Time>) -> Vec<String> {
        match &self.outcome {
            Explained::Granted(granted) => {
                let seats =
                    joined(granted.parts.iter().flat_map(|part| part.seats.iter().copied()));
                let shared = granted.code == "shared-seat";
                let seats = match (seats.is_empty(), shared) {
                    (true, _) => "no seat numbers: the item is uncounted".to_owned(),
                    (false, true) => format!("seats {}", numbers(&seats)),
                    (false, false) => {
                        format!("seats {}, the lowest that were free", numbers(&seats))
                    }
                };
                let (code, why) = (&granted.code, code_text(&granted.code));
                vec![
                    format!("granted    {code}: {why}; {seats}"),
                    format!("until      {}, to be renewed", granted.expires),
                ]
            }
            Explained::Denied(denied) => {
                let after = match recovered {
                    Some(at) => format!("the same holder was granted it at {at}"),
                    None => "no grant to the same holder followed in its retry time".to_owned(),
                };
                vec![
                    format!("denied     {}", denied.explanation()),
                    format!("remedy     {}", denied.remedy.text()),
                    format!("after      {after}"),
                ]
            }
        }
    }
}

/// So many characters of a rule are shown.
const RULE_SHOWN: usize = 200;

/// The order of a grant.
const ORDER: &str = "own reservations, then pools in the order of the rules; regular before overdraft; exact version \
                     before higher; not in grace before in grace; earlier end first";

/// The text of a rule on one line, cut where it is long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(RULE_SHOWN) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

fn name(holder: &Holder) -> String {
    match &holder.user {
        Some(user) => format!("{user}@{}", holder.host.value),
        None => holder.host.value.clone(),
    }
}

fn of_total(used: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{used} of {total} in use"),
        None => format!("{used} in use, no limit"),
    }
}

fn pool_line(pool: &PoolTried) -> String {
    let mut line = format!("{}: {}", pool.pool, of_total(pool.used, pool.total));
    if pool.reserved > 0 {
        let _ = write!(line, ", {} reserved", pool.reserved);
    }
    if pool.total.is_some() {
        let _ = write!(line, ", {} free", pool.free);
    }
    line
}

fn source_line(source: &SourceSeen) -> String {
    let ends = source.ends.map_or("permanent".to_owned(), |at| format!("until {at}"));
    let mut line = format!("{}, version {}, {ends}", source.item, source.version);
    if let Some(pool) = &source.pool {
        let _ = write!(line, ", pool {pool}");
    }
    match source.reservation {
        Some(whose) => {
            let _ = write!(line, ", reserved for this {whose}: {} free", source.free.unwrap_or(0));
        }
        None => {
            let _ = write!(line, ": {}", of_total(source.used, source.total));
            if let Some(free) = source.free {
                let _ = write!(line, ", {free} free");
            }
        }
    }
    if source.shared > 0 {
        let _ = write!(line, ", {} held already and shared", source.shared);
    }
    let verdict = match source.verdict {
        "taken" => format!("{} taken", source.got),
        "not-needed" => "not needed".to_owned(),
        "none-free" => "none free".to_owned(),
        "too-few" => "too few".to_owned(),
        other => other.to_owned(),
    };
    line + ": " + &verdict
}

fn unfit(verdict: &str) -> String {
    let why = match verdict {
        "version-too-low" => "its version is lower",
        "selector-mismatch" => "it lacks the wanted selectors",
        "other-kind" => "it is metered where seats are wanted, or the other way round",
        "expired" => "it had ended",
        "clock-behind" => "it had ended by the time that is certain",
        "not-started" => "it had not begun",
        "virtual-not-allowed" => "not for virtual machines and containers",
        "borrow-not-allowed" => "it may not be borrowed",
        "borrow-too-long" => "it may not be borrowed for so long",
        "already-exclusive" => "the asker has its one lease of it",
        other => other,
    };
    format!("{why} ({verdict})")
}

fn code_text(code: &str) -> &'static str {
    match code {
        "granted" => "within what is licensed",
        "shared-seat" => "the seats of another lease of the same holder are shared",
        "granted-in-grace" => "the license has ended and is in its days of grace",
        "granted-overdraft" => "beyond the count, within the overdraft",
        "recorded-over-count" => "beyond everything, which the license only records",
        "warned-over-count" => "beyond everything, which the license allows with a warning",
        _ => "for a reason that this release does not know",
    }
}

fn numbers(seats: &[SeatRange]) -> String {
    let one = |seats: &SeatRange| match seats.first == seats.last {
        true => seats.first.to_string(),
        false => format!("{}-{}", seats.first, seats.last),
    };
    seats.iter().map(one).collect::<Vec<_>>().join(", ")
}
