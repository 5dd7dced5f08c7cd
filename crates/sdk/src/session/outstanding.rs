//! Messages that have not been answered, what they are for, and what waits for a chain of trust.
//!
//! Invariant: body, idempotency key and the instant of the first sending stay as they are through
//! all repetitions. Not here: when to repeat (`state`).

use std::time::Duration;

use tenure_document::{Bytes, Hash};

use super::message::{Message, Reply, RequestId, SeatId, Wanted};

/// A message that has not been answered.
#[derive(Clone)]
pub(crate) struct Outstanding {
    pub purpose: Purpose,
    pub message: Message,
    pub key: String,
    pub first_sent: Duration,
    pub failures: u32,
    /// Send again at this instant; `None` while it is under way.
    pub retry_at: Option<Duration>,
}

impl Outstanding {
    /// The hash of the body, as a lease must name it.
    pub fn request(&self) -> Hash {
        match &self.message {
            Message::Checkout(body) | Message::Renew(body) => Hash::of(body),
            Message::Chain
            | Message::Poll { .. }
            | Message::Cancel { .. }
            | Message::Release { .. } => Hash::of(&[]),
        }
    }

    /// Whether it is so old that no answer to it is of use any more: nothing that it would borrow is left, either.
    pub fn is_older(&self, than: Duration, now: Duration) -> bool {
        let borrow = match &self.purpose {
            Purpose::Checkout { wanted, .. } => wanted.borrow.map(|borrow| borrow.duration()),
            _ => None,
        };
        now.saturating_sub(self.first_sent) >= than.max(borrow.unwrap_or_default())
    }
}

/// What a message is for.
#[derive(Clone)]
pub(crate) enum Purpose {
    Chain,
    Checkout { request: RequestId, wanted: Wanted, nonce: Bytes },
    Reacquire { seat: SeatId, nonce: Bytes },
    Renew { seats: Vec<(SeatId, Bytes)> },
    Release { seat: SeatId },
    Poll { request: RequestId, id: String, nonce: Bytes },
    Cancel,
}

/// What waits for a chain of trust.
pub(crate) enum Pending {
    Start {
        request: RequestId,
        wanted: Wanted,
    },
    Judge(Box<(Outstanding, Reply)>),
    /// A borrowed lease of another server than the one that is known.
    Release {
        seat: SeatId,
    },
}
