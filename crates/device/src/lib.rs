//! The device agent: list containers, get a context, apply an update, over HTTP on the device itself.
//!
//! Kept here: one token, held by whoever can read an owner-only file; a container is opened for one call and closed
//! again; what the command line and the agent show is the same ([`Device`]).
//! Deliberately not here: the office (the agent opens no connection), the page for people, when to start and to stop.

#![forbid(unsafe_code)]

mod device;
mod doctor;
mod routes;
mod server;
mod view;

// The HTTP side.
mod app;
mod calls;
mod class;
mod refusal;

pub use device::Device;
pub use routes::api_description;
pub use server::{Options, Server};
