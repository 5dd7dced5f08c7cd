//! What goes into a session and what comes out: events, actions, and the messages to a server.
//!
//! Plain values; a message's body is bytes, because the hash in a lease covers them. Not here:
//! how a message travels (`transport`).

use std::collections::BTreeMap;
use std::time::Duration;

use tenure_api::{
    ApiError, ChainAnswer, CheckoutAnswer, CheckoutRequest, DenialAnswer, DesiredFeature,
    Dictionary, Granularity, RenewalsAnswer, Seconds,
};
use tenure_document::{Bytes, Holder, LeaseId, PublicKey};

use super::held::{HeldLease, Loan};
use crate::error::Error;
use crate::policy::Notice;

/// One checkout asked for by the application; numbered by whoever drives the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One seat of the application: one lease and whatever follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub u64);

/// One message to the server, the same for all its repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What the application wants, apart from who it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Features; without any, the server decides.
    pub features: Vec<DesiredFeature>,
    /// Borrow for this long.
    pub borrow: Option<Seconds>,
    /// Round the end up to this unit.
    pub granularity: Option<Granularity>,
    /// All features or none.
    pub all: bool,
    /// Facts that rules may ask for.
    pub dictionary: Dictionary,
    /// Only items with these selectors.
    pub selectors: BTreeMap<String, String>,
    /// Wait in the queue for at most this long.
    pub wait: Option<Seconds>,
}

impl Wanted {
    /// The request of `holder` for this.
    pub(crate) fn request(
        &self,
        holder: &Holder,
        nonce: Bytes,
        client_key: Option<PublicKey>,
    ) -> CheckoutRequest {
        CheckoutRequest {
            holder: holder.clone(),
            features: self.features.clone(),
            borrow: self.borrow,
            granularity: self.granularity,
            all: self.all,
            dictionary: self.dictionary.clone(),
            selectors: self.selectors.clone(),
            wait: self.wait,
            nonce: Some(nonce),
            client_key,
        }
    }
}

/// A message to the server. Bodies are the bytes that the hash in a lease covers.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Fetch the chain of trust.
    Chain,
    /// Check out: body of `POST /api/v1/leases`.
    Checkout(Vec<u8>),
    /// Renew: body of `POST /api/v1/renewals`.
    Renew(Vec<u8>),
    /// Ask about a ticket, and take what it was offered. The answer may take `wait` seconds.
    Poll {
        /// The ticket.
        id: String,
        /// Its token.
        token: String,
        /// Echoed in the leases.
        nonce: Bytes,
        /// Seconds that the answer may take.
        wait: u64,
    },
    /// Wait no longer.
    Cancel {
        /// The ticket.
        id: String,
        /// Its token.
        token: String,
    },
    /// Give a lease back.
    Release {
        /// The lease.
        lease: LeaseId,
        /// Its token.
        token: String,
    },
}

/// The server's answer to a [`Message`].
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To [`Message::Chain`].
    Chain(ChainAnswer),
    /// To [`Message::Checkout`] and [`Message::Poll`].
    Checkout(CheckoutAnswer),
    /// To [`Message::Renew`].
    Renewed(RenewalsAnswer),
    /// To [`Message::Release`] and [`Message::Cancel`].
    Released,
}

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Event {
    /// The application asks.
    Checkout {
        /// Its number, echoed in the actions that answer it.
        request: RequestId,
        /// What it wants.
        wanted: Wanted,
    },
    /// A message was answered or failed. Unknown and repeated answers are ignored.
    Answered {
        /// The message.
        ticket: Ticket,
        /// The outcome.
        answer: Result<Reply, ApiError>,
    },
    /// A borrowed lease was read from disk and verified.
    Restored {
        /// The seat it becomes.
        request: RequestId,
        /// The lease.
        lease: Box<HeldLease>,
        /// How long it still is.
        left: Duration,
    },
    /// The application gives a seat back.
    Release {
        /// The seat.
        seat: SeatId,
    },
    /// The application waits for a checkout no longer.
    GiveUp {
        /// Its number.
        request: RequestId,
    },
    /// The application forgets a seat without giving it back.
    Forget {
        /// The seat.
        seat: SeatId,
    },
    /// A borrowed lease is kept on disk no more: another process gave it back.
    GivenBack {
        /// Which.
        loan: Loan,
    },
    /// Time passed.
    Tick,
}

/// What is to be done outside.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a message; the outcome comes back as [`Event::Answered`]. A [`Message::Poll`] stays open for a while: send it
    /// where nothing else has to wait.
    Send {
        /// The message's number.
        ticket: Ticket,
        /// The message.
        message: Message,
        /// Its idempotency key, the same for all repetitions.
        key: String,
    },
    /// A checkout succeeded, at least in part.
    Granted {
        /// Which.
        request: RequestId,
        /// One seat per lease.
        seats: Vec<SeatId>,
        /// What was refused.
        denials: Vec<DenialAnswer>,
    },
    /// A checkout failed.
    Failed {
        /// Which.
        request: RequestId,
        /// Why.
        error: Error,
    },
    /// A release was answered. A lease that the server no longer knows counts as given back.
    Returned {
        /// The seat.
        seat: SeatId,
        /// The outcome.
        outcome: Result<(), Error>,
    },
    /// Something happened to a seat.
    Tell {
        /// The seat.
        seat: SeatId,
        /// What.
        notice: Notice,
    },
    /// A new chain of trust was verified; keep it for times without a server.
    Keep(Box<ChainAnswer>),
}
