//! Binding a key to a machine: the key is split over the machine's traits, and comes back where enough of them do.
//!
//! Invariants: there is no comparison that could be patched away, the wrong machine has too few shares and so no key;
//! what a report shows are kinds, weights and salted marks, never values.
//! Deliberately not here: what the key seals (container_file); tamper-proof hardware.

mod healing;
mod report;
mod shamir;
mod split;

pub use healing::{Drift, Healing};
pub use report::{BindingReport, TraitReport, TraitStatus};
pub use split::{Binding, Opening};
