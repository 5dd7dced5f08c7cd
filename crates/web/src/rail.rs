//! What stands in the rail of a site: sections of pages.

use crate::icon::Icon;

/// A group of entries in the rail.
#[derive(Debug)]
pub(crate) struct Section {
    /// Empty for the first, which needs no name.
    pub(crate) title: &'static str,
    pub(crate) entries: &'static [Entry],
}

/// A page in the rail. It is the current one on its own path and below it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) href: &'static str,
    pub(crate) words: &'static str,
    pub(crate) icon: Icon,
}
