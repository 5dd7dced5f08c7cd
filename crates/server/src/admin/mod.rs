//! The admin plane: what administrators see and do.
//!
//! Kept here: every handler takes a `Permit` of the role it needs, or is on the short public list of the route
//! table test; lists page, sort and search in one way; changes are commands that name who gave them.

pub(crate) mod container;
pub(crate) mod control;
pub(crate) mod denials;
pub(crate) mod devices;
pub(crate) mod explanation;
pub(crate) mod features;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod leases;
pub(crate) mod login;
pub(crate) mod model;
pub(crate) mod model_history;
pub(crate) mod office;
pub(crate) mod overview;
pub(crate) mod pools;
pub(crate) mod queue;
pub(crate) mod reports;
pub(crate) mod reservations;
pub(crate) mod series;
pub(crate) mod timeline;
pub(crate) mod users;
pub(crate) mod what_if;
