//! The publisher's office as the server sees it: the calls it makes there, and how they went.
//!
//! Invariants: outbound only, to the address of the configuration and no other; nothing of how it went is stored.
//! Deliberately not here: when and what is asked (in_step), the address and its certificate (the composition root).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure_api::office::{IssuedUpdate, ReceiptAnswer, UsageTaken};
use tenure_api::{ApiError, OfficeClient, SyncRound};

/// The calls to an office that a license server makes. They block.
pub trait Office: Send + Sync {
    /// Where it is, for people.
    fn address(&self) -> &str;

    /// A context goes in, an update comes out.
    ///
    /// # Errors
    /// The office refused, or did not answer.
    fn exchange(&self, context: Vec<u8>, key: &str) -> Result<IssuedUpdate, ApiError>;

    /// A report of use goes in.
    ///
    /// # Errors
    /// As above.
    fn take_usage(&self, report: Vec<u8>, key: &str) -> Result<UsageTaken, ApiError>;

    /// A receipt goes in.
    ///
    /// # Errors
    /// As above.
    fn take_receipt(&self, receipt: Vec<u8>, key: &str) -> Result<ReceiptAnswer, ApiError>;
}

impl Office for OfficeClient {
    fn address(&self) -> &str {
        OfficeClient::address(self)
    }

    fn exchange(&self, context: Vec<u8>, key: &str) -> Result<IssuedUpdate, ApiError> {
        OfficeClient::exchange(self, context, key)
    }

    fn take_usage(&self, report: Vec<u8>, key: &str) -> Result<UsageTaken, ApiError> {
        OfficeClient::take_usage(self, report, key)
    }

    fn take_receipt(&self, receipt: Vec<u8>, key: &str) -> Result<ReceiptAnswer, ApiError> {
        OfficeClient::take_receipt(self, receipt, key)
    }
}

/// The office of this server, and how the rounds went.
#[derive(Default)]
pub(crate) struct InStep {
    pub(crate) office: Option<Arc<dyn Office>>,
    past: Mutex<Past>,
    /// Held during a round.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

/// How the rounds since the start went.
#[derive(Clone, Default)]
pub(crate) struct Past {
    pub(crate) last: Option<SyncRound>,
    pub(crate) failures: u32,
}

impl InStep {
    pub(crate) fn new(office: Option<Arc<dyn Office>>) -> Self {
        Self { office, ..Self::default() }
    }

    pub(crate) fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
