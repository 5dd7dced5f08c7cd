//! The containers that the office has met: what they show, what is issued to them, what becomes of them.
//!
//! Invariants: a container whose history does not fit gets nothing by itself; everything issued stays in its history; a
//! generation that is over is on the revocation list.
//! Deliberately not here: what an activation needs in a container (`work`), signing.

// What is stored.
pub(crate) mod book;
pub(crate) mod container;
pub(crate) mod history;
pub(crate) mod moves;

// What is asked, and what happened.
pub(crate) mod orders;
pub(crate) mod refusal;

// What decisions about transfers start from.
mod whereabouts;

// How the state changes.
mod fold;

// Decisions.
mod catching_up;
mod exchange;
mod issuing;
mod moving;
mod receipt;
mod replacements;
mod rulings;
mod succession;
mod updates;
pub(crate) mod views;
