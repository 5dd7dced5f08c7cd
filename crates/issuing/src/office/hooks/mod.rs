//! Web hooks: telling other systems what happened.
//!
//! Invariants: see `book`. Deliberately not here: sending and signing (the shell).

pub(crate) mod book;
pub(crate) mod refusal;

mod change;
pub(crate) mod tell;
