//! Reports of use from license servers.
//!
//! Invariants: see `book`. Deliberately not here: how servers make their reports.

pub(crate) mod book;
pub(crate) mod refusal;

mod take;
