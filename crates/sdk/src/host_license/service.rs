//! How a check reaches the office: a narrow port, and its one real implementation.
//!
//! Invariants: bounded in time; headers that say nothing about who asks. Deliberately not here: what is sent.

use std::time::Duration;

use tenure_api::office::HostCheckPapers;
use tenure_api::{ApiError, TlsTrust};
use tenure_api::{ClientOptions, OfficeClient};

/// Time for one attempt.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Carries a check to the office and its answer back.
pub trait CheckService: Send + Sync {
    /// Sends the bytes of a check; the answer is a signed document.
    ///
    /// # Errors
    /// A refusal, or a fault; neither says anything about the key.
    fn check(&self, question: &[u8]) -> Result<String, ApiError>;

    /// The documents that answers are proved with.
    ///
    /// # Errors
    /// As [`CheckService::check`].
    fn papers(&self) -> Result<HostCheckPapers, ApiError>;
}

impl CheckService for OfficeClient {
    fn check(&self, question: &[u8]) -> Result<String, ApiError> {
        self.check_host(question.to_vec()).map(|answer| answer.document)
    }

    fn papers(&self) -> Result<HostCheckPapers, ApiError> {
        self.host_check_papers()
    }
}

/// The office at this address.
pub(crate) fn office(address: &str, trust: TlsTrust) -> Result<OfficeClient, ApiError> {
    let mut options = ClientOptions::new(address);
    options.trust = trust;
    options.timeout = TIMEOUT;
    options.connect_timeout = TIMEOUT / 2;
    // Four things go out; the version of this library is none of them.
    options.agent = "tenure".to_owned();
    OfficeClient::new(options)
}
