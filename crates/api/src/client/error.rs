//! What can go wrong with a call, in the kinds that a caller treats differently.
//!
//! A refusal is an answer; a fault is the absence of one. After a fault the request may have been carried out:
//! repeat it with the same idempotency key.

use std::time::Duration;

use crate::problem::Problem;

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ApiError {
    /// The server said no (4xx); repeating the same request is pointless.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The server could not, now (5xx, 429).
    #[error("the server could not answer: {problem}")]
    Unavailable {
        /// What it said.
        problem: Box<Problem>,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// No answer arrived; whether the request arrived is unknown.
    #[error("no answer from {address}: {reason}")]
    Unreachable {
        /// Base address of the server.
        address: String,
        /// What happened.
        reason: String,
    },
    /// There is no connection: the request was not sent.
    #[error("no answer from {address}: {reason}")]
    Unsent {
        /// Base address of the server.
        address: String,
        /// What happened.
        reason: String,
    },
    /// Somebody is there, and can't prove to be the server. Nothing was sent.
    #[error("{address} is not believed: {reason}")]
    Untrusted {
        /// Base address of the server.
        address: String,
        /// What is wrong with its certificate, and what to do.
        reason: String,
    },
    /// The answer is not one of this API.
    #[error("an answer that can't be read (status {status}): {reason}")]
    Garbled {
        /// HTTP status of the answer.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
    /// The client can't be set up or the request can't be sent as it is.
    #[error("{0}")]
    Setup(String),
}

impl ApiError {
    /// Stable kebab-case word: the problem's code, or one of `unreachable`, `untrusted`, `garbled`, `client-setup`.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(problem) | Self::Unavailable { problem, .. } => &problem.code,
            Self::Unreachable { .. } | Self::Unsent { .. } => "unreachable",
            Self::Untrusted { .. } => "untrusted",
            Self::Garbled { .. } => "garbled",
            Self::Setup(_) => "client-setup",
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(problem) | Self::Unavailable { problem, .. } => Some(problem.status),
            Self::Garbled { status, .. } => Some(*status),
            Self::Unreachable { .. } | Self::Unsent { .. } => None,
            Self::Untrusted { .. } | Self::Setup(_) => None,
        }
    }

    /// The problem document, where there was one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) | Self::Unavailable { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// Repeating the same request later may succeed.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Setup(_))
    }

    /// Nobody knows whether the request was carried out.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unsent { .. } | Self::Untrusted { .. } | Self::Setup(_) => {
                false
            }
            // Said before anything is done.
            Self::Unavailable { problem, .. } => !matches!(problem.status, 429 | 503),
            Self::Unreachable { .. } | Self::Garbled { .. } => true,
        }
    }

    /// The same of a request that was sent: by an earlier try, or in spite of what went wrong after it.
    #[must_use]
    pub fn sent(self) -> Self {
        match self {
            Self::Unsent { address, reason } => Self::Unreachable { address, reason },
            other => other,
        }
    }

    /// The same of a request that was not sent, because one that has to come before it had no answer.
    #[must_use]
    pub fn unsent(self) -> Self {
        match self {
            Self::Unreachable { address, reason } => Self::Unsent { address, reason },
            other => other,
        }
    }

    /// When the server asks to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
