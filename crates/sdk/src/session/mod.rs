//! The session core: what a client knows and what it does next, without clock, chance or network.
//!
//! `Session::step(event, now)` changes the state and returns actions; whoever drives it performs
//! them and reports back as events. A lease is counted from the instant its request was *first*
//! sent, on a clock that never goes back, so it always ends here before it ends at the server.
//! Deliberately absent: threads, files (see `store`), and retries that a caller could see.

mod held;

mod message;

mod outstanding;

mod seat;

mod state;

mod verdict;

mod waiting;

mod polling;

mod giving_back;

pub use message::{Action, Event, Message, Reply, RequestId, SeatId, Ticket, Wanted};

pub use held::{HeldLease, Loan};

pub use state::{Session, Settings};
