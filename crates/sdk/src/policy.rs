//! What an application sees of its seat, and what the publisher decided for the time without a
//! server.
//!
//! A refusal is never softened by a policy: grace is for a server that can't be reached, not for
//! one that says no.

use std::fmt;
use std::time::Duration;

use tenure_api::Problem;
use tenure_document::Time;

use crate::error::Forged;

/// What a seat is worth while the license server can't be reached. The publisher's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// The seat stays to the end of its lease.
    #[default]
    KeepUntilExpiry,
    /// The seat stays for this long beyond the end of its lease.
    Grace(Duration),
    /// The seat ends as soon as the loss is certain (three attempts).
    Stop,
    /// The seat stays until the server can be asked again.
    Continue,
}

/// Where a seat is looked for, and in which order. The publisher's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// The containers on this machine, then the license server.
    #[default]
    LocalFirst,
    /// The license server, then the containers on this machine.
    ServerFirst,
    /// The containers on this machine only.
    LocalOnly,
    /// The license server only.
    ServerOnly,
}

/// What a seat is worth now.
#[derive(Clone, Debug, PartialEq)]
pub enum SeatState {
    /// Leased; renewed in the background unless it is borrowed.
    Held {
        /// End of the lease as this client measures it, never beyond the server's.
        until: Time,
    },
    /// The server can't be reached; the seat stays as the policy says.
    Lost {
        /// It ends here unless the server comes back; `None` for [`OnLoss::Continue`].
        until: Option<Time>,
    },
    /// The server will not renew; the seat stays to the end of its lease.
    Refused {
        /// End of the lease.
        until: Time,
        /// The server's reason.
        problem: Box<Problem>,
    },
    /// The lease ended while the machine slept; it is being asked for again.
    Lapsed,
    /// Over.
    Ended(Why),
}

impl SeatState {
    /// The application may use the feature.
    pub fn is_usable(&self) -> bool {
        !matches!(self, Self::Ended(_) | Self::Lapsed)
    }
}

/// Why a seat ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The application gave it back, or another process the borrowed lease that it was made of.
    Released,
    /// Its time is over and it was not renewed.
    Expired,
    /// The server can't be reached and the policy allows no more.
    ServerLost,
    /// The server ended it: taken over by its owner's new process, taken back by an
    /// administrator, or not granted again.
    Refused(Box<Problem>),
    /// An answer failed verification.
    Forged(Forged),
}

impl Why {
    /// Stable kebab-case word.
    pub fn code(&self) -> &str {
        match self {
            Self::Released => "released",
            Self::Expired => "expired",
            Self::ServerLost => "server-lost",
            Self::Refused(problem) => &problem.code,
            Self::Forged(_) => "forged",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released => f.write_str("given back"),
            Self::Expired => f.write_str("the lease ended and was not renewed"),
            Self::ServerLost => f.write_str("the license server can't be reached"),
            Self::Refused(problem) => write!(f, "ended by the license server: {problem}"),
            Self::Forged(forged) => forged.fmt(f),
        }
    }
}

/// What happened to a seat.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Leased for a further term, or again after a loss.
    Renewed {
        /// End of the lease as this client measures it.
        until: Time,
    },
    /// Three attempts to reach the server failed.
    Lost {
        /// The seat ends here unless the server comes back.
        until: Option<Time>,
    },
    /// The server said no to a renewal.
    Refused {
        /// End of the lease.
        until: Time,
        /// The server's reason.
        problem: Box<Problem>,
    },
    /// Over.
    Ended(Why),
}
