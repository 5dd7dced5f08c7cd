//! Wire types that only this server answers with.
//!
//! Whatever a client library needs stands in the api crate; here are answers that people and tools read.

use serde::Serialize;
use tenure_api::HealthStatus;
use tenure_document::LeaseId;
use tenure_ledger::{EngineStatus, Fault};
use tenure_shell::health::{CertificateHealth, ledger_word};
use tenure_shell::tls::CertificateState;
use utoipa::ToSchema;

/// Answer of `DELETE /api/v1/devices/{type}/{value}`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceDropAnswer {
    /// The leases that ended.
    #[schema(value_type = Vec<String>)]
    pub(crate) released: Vec<LeaseId>,
}

/// The container's part of the health.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// It has a certificate, so clients accept its leases.
    pub(crate) certified: bool,
    /// The publisher has revoked it.
    pub(crate) revoked: bool,
    /// The clock is behind the time that is certain.
    pub(crate) clock_behind: bool,
    /// Items held.
    pub(crate) items: u32,
    /// An administrator has suspended grants.
    pub(crate) suspended: bool,
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
    /// Absent while the engine can't be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<Standing>,
    /// One per TLS listener.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<CertificateHealth>,
}

impl HealthReport {
    pub(crate) fn of(
        engine: &EngineStatus,
        container: Result<Standing, Fault>,
        certificates: &[CertificateState],
    ) -> Self {
        let ledger = ledger_word(engine);
        let reload_fault = certificates.iter().find_map(|state| state.reload_fault.clone());
        let (status, reason) = match (&container, &engine.degraded) {
            (Err(Fault::Stopped), _) => {
                (HealthStatus::Stopping, Some("the server is stopping".to_owned()))
            }
            (_, Some(why)) => (HealthStatus::Degraded, Some(why.clone())),
            (Err(fault), None) => (HealthStatus::Degraded, Some(fault.to_string())),
            (Ok(standing), None) => (HealthStatus::Ok, standing.remark().or(reload_fault)),
        };
        let certificates = certificates.iter().map(CertificateHealth::from).collect();
        let sequence = engine.sequence;
        Self { status, reason, sequence, ledger, container: container.ok(), certificates }
    }

    /// Whether grants are served.
    pub(crate) fn serves(&self) -> bool {
        self.status == HealthStatus::Ok
    }
}

impl Standing {
    /// What an administrator should know although the server answers.
    fn remark(&self) -> Option<String> {
        let remark = match self {
            Self { revoked: true, .. } => "the publisher has revoked this server",
            Self { certified: false, .. } => "no license has been applied yet",
            Self { clock_behind: true, .. } => "the clock is behind",
            Self { suspended: true, .. } => "an administrator has suspended grants",
            _ => return None,
        };
        Some(remark.to_owned())
    }
}
