//! The HTTP shell of a publisher's office.
//!
//! [`Server`] puts routes, access, limits and TLS around an engine that runs the office's books. Kept here: a request
//! is read strictly, proven (a session, an activation ID or a container's signature), handed to one decision, and
//! answered from what the ledger recorded; what is signed was committed before; every error is a problem document.
//!
//! Deliberately not here: decisions (issuing), commits (ledger), private keys (whoever composes gives signers), pages
//! (whoever composes mounts them), paths, environment and signals.

#![forbid(unsafe_code)]

mod access;
mod app;
mod container;
mod hook_job;
mod hook_secret;
mod hosts;
mod issue;
mod keyring;
mod listing;
mod machine;
mod names;
mod options;
mod order;
mod papers_job;
mod portal;
mod public;
mod push;
mod reading;
mod refusal;
mod route_class;
mod routes;
mod rows;
mod server;
mod staff;
mod state_metrics;
mod wire;

pub use keyring::{Keyring, NoKey, Parcel, PublisherKey};
pub use machine::OfficeMachine;
pub use options::{KeepRevocation, Listen, Options, ReadPicture};
pub use routes::api_description;
pub use server::{Desk, Server, Shell};
pub use staff::imports::LIST_MAX;
