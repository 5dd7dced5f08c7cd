//! What a request through a folder asks for: one call of the client plane.
//!
//! Invariants: each action stands for one method and path of the HTTP interface, so a request means the same both ways
//! and is signed over the same bytes; nothing of the admin plane can be asked.

use tenure_document::Bytes;

/// One call of the client plane. Bodies are the JSON that the HTTP interface takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// `GET /api/v1/chain`
    Chain,
    /// `POST /api/v1/leases`
    Checkout(Vec<u8>),
    /// `POST /api/v1/renewals`
    Renew(Vec<u8>),
    /// `DELETE /api/v1/leases/{id}`
    Release {
        /// The lease.
        lease: String,
        /// Its token.
        token: String,
    },
    /// `GET /api/v1/tickets/{id}`
    Poll {
        /// The ticket.
        ticket: String,
        /// Its token.
        token: String,
        /// Echoed in the leases.
        nonce: Bytes,
        /// Seconds that the answer may take.
        wait: u64,
    },
    /// `DELETE /api/v1/tickets/{id}`
    Cancel {
        /// The ticket.
        ticket: String,
        /// Its token.
        token: String,
    },
    /// `POST /api/v1/usage`
    Consume(Vec<u8>),
    /// `POST /api/v1/usage/{id}/undo`
    Undo {
        /// The consumption.
        usage: String,
        /// The body, with its token.
        body: Vec<u8>,
    },
    /// `POST /api/v1/usage/batch`
    ReportUsage(Vec<u8>),
}

impl Asked {
    /// The word of the action.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Checkout(_) => "checkout",
            Self::Renew(_) => "renew",
            Self::Release { .. } => "release",
            Self::Poll { .. } => "poll",
            Self::Cancel { .. } => "cancel",
            Self::Consume(_) => "consume",
            Self::Undo { .. } => "undo",
            Self::ReportUsage(_) => "report-usage",
        }
    }

    /// The method over HTTP.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Chain | Self::Poll { .. } => "GET",
            Self::Release { .. } | Self::Cancel { .. } => "DELETE",
            _ => "POST",
        }
    }

    /// Path and query over HTTP.
    pub fn path(&self) -> String {
        match self {
            Self::Chain => "/api/v1/chain".to_owned(),
            Self::Checkout(_) => "/api/v1/leases".to_owned(),
            Self::Renew(_) => "/api/v1/renewals".to_owned(),
            Self::Release { lease, .. } => format!("/api/v1/leases/{lease}"),
            Self::Poll { ticket, nonce, wait, .. } => {
                format!("/api/v1/tickets/{ticket}?wait={wait}&nonce={nonce}")
            }
            Self::Cancel { ticket, .. } => format!("/api/v1/tickets/{ticket}"),
            Self::Consume(_) => "/api/v1/usage".to_owned(),
            Self::Undo { usage, .. } => format!("/api/v1/usage/{usage}/undo"),
            Self::ReportUsage(_) => "/api/v1/usage/batch".to_owned(),
        }
    }

    /// The body; empty where there is none.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Checkout(body)
            | Self::Renew(body)
            | Self::Consume(body)
            | Self::ReportUsage(body)
            | Self::Undo { body, .. } => body,
            _ => &[],
        }
    }

    /// The token that goes beside the body.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Release { token, .. } | Self::Cancel { token, .. } | Self::Poll { token, .. } => {
                Some(token)
            }
            _ => None,
        }
    }

    /// The lease, ticket or consumption that it is about.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Release { lease: subject, .. }
            | Self::Poll { ticket: subject, .. }
            | Self::Cancel { ticket: subject, .. }
            | Self::Undo { usage: subject, .. } => Some(subject),
            _ => None,
        }
    }
}
