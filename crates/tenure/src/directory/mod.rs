//! Licenses through a shared directory: the server that scans it, and the client for applications without the SDK.
//!
//! Deliberately not here: what is exchanged (`tenure_api::folder`), how it is scanned (`tenure_server`), how answers are
//! proved (`tenure_sdk`).

mod client;
mod home;
mod server;
mod view;

pub use client::FolderClientArgs;
pub use server::FolderServerArgs;
