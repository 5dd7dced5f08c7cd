//! The office and the containers it deals with: exchange, rulings, people, web hooks, use; and the
//! laws of quantity.

#[path = "../../../document/tests/support/publisher.rs"]
mod publisher;

mod exchange;
mod formats;
mod hooks;
mod host_formats;
mod laws;
mod lines;
mod moves;
mod parts;
mod rulings;
mod sales_formats;
mod staff;
mod stage;
mod travels;
mod usage;
