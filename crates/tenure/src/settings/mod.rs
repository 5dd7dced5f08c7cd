//! The configuration of what runs for long: a file in the data folder, environment `TENURE_…` and flags, parsed once.
//!
//! Invariants: flags beat environment, environment beats the file, the file beats the defaults; a key nobody knows
//! is refused with the place where it stands; a value that parses can be used without a further look.
//! Each lower crate receives its own small options; nobody below sees [`Settings`] or [`OfficeSettings`].
//! Deliberately not here: what an administrator changes while the server runs; those are properties in the ledger.

pub mod environment;
mod file;
mod keys;
mod layers;
mod nearest;
mod office_keys;
mod reference;
mod sources;
mod table;
mod value;

pub use keys::{SERVER, Settings};
pub use layers::{Layer, Layers};
pub use office_keys::{OFFICE, OfficeSettings};
pub use reference::markdown;
pub use sources::layers;
pub use value::host_name;
