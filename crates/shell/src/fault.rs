//! Faults of the ledger and refusals of any decision as problem documents.
//!
//! Kept here: a refusal keeps its code and its sentence; a fault says nothing of its cause.
//! Deliberately not here: which status a refusal has. Each shell maps its own, exhaustively.

use tenure_api::Problem;
use tenure_ledger::{Fault, SubmitError};

use crate::problem::{Code, Refused};

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let code = match fault {
            Fault::Storage => Code::StorageFailed,
            Fault::Full => Code::StorageFull,
            Fault::Stopped => Code::Stopping,
            Fault::Overloaded => Code::Overloaded,
            Fault::Bug => Code::Internal,
        };
        let patience = match fault {
            Fault::Overloaded => 1,
            Fault::Stopped => 5,
            Fault::Storage | Fault::Full | Fault::Bug => 30,
        };
        code.says(sentence(&fault.to_string())).retry_after(patience)
    }
}

/// Why a command was not carried out; `refused` maps the machine's own refusals.
pub fn submit_refused<R>(error: SubmitError<R>, refused: impl FnOnce(R) -> Refused) -> Refused {
    match error {
        SubmitError::Refused(refusal) => refused(refusal),
        SubmitError::Fault(fault) => fault.into(),
        SubmitError::KeyReused => Code::KeyReused
            .says("The same Idempotency-Key came with another request before. Use a new key."),
        SubmitError::AnswerArchived { sequence } => Code::AnswerGone.says(format!(
            "This is a repeat of a request that was carried out in ledger entry {sequence}, which is archived \
             by now. Nothing was done. To do it again, use a new key."
        )),
    }
}

/// The problem of a refusal: its code and its sentence.
pub fn refusal_problem(status: u16, code: &str, text: &str) -> Problem {
    Problem::new(status, code, "Refused", sentence(text))
}

/// Begins with a capital and ends with a full stop; a name in front, such as `lines[0].quantity:`, stays as it is written.
pub fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_alphabetic() || "',;".contains(c));
    let mut chars = text.chars();
    let mut out = String::with_capacity(text.len() + 1);
    match chars.next() {
        Some(letter) if is_word => out.extend(letter.to_uppercase()),
        Some(letter) => out.push(letter),
        None => {}
    }
    out.push_str(chars.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_but_a_name_stays_as_it_is() {
        for (text, expected) in [
            ("there is none", "There is none."),
            ("it can't be", "It can't be."),
            ("why?", "why?"),
            ("lines[0].quantity: must be at least 1", "lines[0].quantity: must be at least 1."),
            ("quantity: must be at least 1", "quantity: must be at least 1."),
            ("window_days must be 1 to 366", "window_days must be 1 to 366."),
            ("cad-suite 3.0 can't be sold", "cad-suite 3.0 can't be sold."),
            ("", "."),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
