//! What makes this machine this machine: traits with weights, and whether it is hardware, a guest or a container.
//!
//! Invariants: the values are never printed, logged or sent, only salted hashes of them are; what firmware fills in for
//! want of something better is no trait; nothing but the machine itself can name a trait, neither an option nor the
//! environment.
//! Deliberately not here: what is bound to the traits (binding); a TPM's key, which waits for a library that does not
//! have to be linked to the system's own.

mod detect;
mod disk;
mod linux;
mod medium;
mod network;
mod placeholder;
mod root;
mod session;
mod traits;

pub use linux::LinuxMachine;
pub use session::Variable;
pub use traits::{Machine, MachineTrait, SystemMark, TraitKind, TraitReader};
