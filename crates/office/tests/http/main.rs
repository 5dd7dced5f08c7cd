//! HTTP tests against the real router in process.
//!
//! Each file is a conversation about one part; `routes` holds the table of every route and every role.

#[path = "../support/device.rs"]
mod device;
#[path = "../support/office.rs"]
mod office;
#[path = "../../../document/tests/support/publisher.rs"]
mod publisher;

mod approvals;
mod bad_input;
mod books;
mod desk;
mod exchange;
mod gate;
mod host_keys;
mod imports;
mod login;
mod papers;
mod portal;
mod routes;
mod selling;
mod webhooks;
