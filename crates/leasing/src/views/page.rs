//! Parts of lists.
//!
//! A list is cut before its rows are made. Deliberately not here: page numbers, which the wire counts from 1 (server).

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
