//! What a failed call means to the person at the command line: exit code and next step.
//!
//! The one mapping from API errors to exit codes. A command that the server asked doesn't have is told with the one that
//! has it.
//! Deliberately not here: the wording of refusals; the server's problem documents have it.

use crate::exit::{Failure, Kind};
use tenure_api::ApiError;

/// What a command is for, and the address that was asked.
#[derive(Debug, Clone)]
pub enum Asked {
    /// The administration of a license server.
    LicenseServer(String),
    /// An office.
    Office(String),
}

/// Of a path that the other side doesn't know: who has the command, and how to name that one.
pub fn elsewhere(error: anyhow::Error, asked: Asked) -> anyhow::Error {
    let code = error.downcast_ref::<Failure>().and_then(|failure| failure.code.as_deref());
    if code != Some("no-such-path") {
        return error;
    }
    let (who, address, hint) = match asked {
        Asked::LicenseServer(address) => (
            "the administration of a license server",
            address,
            "it is a command of a license server: name that with --server URL or --data DIR",
        ),
        Asked::Office(address) => (
            "an office",
            address,
            "it is a command of an office: name that with --office URL or --data DIR",
        ),
    };
    Failure::refused("no-such-path", format!("{address} is not {who}")).hint(hint).into()
}

/// The failure to report for a call.
pub fn failure(error: ApiError) -> Failure {
    let code = Some(error.code().to_owned());
    let (kind, hint) = match &error {
        ApiError::Refused(problem) if problem.code == "login-failed" => (Kind::NotAuthorized, None),
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
        ApiError::Unreachable { .. } | ApiError::Unsent { .. } => {
            (Kind::Fault, Some("is the server running, and is --server or --office right?"))
        }
        ApiError::Untrusted { .. } => {
            (Kind::Fault, Some("a certificate to believe is named with --ca FILE"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(code: &str, asked: Asked, expected: Expect) {
        let told = Failure::refused(code, "There is nothing at `/api/v1/features`.");
        let error = elsewhere(told.into(), asked);
        let failure = error.downcast_ref::<Failure>().expect("a failure");
        expected.assert_eq(&format!("{failure}; {}", failure.hint.as_deref().unwrap_or("no hint")));
    }

    #[test]
    fn a_command_that_the_other_side_lacks_says_who_has_it() {
        check(
            "no-such-path",
            Asked::LicenseServer("http://office:7080".to_owned()),
            expect![
                "http://office:7080 is not the administration of a license server [no-such-path]; it is a command of a license server: name that with --server URL or --data DIR"
            ],
        );
        check(
            "no-such-path",
            Asked::Office("http://127.0.0.1:7080".to_owned()),
            expect![
                "http://127.0.0.1:7080 is not an office [no-such-path]; it is a command of an office: name that with --office URL or --data DIR"
            ],
        );
        check(
            "not-found",
            Asked::Office("http://127.0.0.1:7080".to_owned()),
            expect!["There is nothing at `/api/v1/features`. [not-found]; no hint"],
        );
    }
}
