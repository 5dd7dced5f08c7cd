//! The HTTP shell of the license server.
//!
//! [`Server`] puts routes, access, limits and TLS around an engine that runs the leasing state. Kept here: a
//! request is read strictly, proven, handed to one decision, and answered from what the ledger recorded; every
//! error is a problem document; what a route demands stands in its signature and in the API description.
//!
//! Deliberately not here: decisions (leasing, container), commits (ledger), private keys (vault), paths,
//! environment and signals (the composition root). No external program is ever started.

#![forbid(unsafe_code)]

mod access;
mod admin;
mod answer;
mod app;
mod backoff;
mod bench;
mod body;
mod call;
mod client;
mod client_key;
mod deliver;
mod der;
mod direct;
mod extract;
mod fuzz;
mod grant_text;
mod host;
mod list;
mod machine;
mod member;
mod metrics;
mod model_body;
mod openapi;
mod options;
mod outside;
mod password;
mod past;
mod problem;
mod public;
mod refusal;
mod reservation_row;
mod routes;
mod row;
mod secret;
mod serve;
mod server;
mod session;
mod shell;
mod state_metrics;
mod tls;
mod token;
mod waiters;
mod what_if_job;
mod wire;

pub use admin::model::model_check;
pub use deliver::delivery;
pub use fuzz::fuzz_request;
pub use host::Hosts;
pub use machine::LeasingMachine;
pub use options::{Limits, Listen, Login, Options, Plane, TlsFiles};
pub use password::PasswordCost;
pub use problem::Code;
pub use routes::api_description;
pub use secret::Secret;
pub use serve::ServeFault;
pub use server::{Running, Server};
pub use shell::Shell;
pub use tls::TlsFault;
pub use token::Tokens;
