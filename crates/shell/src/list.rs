//! Lists: search, sort and page in one way for all of them.
//!
//! Kept here: an unknown sort member is a problem that names the known ones; order is total, because rows come
//! in a fixed order and sorting is stable. Deliberately not here: what a row is.

use tenure_api::list::MAX_SIZE;
use tenure_api::{ListQuery, Page};
use tenure_document::{Time, Version};

use crate::problem::{Code, Refused};

/// What rows are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey<'r> {
    /// Sorts before everything: absent, uncounted, permanent sort as their own extremes where a row says so.
    None,
    /// A figure.
    Number(u64),
    /// An instant.
    Time(Time),
    /// A version of a feature.
    Version(Version),
    /// Anything else, byte by byte.
    Text(&'r str),
}

impl<'r> From<&'r str> for SortKey<'r> {
    fn from(text: &'r str) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for SortKey<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Time> for SortKey<'_> {
    fn from(time: Time) -> Self {
        Self::Time(time)
    }
}

impl From<Version> for SortKey<'_> {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

impl<'r, T: Into<SortKey<'r>>> From<Option<T>> for SortKey<'r> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

/// A member that a list can be sorted by.
pub type Sorter<T> = (&'static str, for<'r> fn(&'r T) -> SortKey<'r>);

/// Searches, sorts and cuts. `texts` gives what `q` is searched in.
pub fn page<T>(
    mut rows: Vec<T>,
    query: &ListQuery,
    sorters: &[Sorter<T>],
    texts: impl for<'r> Fn(&'r T) -> Vec<&'r str>,
) -> Result<Page<T>, Refused> {
    check(query)?;
    if let Some((member, descending)) = query.sort() {
        let Some((_, key)) = sorters.iter().find(|(name, _)| *name == member) else {
            let names: Vec<&str> = sorters.iter().map(|(name, _)| *name).collect();
            return Err(Code::BadParameter.says(format!(
                "`sort` takes one of {}, with `-` before it for descending.",
                names.join(", ")
            )));
        };
        rows.sort_by(|one, other| {
            let order = key(one).cmp(&key(other));
            if descending { order.reverse() } else { order }
        });
    }
    if let Some(wanted) = query.q.as_deref().filter(|wanted| !wanted.is_empty()) {
        let wanted = wanted.to_lowercase();
        rows.retain(|row| texts(row).iter().any(|text| text.to_lowercase().contains(&wanted)));
    }
    Ok(Page::cut(rows, query))
}

/// Whether page and size are possible.
pub fn check(query: &ListQuery) -> Result<(), Refused> {
    if query.page == Some(0) {
        return Err(Code::BadParameter.says("`page` counts from 1."));
    }
    if query.size.is_some_and(|size| size == 0 || size > MAX_SIZE) {
        return Err(Code::BadParameter.says(format!("`size` is 1 to {MAX_SIZE}.")));
    }
    check_range(query.from, query.to)
}

/// Whether a range of time is one.
pub fn check_range(from: Option<Time>, to: Option<Time>) -> Result<(), Refused> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            Err(Code::BadParameter.says("`from` is after `to`."))
        }
        _ => Ok(()),
    }
}
