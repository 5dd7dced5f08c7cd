//! The HTTP shell of the license server.
//!
//! [`Server`] puts routes, access, limits and TLS around an engine that runs the leasing state. Kept here: a
//! request is read strictly, proven, handed to one decision, and answered from what the ledger recorded; every
//! error is a problem document; what a route demands stands in its signature and in the API description.
//!
//! Deliberately not here: decisions (leasing, container), commits (ledger), private keys (vault), paths,
//! environment and signals (the composition root); the one directory it reads is a shared folder (`folder`). No external program is ever started.

#![forbid(unsafe_code)]

mod access;
mod admin;
mod alarms;
mod answer;
mod app;
mod audit_job;
mod bench;
mod call;
mod client;
mod client_key;
mod courtesy;
mod der;
mod direct;
mod ferry;
mod folder;
mod fuzz;
mod grant_text;
mod in_step;
mod machine;
mod model_body;
mod office;
mod options;
mod past;
mod public;
mod refusal;
mod reports;
mod reservation_row;
mod route_class;
mod routes;
mod row;
mod server;
mod state_metrics;
mod token;
mod waiters;
mod what_if_job;
mod wire;

pub use admin::model::model_check;
pub use alarms::Alarms;
pub use folder::{
    FolderExchange, FolderFault, FolderOptions, FolderStanding, FolderState, FolderStatus,
    ServedFolder, SharedFolder,
};
pub use fuzz::fuzz_request;
pub use machine::LeasingMachine;
pub use office::Office;
pub use options::{Listen, Options, Plane};
pub use routes::api_description;
pub use server::{Server, Shell};
pub use tenure_shell::deliver::delivery;
pub use tenure_shell::host::Hosts;
pub use tenure_shell::limits::{Limits, Login};
pub use tenure_shell::password::PasswordCost;
pub use tenure_shell::problem::Code;
pub use tenure_shell::running::Running;
pub use tenure_shell::secret::Secret;
pub use tenure_shell::serve::ServeFault;
pub use tenure_shell::tls::{TlsFault, TlsFiles};
pub use token::Tokens;
