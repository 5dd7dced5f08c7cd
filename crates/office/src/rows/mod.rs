//! What the books hold, as it stands on the wire.
//!
//! Kept here: reading changes nothing; nothing is on the wire that is not in the state; names of the state and of the
//! wire are one word each. Deliberately not here: which rows are asked for (`listing`), who may see them (routes).

pub(crate) mod activation;
pub(crate) mod approval;
pub(crate) mod catalog;
pub(crate) mod container;
pub(crate) mod customer;
pub(crate) mod entitlement;
pub(crate) mod host_key;
pub(crate) mod portal;
pub(crate) mod terms;
pub(crate) mod terms_text;
pub(crate) mod webhook;
