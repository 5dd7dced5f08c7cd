//! What the publisher's staff sees and does.
//!
//! Kept here: every handler takes a `Permit` of the role it needs, or is on the short public list of the route
//! table test; lists page, sort and search in one way; changes are commands that name who gave them.

pub(crate) mod activations;
pub(crate) mod approvals;
pub(crate) mod catalog;
pub(crate) mod containers;
pub(crate) mod customers;
pub(crate) mod entitlements;
pub(crate) mod exports;
mod forgotten;
pub(crate) mod host_keys;
pub(crate) mod imports;
pub(crate) mod journal;
mod journal_text;
pub(crate) mod lines;
pub(crate) mod login;
pub(crate) mod policies;
pub(crate) mod status;
pub(crate) mod usage;
pub(crate) mod users;
mod waiting;
pub(crate) mod webhooks;
