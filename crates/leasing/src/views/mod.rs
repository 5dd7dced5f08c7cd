//! What can be read of the state: plain rows, made for lists that people page through.
//!
//! Invariants: reading changes nothing; a list is cut before its rows are made, so that a page costs little; the order
//! of a list follows from its contents only. Deliberately not here: wire forms and queries of HTTP (api, server).

mod leases;
mod server;
mod stock;

pub use leases::{DenialFilter, DenialRow, DeviceRow, LeaseFilter, LeaseOrder, LeaseRow};
pub use server::{PropertyRow, Status};
pub use stock::{FeatureRow, FeatureSummary, ItemRow, ItemState};

/// The part of a list that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// So many rows are left out at the front.
    pub skip: usize,
    /// At most so many follow.
    pub take: usize,
}

impl Page {
    /// The whole list.
    pub const ALL: Page = Page { skip: 0, take: usize::MAX };
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: usize,
}
