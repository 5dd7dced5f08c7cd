//! The one mapping of the office's refusals to problem documents.
//!
//! Kept here: a refusal keeps its code and its sentence; the status follows from what kind of no it is.
//! Deliberately not here: faults and the shells' own problems (the shells' own floor).

use tenure_document::DocumentError;
use tenure_issuing::office::Refusal;
use tenure_ledger::SubmitError;
use tenure_shell::fault::{refusal_problem, submit_refused};
use tenure_shell::problem::{Code, Refused};

use crate::keyring::NoKey;

/// The HTTP status of a refusal's code.
fn status(code: &str) -> u16 {
    match code {
        "no-quantity" | "nothing-chosen" | "bad-part" => 422,
        "no-returns" | "no-key" => 409,
        "not-yours" => 403,
        _ if code.starts_with("no-") || code.ends_with("-unknown") => 404,
        _ if code.starts_with("bad-") || code.starts_with("too-many-choices") => 422,
        _ => 409,
    }
}

/// The problem of a refusal.
pub(crate) fn refused(refusal: impl Into<Refusal>) -> Refused {
    let refusal = refusal.into();
    let code = refusal.code();
    refusal_problem(status(code), code, &refusal.to_string()).into()
}

/// Why a command was not carried out.
pub(crate) fn unsubmitted(error: SubmitError<Refusal>) -> Refused {
    submit_refused(error, refused)
}

/// The problem of a document that is not accepted.
pub(crate) fn document_refused(error: &DocumentError) -> Refused {
    refusal_problem(422, error.code(), &error.to_string()).into()
}

/// Nothing was signed, because no key may.
pub(crate) fn no_key(NoKey(role): NoKey) -> Refused {
    tracing::error!(%role, "no publisher key is unlocked that may sign this now");
    Code::NoKey.says(format!(
        "The office holds no {role} key that may sign this now. What was decided is recorded; ask again when the \
         publisher has made or unlocked one."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_what_makes_no_sense_and_what_is_not_possible_now() {
        for (code, expected) in [
            ("no-entitlement", 404),
            ("no-quantity", 422),
            ("bad-value", 422),
            ("not-free", 409),
            ("not-yours", 403),
            ("rollback", 409),
        ] {
            assert_eq!(status(code), expected, "{code}");
        }
    }
}
