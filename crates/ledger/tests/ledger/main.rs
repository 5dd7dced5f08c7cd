//! The ledger's tests: one suite run on every engine, then failures, damage, clocks, idempotency
//! and threads.
//!
//! No test sleeps or reads a real clock: time is set by hand, failures are planned.

mod archive;
mod archive_damage;
mod clocks;
mod damage;
mod failures;
mod full;
mod house;
mod idempotency;
mod killed;
mod machine;
mod past;
mod port;
mod snapshots;
mod state;
mod threads;
mod torn;
