//! What a failed call means to the person at the command line: exit code and next step.
//!
//! The one mapping from API errors to exit codes.
//! Deliberately not here: the wording of refusals; the server's problem documents have it.

use crate::exit::{Failure, Kind};
use tenure_api::ApiError;

/// The failure to report for a call.
pub fn failure(error: ApiError) -> Failure {
    let code = Some(error.code().to_owned());
    let (kind, hint) = match &error {
        ApiError::Refused(problem) => match problem.status {
            401 => (
                Kind::NotAuthorized,
                Some(
                    "log in with `tenure admin login`, or name the server's folder with --data DIR",
                ),
            ),
            403 => (Kind::NotAuthorized, Some("this needs another role; ask an administrator")),
            400 | 415 | 422 => (Kind::Usage, None),
            _ => (Kind::Refused, None),
        },
        // A suspended server refuses by rule, although its status says "not now".
        ApiError::Unavailable { problem, .. } if !problem.denials.is_empty() => {
            (Kind::Refused, None)
        }
        ApiError::Unavailable { .. } => {
            (Kind::Fault, Some("try again in a moment; `tenure admin health` says what is wrong"))
        }
        ApiError::Unreachable { .. } => {
            (Kind::Fault, Some("is the server running, and is --server or --office right?"))
        }
        ApiError::Garbled { .. } => {
            (Kind::Fault, Some("is this address a tenure license server or office?"))
        }
        ApiError::Setup(_) => (Kind::Usage, None),
    };
    let remedy = error
        .problem()
        .and_then(|problem| problem.denials.first()?.remedy.as_ref())
        .map(|remedy| remedy.text.clone());
    // The code is part of the problem's text already where there is a problem.
    let message = match error.problem() {
        Some(problem) => {
            [problem.explanation.as_deref().unwrap_or_default(), &problem.detail, &problem.title]
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or("no further detail")
                .to_owned()
        }
        None => error.to_string(),
    };
    Failure { kind, code, message, hint: remedy.or_else(|| hint.map(str::to_owned)) }
}
