//! Calls that a second person may have to agree to: done, or it waits.
//!
//! Kept here: whoever asked is told in plain words that nothing has happened yet, why, and where it waits.
//! Deliberately not here: who may agree (the API).

use serde::Deserialize;
use tenure_api::office::ApprovalRow;

use crate::component::{Notice, Tone};

/// What became of a call: the API answers 202 with the question while it waits.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Decided<T> {
    /// It waits for a second person.
    Waits(Box<ApprovalRow>),
    /// It is done.
    Done(T),
}

/// Tells that nothing has happened yet.
pub(crate) fn waiting(question: &ApprovalRow) -> Notice {
    let text = format!(
        "{} Nothing has changed yet: somebody else with the right role must agree first, and you can't agree to what \
         you asked for yourself.",
        sentence(&question.why)
    );
    let href = format!("/console/approvals/{}", question.approval);
    let words = format!("See what waits: {}", question.approval);
    Notice::new(Tone::Wait, "This needs a second person", text).then(href, words)
}

/// A remark as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut text = text.trim().to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_api::office::{Customer, ImportReport};

    #[test]
    fn what_waits_is_told_from_what_is_done() {
        let asked = r#"{"approval":"P-0000007","what":"create-entitlement","summary":"s","why":"200 units are above the threshold of 100",
            "by":"fay","at":"2026-11-22T10:00:00Z","state":"waiting"}"#;
        let decided: Decided<Customer> = serde_json::from_str(asked).expect("it reads");
        let Decided::Waits(question) = decided else { panic!("it waits") };
        let html = waiting(&question).to_string();
        assert!(html.contains("200 units are above the threshold of 100. Nothing"), "{html}");
        assert!(html.contains("/console/approvals/P-0000007"), "{html}");
        let done = r#"{"what":"customers","dry_run":true,"rows":1,"imported":1}"#;
        let decided: Decided<ImportReport> = serde_json::from_str(done).expect("it reads");
        assert!(matches!(decided, Decided::Done(report) if report.rows == 1));
    }
}
