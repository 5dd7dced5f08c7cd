//! What a check found, for people: where, what, and what to do; at its place in the text and in a list.
//!
//! Kept here: every code of the language has an advice; one that is not known here is shown as the server says it.
//! Deliberately not here: finding anything. The server does.

use tenure_api::ModelFinding;

use crate::component::{Badge, Tone};

/// Findings that a page lists; the rest is found once these are mended.
const SHOWN: usize = 50;

/// One finding.
pub(super) struct Finding {
    pub(super) badge: Badge,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) href: String,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) help: String,
    pub(super) advice: &'static str,
    /// The line around the place.
    pub(super) before: String,
    pub(super) marked: String,
    pub(super) after: String,
}

/// What was found in a text.
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    /// Not listed.
    pub(super) more: usize,
}

impl Findings {
    /// Those of a check; `path` is the page of the text.
    pub(super) fn new(found: &[ModelFinding], path: &str) -> Self {
        let errors = found.iter().filter(|one| is_error(one)).count();
        Self {
            list: found.iter().take(SHOWN).map(|one| shown(one, path)).collect(),
            errors,
            warnings: found.len() - errors,
            more: found.len().saturating_sub(SHOWN),
        }
    }
}

pub(super) fn is_error(finding: &ModelFinding) -> bool {
    finding.severity == "error"
}

fn shown(found: &ModelFinding, path: &str) -> Finding {
    let badge = match is_error(found) {
        true => Badge::new(Tone::Bad, "Error"),
        false => Badge::new(Tone::Wait, "Warning"),
    };
    let (start, length) = (found.caret as usize, (found.caret_length as usize).max(1));
    let part = |skip: usize, take: usize| found.text.chars().skip(skip).take(take).collect();
    let marked: String = part(start, length);
    Finding {
        badge,
        line: found.line,
        column: found.column,
        href: format!("{path}?line={line}#L{line}", line = found.line),
        message: sentence(&found.message),
        expected: found
            .expected
            .as_deref()
            .map(|what| sentence(&format!("expected: {what}")))
            .unwrap_or_default(),
        help: found.help.as_deref().map(sentence).unwrap_or_default(),
        advice: advice(&found.code),
        before: part(0, start),
        // What is missing at the end of a line is marked by a space.
        marked: if marked.is_empty() { " ".to_owned() } else { marked },
        after: part(start + length, usize::MAX),
    }
}

/// A remark of the server as a sentence; what it quotes as a terminal does stands in quotes.
fn sentence(text: &str) -> String {
    let mut opens = false;
    let quoted = text.chars().map(|c| match c {
        '`' => {
            opens = !opens;
            if opens { '“' } else { '”' }
        }
        c => c,
    });
    let mut text: String = quoted.collect();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// What to do about a finding; empty for one that is not known here.
fn advice(code: &str) -> &'static str {
    match code {
        "too-large" => {
            "A model has at most 900 KB. Put users into reservation groups and name the groups."
        }
        "too-many" => "Leave out what is not needed, or put several of them together.",
        "too-deep" => "Use fewer parentheses within one another.",
        "unexpected" => {
            "Look at this place, and at the end of what stands before it: a bracket or a word may be missing."
        }
        "unknown-character" => "Take the character out. Names and texts stand in double quotes.",
        "open-text" => "Close the text with a double quote on the same line.",
        "open-comment" => "Close the comment with */.",
        "wrong-quotes" => "Write straight double quotes; word processors make curly ones.",
        "unknown-escape" => "Write a backslash twice. Only \\\" and \\\\ mean something after one.",
        "control-character" => {
            "Take the unseen character out, for example by typing the line anew."
        }
        "late-pools" => "Put partitions { … } before the first rule.",
        "behind-the-end" => {
            "The model ends above. Take out what follows, or move the closing bracket."
        }
        "twice" => "Keep one of the two.",
        "bad-name" => "A name has 1 to 256 characters.",
        "reserved-name" => "Choose another name: default and reservations are the server's own.",
        "bad-version" => "Write a version such as 2.0 or 2.1.3.",
        "bad-number" => "Write a whole number, a percentage from 0% to 100%, or remainder.",
        "bad-pattern" => "Mend the regular expression; a backslash in it is written twice.",
        "unknown-type" => {
            "Write one of the types of host IDs after the slash, such as ETHERNET, USER or STRING."
        }
        "unknown-pool" => "Name a pool that stands in partitions, or add this one there.",
        "unreachable" => {
            "Move this rule up, or take it out: a rule above ends for the same people."
        }
        "never-matches" => "Nobody can fulfil this. Take the rule out, or mend its condition.",
        "no-effect" => "A rule that denies gives no pools. Take the use out, or do not deny.",
        "unused-pool" => {
            "Name the pool in the use of a rule; as it is, only reservations can take from it."
        }
        "empty-pool" => "Give the pool seats of a feature, or take it out.",
        "unknown-host-type" => "Use physical, virtual, container or unknown.",
        "unknown-feature" => {
            "This server has no license for it. Look under Features for how it is written."
        }
        "version-too-high" => {
            "All licenses are of lower versions. Write a version that the server has, see Features."
        }
        "unknown-group" => "Make the group under Reservations, or mend its name.",
        "short" => "The pool would get less than this. Ask for less here, or in a slice above.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(text: &str, caret: u32, length: u32) -> Finding {
        let found = json!({
            "severity": "warning", "code": "short", "message": "m", "line": 3, "column": 9, "text": text,
            "caret": caret, "caret_length": length, "shown": "",
        });
        shown(&serde_json::from_value(found).expect("a finding"), "/model/draft/1")
    }

    #[test]
    fn places_are_counted_in_characters() {
        let one = finding("  use \"ä€x\"", 6, 5);
        assert_eq!((&*one.before, &*one.marked, &*one.after), ("  use ", "\"ä€x\"", ""));
        let end = finding("  use", 5, 1);
        assert_eq!((&*end.before, &*end.marked, &*end.after), ("  use", " ", ""));
        assert_eq!(end.href, "/model/draft/1?line=3#L3");
    }

    #[test]
    fn remarks_are_sentences() {
        assert_eq!(sentence("did you mean `hostid`?"), "Did you mean “hostid”?");
        assert_eq!(sentence("`x` can't stand here"), "“x” can't stand here");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn every_documented_code_has_an_advice() {
        let page = include_str!("../../../../../docs/MODEL.md");
        let told = page.split_once("## What a check tells").expect("the chapter").1;
        let (table, codes) = told.split_once("Codes of errors:").expect("the list");
        let warnings = table.lines().filter(|line| line.starts_with("| `"));
        let warnings = warnings.filter_map(|line| line.split('|').nth(1));
        let mut known = 0;
        for code in warnings.chain([codes]).flat_map(|text| text.split('`').skip(1).step_by(2)) {
            assert!(!advice(code).is_empty(), "{code}");
            known += 1;
        }
        assert!(known >= 30, "{known}");
    }
}
