//! The parts of `/health` that every shell shares: the ledger in one word, the certificates.
//!
//! Deliberately not here: when a shell says that it serves.

use serde::Serialize;
use tenure_ledger::EngineStatus;
use utoipa::ToSchema;

use crate::tls::CertificateState;

/// A TLS certificate's part of the health.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateHealth {
    /// Its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_after: Option<String>,
    /// Why the newest files were not taken; the former certificate stays in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reload_fault: Option<String>,
}

impl From<&CertificateState> for CertificateHealth {
    fn from(state: &CertificateState) -> Self {
        Self { not_after: state.not_after.clone(), reload_fault: state.reload_fault.clone() }
    }
}

/// `writable`, `full` or `failing`.
pub fn ledger_word(engine: &EngineStatus) -> &'static str {
    match (&engine.degraded, engine.full) {
        (_, true) => "full",
        (Some(_), false) => "failing",
        (None, false) => "writable",
    }
}
