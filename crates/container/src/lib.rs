//! A container: trusted storage of license items at one place, as a pure state machine.
//!
//! A license server is a container that serves, a device keeps its items in one. What it is goes out as a `context`,
//! what it shall become comes in as an `update`, that it did goes out as a `receipt`. Sequences, key list versions,
//! revocation lists and the time high water only ever grow; an update is applied as a whole, once, or not at all.
//!
//! Deliberately not here: files, clocks, randomness, signing (all come in as values or happen at the edge), leases.

mod clock;
mod event;
mod history;
mod open;
mod refusal;
mod report;
mod state;
mod update;

pub use clock::{
    ITEM_TOLERANCE_MS, LEASE_TOLERANCE_MS, RAISE_PER_BOOT_MS, Reading, Rights, RightsClock,
};
pub use event::ContainerEvent;
pub use history::{ITEMS_MAX, apply_op, next_hash};
pub use open::{OpenedUpdate, open_update};
pub use refusal::UpdateRefusal;
pub use state::{Birth, Container};

#[cfg(test)]
mod laws;
