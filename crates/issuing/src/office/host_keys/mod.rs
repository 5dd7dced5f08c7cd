//! License keys bound to host names: who has them, and how many users they have.
//!
//! Keys are made in groups: one key for each host, one count of distinct users for all of them, so that whoever works on
//! several hosts counts once. Invariants: see `book` and `users`.
//! Deliberately not here: signing keys and answers, files (the shell), what an application makes of an answer (sdk).

pub(crate) mod users;

pub(crate) mod book;

pub(crate) mod command;
pub(crate) mod refusal;

pub(crate) mod check;
mod decide;
mod fold;
pub(crate) mod views;
