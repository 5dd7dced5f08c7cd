//! What a decision works with: candidates, and the plan made of them.
//!
//! Invariants: plain values; a plan names every seat it takes by item and number of seats, the seat numbers come when it
//! is carried out. Deliberately not here: how candidates are found (candidates) and plans are made (planning).

use crate::allocation::{Source, Stage};
use crate::ids::No;
use crate::lease::{GrantCode, SeatKey};
use crate::stock::{Bin, Feature};
use crate::term::{BorrowLimit, Term};
use tenure_document::{Enforcement, Time, Version};

/// The seat key of who asks: its numbers may not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskerKey {
    /// Every checkout has its own seats.
    Own,
    /// The key; none: no lease has it yet.
    Shared(Option<SeatKey>),
}

/// An item in a pool that a request may draw on.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) bin: Bin,
    pub(crate) source: Source,
    pub(crate) term: Term,
    /// Seats that the asker has already under its seat key.
    pub(crate) shared: u32,
    /// What is free here is not for the asker: the rules don't give it the pool, or it has as much of it as one holder may.
    pub(crate) closed: bool,
    pub(crate) enforcement: Enforcement,
    /// Everything there is of it, overdraft included, and what of that is taken.
    pub(crate) total: Option<u64>,
    pub(crate) taken: u64,
    /// Free, but kept for others.
    pub(crate) withheld: u64,
    /// Seats of it that reservations keep.
    pub(crate) reserved: u64,
}

/// Seats of one item that a plan takes.
#[derive(Debug, Clone)]
pub(crate) struct PlannedPart {
    pub(crate) candidate: Candidate,
    /// Held already under the same seat key.
    pub(crate) shared: u32,
    /// Newly taken.
    pub(crate) fresh: u32,
    /// The furthest terms on which they are taken.
    pub(crate) stage: Stage,
}

/// What one wanted feature gets.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) feature: No<Feature>,
    pub(crate) version: Version,
    pub(crate) count: u32,
    pub(crate) expires: Time,
    /// What ends it before the time to borrow it that was asked for.
    pub(crate) shortened_by: Option<BorrowLimit>,
    pub(crate) code: GrantCode,
    pub(crate) parts: Vec<PlannedPart>,
}
