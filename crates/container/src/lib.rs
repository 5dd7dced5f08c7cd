//! A container: trusted storage of license items at one place, as a pure state machine.
//!
//! A license server is a container that serves, a device keeps its items in one. What it is goes out as a `context`,
//! what it shall become comes in as an `update`, that it did goes out as a `receipt`. Items that may move go from container to
//! container by a transfer, without the office. Sequences, key list versions,
//! revocation lists and the time high water only ever grow; an update is applied as a whole, once, or not at all.
//!
//! Deliberately not here: files, clocks, randomness, signing (all come in as values or happen at the edge), leases.

mod clock;
mod event;
mod generation;
mod history;
mod moved;
mod moving;
mod open;
mod provenance;
mod refusal;
mod report;
mod state;
mod stock;
mod transfer;
mod transfer_fault;
mod transfer_open;
mod update;
mod usable;

pub use clock::{
    ITEM_TOLERANCE_MS, LEASE_TOLERANCE_MS, RAISE_PER_BOOT_MS, Reading, Rights, RightsClock,
};
pub use event::ContainerEvent;
pub use history::{ITEMS_MAX, apply_op, next_hash};
pub use open::{OpenedUpdate, open_update};
pub use refusal::UpdateRefusal;
pub use report::CONSUMED_MAX;
pub use state::{Birth, Container};
pub use transfer_fault::TransferFault;
pub use transfer_open::{
    OpenedAnswer, OpenedRequest, OpenedTransfer, open_answer, open_request, open_transfer,
};
pub use usable::{Unusable, Usable};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod transfer_laws;
