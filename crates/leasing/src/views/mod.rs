//! What can be read of the state: plain rows, made for lists that people page through.
//!
//! Invariants: reading changes nothing; a list is cut before its rows are made, so that a page costs little; the order
//! of a list follows from its contents only. Deliberately not here: wire forms and queries of HTTP (api, server).

mod leases;
mod overview;
mod page;
mod pools;
mod queue;
mod reservations;
mod server;
mod stock;
mod usage;

pub use leases::{DenialFilter, DenialRow, DeviceRow, LeaseFilter, LeaseOrder, LeaseRow};
pub use overview::DenialCounts;
pub use page::{Listing, Page};
pub use pools::{PoolItemRow, PoolKind, PoolRow, PoolStatus, SliceRow};
pub use queue::TicketRow;
pub use reservations::{EntryStanding, ReservationStanding};
pub use server::{PropertyRow, Status};
pub use stock::{FeatureRow, FeatureSummary, ItemRow, ItemState};
pub use usage::UsageRow;
