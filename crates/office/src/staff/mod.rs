//! What the publisher's staff sees and does.
//!
//! Kept here: every handler takes a `Permit` of the role it needs, or is on the short public list of the route
//! table test; lists page, sort and search in one way; changes are commands that name who gave them.

pub(crate) mod login;
pub(crate) mod users;
