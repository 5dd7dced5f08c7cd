//! Tests of the client library against a license server inside the test process: real documents,
//! real signatures, no network, a clock that stands still until it is told to move.

#[path = "../../../document/tests/support/publisher.rs"]
mod publisher;

mod server;

mod borrowed;
mod forged;
mod laws;
mod loss;
mod metering;
mod seats;
mod station;
mod steps;
mod waiting;
