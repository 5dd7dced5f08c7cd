//! Exit codes of the program, by kind of problem, and the one error type that carries them.
//!
//! Invariants: 0 is success and nothing else; 1 a check that ran and failed (bench, verify); 2 usage, 3 refusal or denial, 4 fault or unreachable, 5 corruption,
//! 6 not authorized; `lmstat` has those of the tool that it stands for. Scripts may rely on the numbers. An error says what is wrong and, where there is a next step,
//! what to do (`hint`).
//! Deliberately not here: what any error of a lower floor means to a user; that is said where the call is made.

use std::{fmt, process::ExitCode};

/// The kind of a problem, which is all that a script needs to branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A check ran to its end and found something wrong.
    CheckFailed,
    /// The command or its input makes no sense.
    Usage,
    /// The answer is no, because of a rule.
    Refused,
    /// It could not be done: server unreachable, disk full, file not readable.
    Fault,
    /// Stored state breaks an invariant.
    Corrupt,
    /// Not logged in, or the role does not allow it.
    NotAuthorized,
    /// The code of the tool in whose place a command stands.
    AsOriginal(u8),
}

impl Kind {
    /// The process exit code of this kind.
    pub const fn code(self) -> u8 {
        match self {
            Kind::CheckFailed => 1,
            Kind::Usage => 2,
            Kind::Refused => 3,
            Kind::Fault => 4,
            Kind::Corrupt => 5,
            Kind::NotAuthorized => 6,
            Kind::AsOriginal(code) => code,
        }
    }
}

/// An error that knows its kind, a stable code where one exists, and what to do about it.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// Stable kebab-case code (`no-seats`, `wrong-container`), when the problem has one.
    pub code: Option<String>,
    /// What is wrong, for people.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    /// A problem of the given kind without a code.
    pub fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure { kind, code: None, message: message.into(), hint: None }
    }

    /// The command or its input makes no sense.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    /// The answer is no; `code` is the stable code of the refusal or denial.
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure { code: Some(code.into()), ..Failure::new(Kind::Refused, message) }
    }

    /// It could not be done.
    pub fn fault(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Fault, message)
    }

    /// Stored state breaks an invariant.
    pub fn corrupt(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Corrupt, message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.code {
            Some(code) => write!(f, " [{code}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// Prints an error and its hint on stderr and gives the exit code of its kind.
///
/// A reader that went away (`tenure … | head`) is not an error.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    note!("error: {error:#}");
    if let Some(hint) =
        error.chain().find_map(|cause| cause.downcast_ref::<Failure>()?.hint.as_ref())
    {
        note!("  hint: {hint}");
    }
    ExitCode::from(kind_of(error).code())
}

/// The kind of an error: the first [`Failure`] in its chain decides, anything else is a fault.
pub fn kind_of(error: &anyhow::Error) -> Kind {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Failure>())
        .map_or(Kind::Fault, |failure| failure.kind)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_in_the_chain_decides() {
        let refusal = anyhow::Error::new(Failure::refused("no-seats", "all 5 seats are taken"))
            .context("checkout of cad");
        assert_eq!(kind_of(&refusal), Kind::Refused);
        assert_eq!(format!("{refusal:#}"), "checkout of cad: all 5 seats are taken [no-seats]");
        assert_eq!(kind_of(&anyhow::anyhow!("disk gone")), Kind::Fault);
    }
}
