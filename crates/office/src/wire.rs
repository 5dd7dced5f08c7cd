//! Wire types that only this shell answers with.
//!
//! Whatever a client library needs stands in the api crate; here are answers that people and tools read.

use serde::Serialize;
use tenure_api::HealthStatus;
use tenure_document::Time;
use tenure_ledger::{EngineStatus, Fault};
use tenure_shell::health::{CertificateHealth, ledger_word};
use tenure_shell::tls::CertificateState;
use utoipa::ToSchema;

/// The publisher's keys as far as they are here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeyStanding {
    /// A key is here that may sign updates now.
    pub(crate) can_issue: bool,
    /// A key is here that may certify containers now.
    pub(crate) can_certify: bool,
    /// A key is here that may sign revocation lists now.
    pub(crate) can_revoke: bool,
}

/// Answer of `GET /health`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthReport {
    /// In one word.
    status: HealthStatus,
    /// Why it is not `ok`, or what an administrator should know although it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Last committed ledger entry.
    sequence: u64,
    /// `writable`, `full` or `failing`.
    ledger: &'static str,
    /// The publisher's keys.
    keys: KeyStanding,
    /// One per TLS listener.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<CertificateHealth>,
}

impl HealthReport {
    pub(crate) fn of(
        engine: &EngineStatus,
        asked: Result<Time, Fault>,
        keys: KeyStanding,
        certificates: &[CertificateState],
    ) -> Self {
        let reload_fault = certificates.iter().find_map(|state| state.reload_fault.clone());
        let (status, reason) = match (asked, &engine.degraded) {
            (Err(Fault::Stopped), _) => {
                (HealthStatus::Stopping, Some("the office is stopping".to_owned()))
            }
            (_, Some(why)) => (HealthStatus::Degraded, Some(why.clone())),
            (Err(fault), None) => (HealthStatus::Degraded, Some(fault.to_string())),
            (Ok(_), None) => (HealthStatus::Ok, keys.remark().or(reload_fault)),
        };
        Self {
            status,
            reason,
            sequence: engine.sequence,
            ledger: ledger_word(engine),
            keys,
            certificates: certificates.iter().map(CertificateHealth::from).collect(),
        }
    }

    /// Whether the office answers.
    pub(crate) fn serves(&self) -> bool {
        self.status == HealthStatus::Ok
    }
}

impl KeyStanding {
    fn remark(&self) -> Option<String> {
        let missing = match self {
            Self { can_issue: false, .. } => "issuer",
            Self { can_certify: false, .. } => "certifier",
            Self { can_revoke: false, .. } => "revoker",
            _ => return None,
        };
        Some(format!("no {missing} key is here that may sign now"))
    }
}
