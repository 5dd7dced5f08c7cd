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

/// Begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String =
        chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    out.push_str(chars.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}
