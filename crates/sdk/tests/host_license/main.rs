//! Licenses bound to a host name: files, offline policies, what is sent, what an answer can do and what silence can't.
//!
//! Invariants: keys and answers are made by the publisher of the fixtures; the clock moves when it is told to; the one
//! test that opens a socket is the one that looks at every byte that goes out.

#[path = "../../../document/tests/support/publisher.rs"]
mod publisher;

mod answers;
mod files;
mod site;
mod wire;
