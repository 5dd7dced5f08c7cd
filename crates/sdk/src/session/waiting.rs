//! A checkout that waits: what it has, what it still waits with.
//!
//! Plain values. Not here: asking about its tickets (`polling`).

use std::collections::BTreeMap;
use std::time::Duration;

use tenure_api::{ApiError, DenialAnswer};
use tenure_document::Hash;

use super::message::{SeatId, Wanted};

/// A checkout that waits.
pub(crate) struct Waiting {
    pub wanted: Wanted,
    /// The hash of the checkout's body, which the leases name.
    pub body: Hash,
    /// What it has already.
    pub seats: Vec<SeatId>,
    pub denials: Vec<DenialAnswer>,
    /// The tokens of its tickets.
    pub tickets: BTreeMap<String, String>,
    pub refused: Option<ApiError>,
    /// The server should have said something by then.
    pub until: Duration,
}
