//! Policies: what the office decides by itself and where it wants a person.
//!
//! They are shown and changed as the properties of a license server are: by name.

pub use crate::server::{PropertiesChange as PolicyChange, Property as Policy};
