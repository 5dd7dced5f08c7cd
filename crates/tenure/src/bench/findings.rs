//! What granting answers say, as far as the checker needs it: leases, seats, intervals, and what is wrong at sight.
//!
//! Invariant: an interval begins when the answer was received and ends a term after the request was sent, so it lies
//! inside the server's own view of the lease.
//! Deliberately not here: the laws over intervals (`checker.rs`), what was asked (`scripts.rs`).

use super::{
    checker::{Held, Violation},
    wire::{seats, text_field},
};
use tenure_document::Time;

/// A lease as the client keeps it.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Number of the request that got it.
    pub number: u64,
    /// Lease ID.
    pub lease: String,
    /// Its token.
    pub token: String,
}

/// What all granting scripts collect.
#[derive(Debug, Default)]
pub struct Findings {
    /// Intervals for the checker.
    pub held: Vec<Held>,
    /// Leases still held at the end.
    pub tickets: Vec<Ticket>,
    /// A few complete answers, whose documents are verified after the drive.
    pub samples: Vec<Vec<u8>>,
    /// What was wrong at sight.
    pub violations: Vec<Violation>,
    /// Denials (409).
    pub denials: u64,
    term: Option<u64>,
}

/// One answer in this many is kept whole.
const SAMPLE_EVERY: u64 = 499;

impl Findings {
    /// Takes in the answer of a checkout; gives the lease if one was granted.
    pub fn checkout(
        &mut self,
        feature: u16,
        number: u64,
        status: u16,
        body: &[u8],
        sent: u64,
        got: u64,
    ) -> Option<Ticket> {
        match status {
            201 => {}
            409 => {
                self.denials += 1;
                return None;
            }
            500.. => return None,
            _ => {
                self.wrong(format!("checkout answered {status}: {}", shorten(body)));
                return None;
            }
        }
        let (Some(lease), Some(token)) = (text_field(body, "id"), text_field(body, "token")) else {
            self.wrong(format!("granted without id or token: {}", shorten(body)));
            return None;
        };
        if number.is_multiple_of(SAMPLE_EVERY) {
            self.samples.push(body.to_vec());
        }
        let until = sent.saturating_add(self.term(body));
        match seats(body).as_slice() {
            [] => self.wrong(format!("granted without seat numbers: {}", shorten(body))),
            found => self.held.extend(found.iter().map(|seats| Held {
                feature,
                seats: *seats,
                from: got,
                until,
            })),
        }
        Some(Ticket { number, lease: lease.to_owned(), token: token.to_owned() })
    }

    /// Length of a lease in nanoseconds, read from the first answer: the server's default for all of them.
    fn term(&mut self, body: &[u8]) -> u64 {
        if let Some(term) = self.term {
            return term;
        }
        let instant = |key: &str| text_field(body, key)?.parse::<Time>().ok().map(Time::as_millis);
        let term = match (instant("issued_at"), instant("expires_at")) {
            (Some(issued), Some(expires)) => {
                u64::try_from(expires - issued).unwrap_or(0) * 1_000_000
            }
            _ => 0,
        };
        if term == 0 {
            self.wrong(format!("lease without a term: {}", shorten(body)));
        }
        self.term = Some(term);
        term
    }

    /// Notes a wrong answer.
    pub fn wrong(&mut self, what: String) {
        // The first few say it all; a broken server would fill memory with the rest.
        if self.violations.len() < 20 {
            self.violations.push(Violation::Wrong(what));
        }
    }
}

pub fn shorten(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(240)]).into_owned()
}
