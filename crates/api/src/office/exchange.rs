//! What containers say to the office and what it answers: the exchange, receipts, usage reports.
//!
//! Documents go in as they are, in any of their forms (armoured, JSON, the text of a QR code); what comes out is
//! armoured text inside JSON, or the text alone where `Accept` asks for [`UPDATE_MEDIA_TYPE`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::portal::PortalActivation;

/// The media type of an armoured update: asked for by `Accept`, it is answered alone.
pub const UPDATE_MEDIA_TYPE: &str = "application/vnd.tenure.update";

/// What a context told the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The container was not known.
    New,
    /// The very same context as before.
    Retry,
    /// It is as far as it was.
    InStep,
    /// It is further than before: a receipt.
    Acknowledged,
    /// It begins a new generation.
    NewGeneration,
}

/// An update, and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IssuedUpdate {
    /// The container, by its serial.
    pub serial: String,
    /// What the context told; absent where there was none (push).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The armoured update document.
    pub update: String,
    /// A good name for its file.
    #[schema(example = "T-XXXX-XXXX-XXXX.update.tnr")]
    pub file_name: String,
    /// The container has applied so many operations, as far as the office knows.
    pub from_sequence: u64,
    /// The update brings it here.
    pub to_sequence: u64,
    /// What the update does, for people, one line each; the first hundred.
    #[serde(default)]
    pub summary: Vec<String>,
    /// The activations that this call made or touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activations: Vec<PortalActivation>,
    /// When the device should ask again, if it asks by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_again_seconds: Option<u64>,
}

impl IssuedUpdate {
    /// There is nothing to do for the container (trust documents may travel all the same).
    pub fn is_empty(&self) -> bool {
        self.from_sequence == self.to_sequence
    }
}

/// `POST /api/v1/receipts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptAnswer {
    /// The container, by its serial.
    pub serial: String,
    /// It has applied so many operations.
    pub sequence: u64,
    /// It had been known before: nothing changed.
    pub already_known: bool,
    /// Activations that it confirmed.
    #[serde(default)]
    pub confirmed: Vec<String>,
    /// Activations that it returned.
    #[serde(default)]
    pub returned: Vec<String>,
    /// Operations issued that it still lacks.
    pub outstanding: u64,
}

/// `POST /api/v1/usage`: a usage report of a license server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageTaken {
    /// The license server's container, by its serial.
    pub serial: String,
    /// It had been taken in before: nothing changed.
    pub already_known: bool,
    /// How it continues the report before: `first`, `seamless`, `gap` or `fork`.
    #[serde(default)]
    pub continuity: String,
    /// The server's ledger is reported up to here.
    pub to_sequence: u64,
}
