//! What customers and technicians ask with nothing but an activation ID.
//!
//! Kept here: the activation ID is the credential; IDs that are mistyped and IDs that are not there are answered alike,
//! and cost whoever sends them a growing delay. Deliberately not here: pages.

pub(crate) mod activate;
pub(crate) mod containers;
pub(crate) mod contexts;
pub(crate) mod gate;
pub(crate) mod look_up;
