//! Why a call of the client library gave no seat.
//!
//! Three kinds that an application treats differently: a refusal by the server (show its
//! explanation), a fault (try later), and a forgery (do not go on: somebody is cheating).

use std::path::PathBuf;

use tenure_api::{ApiError, DenialAnswer, Problem};
use tenure_document::DocumentError;

/// An answer or a file that does not prove what it claims.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("what the license server says is not proved: {detail} ({code})")]
pub struct Forged {
    /// What failed: a document error's code, or `wrong-nonce`, `wrong-request`, `wrong-holder`,
    /// `wrong-feature`, `wrong-server`, `wrong-lease`, `wrong-key`, `wrong-term`, `no-chain`.
    pub code: &'static str,
    /// The same for people.
    pub detail: String,
}

impl Forged {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<DocumentError> for Forged {
    fn from(error: DocumentError) -> Self {
        Self { code: error.code(), detail: error.to_string() }
    }
}

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The server granted nothing; each wanted feature with its reason and the nearest remedy.
    #[error("{0}")]
    Denied(Denied),
    /// The server refused the request as a whole.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The server could not be reached or could not answer; the request may be repeated.
    #[error(transparent)]
    Server(ApiError),
    /// An answer failed verification.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// A setting can't be used.
    #[error("{0}")]
    Setup(String),
    /// The folder of kept leases can't be read or written.
    #[error("the folder of kept leases: {path}: {reason}")]
    Store {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// No borrowed lease on this machine gives the feature.
    #[error("no borrowed lease for `{feature}` on this machine")]
    NotBorrowed {
        /// The feature.
        feature: String,
    },
}

/// What the server refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Denied {
    /// One denial per refused feature, in the order asked; never empty.
    pub denials: Vec<DenialAnswer>,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, denial) in self.denials.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{} ({})", denial.explanation, denial.reason)?;
            if let Some(remedy) = &denial.remedy {
                write!(f, " — {}", remedy.text)?;
            }
        }
        Ok(())
    }
}

impl Denied {
    /// Code of the first denial.
    pub fn code(&self) -> &str {
        self.denials.first().map_or("denied", |denial| &denial.reason)
    }
}

impl Error {
    pub(crate) fn denied(denials: Vec<DenialAnswer>) -> Self {
        Self::Denied(Denied { denials })
    }

    /// Stable kebab-case word: a denial code, a problem code, or one of `unreachable`, `forged`,
    /// `client-setup`, `store`, `not-borrowed`.
    pub fn code(&self) -> &str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Refused(problem) => &problem.code,
            Self::Server(error) => error.code(),
            Self::Forged(_) => "forged",
            Self::Setup(_) => "client-setup",
            Self::Store { .. } => "store",
            Self::NotBorrowed { .. } => "not-borrowed",
        }
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused(problem) if !problem.denials.is_empty() => {
                Self::Denied(Denied { denials: problem.denials })
            }
            ApiError::Refused(problem) => Self::Refused(problem),
            ApiError::Setup(reason) => Self::Setup(reason),
            fault => Self::Server(fault),
        }
    }
}
