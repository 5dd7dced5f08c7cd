//! What a composition root tells every shell: bounds of requests, sessions and passwords.
//!
//! Kept here: every option has a working default, and no default is unsafe.
//! Deliberately not here: files and environment; `tenure` reads them and passes values.

use std::time::Duration;

use crate::password::PasswordCost;

/// Bounds that keep one client from taking the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body in bytes; beyond it 413.
    pub body_max: usize,
    /// Time for the header of a request, and for an idle connection.
    pub header_timeout: Duration,
    /// Time for the body of a request; beyond it 408.
    pub body_timeout: Duration,
    /// Time for the whole answer; beyond it 503.
    pub request_timeout: Duration,
    /// Open connections; further ones are closed at once.
    pub connections_max: usize,
    /// Requests in flight; beyond it 503 with `Retry-After`.
    pub in_flight_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_max: 1024 * 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            connections_max: 20_000,
            in_flight_max: 20_000,
        }
    }
}

/// How long idle sessions live and how dear a password is. How long any session lives is a property of the state.
#[derive(Debug, Clone)]
pub struct Login {
    /// A session that is not used for this long ends.
    pub idle: Duration,
    /// Cost of one argon2id hash.
    pub cost: PasswordCost,
}

impl Default for Login {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), cost: PasswordCost::default() }
    }
}
