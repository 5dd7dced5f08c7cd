//! The client plane: what applications and devices ask.
//!
//! Kept here: each handler reads, has the leasing floor decide, and answers from what was recorded; none of
//! them looks at the state to decide by itself. No login: a lease's token or a client key proves its holder.

pub(crate) mod chain;
pub(crate) mod checkout;
pub(crate) mod device;
pub(crate) mod lease;
pub(crate) mod ticket;
pub(crate) mod usage;
