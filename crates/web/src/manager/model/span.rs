//! What is chosen for a what-if: which requests of the past, against what, put together how.
//!
//! Kept here: what can't be meant is told in words before anything is sent. Deliberately not here: what the server
//! knows of the past.

use std::collections::BTreeMap;

use serde_json::Value;
use tenure_api::{ReservationImport, WhatIfRequest};
use tenure_document::Time;

use crate::form::Form;

/// Most properties that are proposed.
const PROPERTIES_MAX: usize = 100;

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// Of the last hours.
    Last(u64),
    /// All that the server knows.
    All,
    /// From one instant to another.
    Range,
}

/// Against which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proposal {
    Draft,
    NoModel,
    AsItWas,
}

/// A form as it was filled in.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) choice: Choice,
    pub(super) proposal: Proposal,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) group_by: String,
    pub(super) key: String,
    pub(super) reservations: String,
    pub(super) properties: String,
}

impl Typed {
    /// What is usually meant: the last week, against the text in work or no model.
    pub(super) fn default_for(has_draft: bool) -> Self {
        Self {
            choice: Choice::Last(168),
            proposal: if has_draft { Proposal::Draft } else { Proposal::NoModel },
            from: String::new(),
            to: String::new(),
            group_by: "nothing".to_owned(),
            key: String::new(),
            reservations: "same".to_owned(),
            properties: String::new(),
        }
    }

    pub(super) fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            choice: match form.text("span") {
                "day" => Choice::Last(24),
                "month" => Choice::Last(720),
                "all" => Choice::All,
                "range" => Choice::Range,
                _ => Choice::Last(168),
            },
            proposal: match form.text("proposal") {
                "none" => Proposal::NoModel,
                "same" => Proposal::AsItWas,
                _ => Proposal::Draft,
            },
            from: text("from"),
            to: text("to"),
            group_by: text("group_by"),
            key: text("key"),
            reservations: text("reservations_are"),
            properties: text("properties"),
        }
    }

    /// Whether a radio button is the chosen one.
    pub(super) fn spans(&self, word: &str) -> bool {
        let chosen = match self.choice {
            Choice::Last(24) => "day",
            Choice::Last(720) => "month",
            Choice::Last(_) => "week",
            Choice::All => "all",
            Choice::Range => "range",
        };
        chosen == word
    }

    pub(super) fn proposes(&self, word: &str) -> bool {
        let chosen = match self.proposal {
            Proposal::Draft => "draft",
            Proposal::NoModel => "none",
            Proposal::AsItWas => "same",
        };
        chosen == word
    }

    /// What is asked of the server, without model and without an instant that only the server knows.
    pub(super) fn request(&self, file: Option<&[u8]>) -> Result<WhatIfRequest, String> {
        let mut request = WhatIfRequest::default();
        if self.choice == Choice::Range {
            request.from = instant(&self.from).map_err(|why| format!("From: {why}"))?;
            request.to = instant(&self.to).map_err(|why| format!("To: {why}"))?;
        }
        request.group_by = match self.group_by.as_str() {
            "" | "nothing" => None,
            "dictionary" if self.key.is_empty() => {
                return Err(
                    "Name the key of the dictionary by which requests are put together.".to_owned()
                );
            }
            "dictionary" => Some(format!("dictionary:{}", self.key)),
            word => Some(word.to_owned()),
        };
        request.reservation_groups = self.groups(file)?;
        request.properties = self.changes()?;
        Ok(request)
    }

    fn groups(&self, file: Option<&[u8]>) -> Result<Option<ReservationImport>, String> {
        match (self.reservations.as_str(), file) {
            ("none", _) => Ok(Some(ReservationImport::Many(Vec::new()))),
            ("file", Some(bytes)) => serde_json::from_slice(bytes).map(Some).map_err(|fault| {
                format!("The file of reservations can't be read: {fault}. Use one that was exported under Reservations.")
            }),
            ("file", None) => Err("Choose the file with the reservations.".to_owned()),
            _ => Ok(None),
        }
    }

    fn changes(&self) -> Result<BTreeMap<String, Value>, String> {
        let mut changes = BTreeMap::new();
        for line in self.properties.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!("Properties: write name = value, not “{line}”."));
            };
            let value = value.trim();
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            changes.insert(name.trim().to_owned(), value);
        }
        if changes.len() > PROPERTIES_MAX {
            return Err(format!("Properties: at most {PROPERTIES_MAX}."));
        }
        Ok(changes)
    }
}

/// A time as a browser's field sends it, or with seconds and zone; none is left to the server.
fn instant(text: &str) -> Result<Option<Time>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let candidates =
        [text.to_owned(), format!("{text}Z"), format!("{text}:00Z"), format!("{text}T00:00:00Z")];
    let found = candidates.iter().find_map(|text| text.parse().ok());
    found.map(Some).ok_or_else(|| "write a time such as 2026-11-22T08:30, in UTC.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(change: impl FnOnce(&mut Typed)) -> Result<WhatIfRequest, String> {
        let mut typed = Typed::default_for(true);
        change(&mut typed);
        typed.request(None)
    }

    #[test]
    fn what_is_asked() {
        let range = typed(|typed| {
            (typed.choice, typed.from, typed.to) =
                (Choice::Range, "2026-11-22T08:30".to_owned(), "2026-11-23".to_owned());
        })
        .expect("a range");
        assert_eq!(
            range.from.map(|time| time.to_string()).as_deref(),
            Some("2026-11-22T08:30:00Z")
        );
        assert_eq!(range.to.map(|time| time.to_string()).as_deref(), Some("2026-11-23T00:00:00Z"));
        let grouped = typed(|typed| {
            (typed.group_by, typed.key) = ("dictionary".to_owned(), "dept".to_owned());
            typed.properties = "lease.virtual-allowed = true\n\nserver.alias= x".to_owned();
        })
        .expect("a request");
        assert_eq!(grouped.group_by.as_deref(), Some("dictionary:dept"));
        let properties = serde_json::to_string(&grouped.properties).expect("JSON");
        assert_eq!(properties, r#"{"lease.virtual-allowed":true,"server.alias":"x"}"#);
        let none = typed(|typed| typed.reservations = "none".to_owned()).expect("a request");
        assert!(none.reservation_groups.is_some_and(|groups| groups.groups().is_empty()));
    }

    #[test]
    fn what_can_not_be_meant_is_told() {
        let faults = [
            typed(|typed| (typed.choice, typed.from) = (Choice::Range, "yesterday".to_owned())),
            typed(|typed| typed.group_by = "dictionary".to_owned()),
            typed(|typed| typed.properties = "nothing".to_owned()),
            typed(|typed| typed.reservations = "file".to_owned()),
        ];
        assert!(faults.iter().all(Result::is_err));
    }
}
