//! Lists that people bring from a spreadsheet, a shop or another system: customers, products, orders.
//!
//! A list is read as a whole, with all its faults, each with line, column and what to do; then it becomes one command,
//! which is decided and recorded as a whole. Invariants: what is imported twice changes nothing or is a fault, never a
//! double; a plan changes nothing.
//! Deliberately not here: files and HTTP (the shell), writing lists (export).

mod asked;
mod cells;
mod customers;
mod done;
mod draft;
mod entitlements;
mod fault;
mod json;
mod plan;
mod products;
mod table;
mod taken;

pub use asked::{ImportAsked, ImportFormat, ImportKind};
pub use fault::RowFault;
pub use plan::{ImportPlan, PlannedStep};
