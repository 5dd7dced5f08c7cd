//! The people of the office: users, quotas, policies, and orders that wait for a second person.
//!
//! Invariants: nobody approves an order of their own; somebody who may administer stays.
//! Deliberately not here: passwords and sessions (the shell).

pub(crate) mod approvals;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod refusal;

mod again;
mod approve;
mod gate;
mod users;
