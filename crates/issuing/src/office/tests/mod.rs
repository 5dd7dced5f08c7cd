//! Tests of the office's books, below documents and signatures.
//!
//! Deliberately not here: containers with their histories and the exchange with them (`tests/` of the crate).

mod activations;
mod catalog;
mod customers;
mod entitlements;
mod host_keys;
mod imports;
mod lists;
mod scene;
mod work;
