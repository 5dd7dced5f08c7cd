//! What a publisher knows of its containers, and the updates it makes for them.
//!
//! Invariants: an operation once issued stays in the container's history for ever, with its number and hash; an update
//! is always everything since the last acknowledged operation, so the newest file suffices; a container whose history
//! does not fit the record gets nothing by itself: a person decides.
//!
//! [`office`] is the whole back office around it; without it, one record per container is enough (`tenure issue`).
//!
//! Deliberately not here: files, keys and signing (the program's).

mod certify;
mod contact;
mod issue;
pub mod office;
mod record;

pub use certify::{certificate_for, server_uses};
pub use contact::{ContactRefusal, Finding};
pub use issue::{IssueRefusal, Order, TrustPapers, Withdrawal};
pub use record::{ContainerRecord, Standing};
