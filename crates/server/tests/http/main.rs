//! HTTP tests against the real router in process: status and body of every route under snapshot.
//!
//! Each file is a conversation about one part; `routes` holds the table of every route and every role.

#[path = "../support/app.rs"]
mod app;
#[path = "../support/house.rs"]
mod house;

mod admin;
mod bad_input;
mod checkout;
mod container;
mod control;
mod explained;
mod gate;
mod lease;
mod login;
mod model;
mod office;
mod overview;
mod past;
mod queue;
mod reservations;
mod routes;
mod signature;
mod stories;
mod tls;
mod together;
mod usage;
mod what_if;
