//! Portable containers: one system at a time uses a container that lies on a medium which can be plugged anywhere.
//!
//! Invariants: who uses it stands on the medium itself; a system that finds another one's living record refuses, and two
//! that find each other's lock the container for both until it has been used by nobody else for five minutes.
//! Deliberately not here: what a medium is known by (machine), the beat of a program that keeps a container in use (sdk).

mod hold;
#[cfg(test)]
mod model;
mod records;
mod rules;

pub use hold::Exclusive;
pub(super) use hold::{Call, Hold};
pub use rules::{BEAT_EVERY_MS, FENCED_AFTER_MS, LOCKED_FOR_MS, SILENT_AFTER_MS};
