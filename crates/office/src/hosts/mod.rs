//! What applications ask that are licensed by host keys: checks, and what proves the answers.
//!
//! Deliberately not here: issuing keys (`staff`), who is counted (issuing).

pub(crate) mod checker;
pub(crate) mod rate;

pub(crate) mod check;
