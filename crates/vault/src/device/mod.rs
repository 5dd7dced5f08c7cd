//! Containers of devices: a folder of sealed files, each bound to its machine, and what can be done with one.
//!
//! Invariants: a change is one atomic write before anything is answered or emitted; a container is opened by one
//! program at a time, for as long as one call takes; keys and state never stand in the open.
//! Deliberately not here: how documents travel, clocks (they come in), the sentences of the command line.

mod body;
mod error;
mod evidence;
mod folder;
mod lock;
mod moving;
mod open;
mod portable;
mod sealed;
mod seats;
mod slots;
#[cfg(test)]
mod two_systems;

pub use error::DeviceError;
pub use folder::{DeviceFolder, Listed, NewContainer};
pub use open::{Applied, OpenContainer};
pub use portable::{BEAT_EVERY_MS, Exclusive, FENCED_AFTER_MS, LOCKED_FOR_MS, SILENT_AFTER_MS};
pub use seats::{HeldSeat, Seats};
