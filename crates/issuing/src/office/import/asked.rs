//! A list that somebody brings: what it lists, how it is written.
//!
//! Invariants: chance comes with it, because nothing is drawn here.
//! Deliberately not here: reading it.

/// A list to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAsked {
    /// By whom.
    pub by: String,
    /// What it lists.
    pub kind: ImportKind,
    /// How it is written.
    pub format: ImportFormat,
    /// The list.
    pub text: String,
    /// Fresh chance, of which new activation IDs are made.
    pub seed: [u8; 32],
}

/// What a list lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// Customers.
    Customers,
    /// Products.
    Products,
    /// Orders, which make or extend entitlements.
    Entitlements,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// A table with a line of column names.
    Csv,
    /// A list of objects.
    Json,
}
