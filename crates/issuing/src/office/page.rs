//! Parts of lists.
//!
//! A list is cut before its rows are made. Deliberately not here: page numbers, which the wire counts from 1 (the shell).

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

impl<T> Listing<T> {
    /// The page of a list whose length only running through it shows.
    pub(crate) fn cut(all: impl Iterator<Item = T>, page: Page) -> Listing<T> {
        let mut total = 0;
        let end = page.skip.saturating_add(page.take);
        let mut rows = Vec::new();
        for row in all {
            if (page.skip..end).contains(&total) {
                rows.push(row);
            }
            total += 1;
        }
        Listing { rows, total }
    }
}

/// Whether `text` holds `wanted`, which is in lower case, in any case.
pub(crate) fn holds(text: &str, wanted: &str) -> bool {
    if wanted.is_empty() {
        return true;
    }
    if text.is_ascii() && wanted.is_ascii() {
        let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
        return text.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted));
    }
    text.to_lowercase().contains(wanted)
}
