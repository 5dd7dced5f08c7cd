//! Lists of the office: which members of a query narrow which list, and how pages of the books become pages on the wire.
//!
//! Kept here: a member that a list does not take is refused, not ignored; the large lists come newest first and take no
//! `sort`, because sorting a million rows for one page would keep everybody waiting. Deliberately not here: rows.

use tenure_api::Page as WirePage;
use tenure_api::office::OfficeQuery;
use tenure_issuing::office::{Listing, Page};
use tenure_shell::list::check;
use tenure_shell::problem::{Code, Refused};

/// Refuses members that this list does not take.
pub(crate) fn only(query: &OfficeQuery, taken: &[&str]) -> Result<(), Refused> {
    check(&query.list())?;
    let always = ["page", "size", "q"];
    for (name, value) in query.pairs() {
        if value.is_some() && !always.contains(&name) && !taken.contains(&name) {
            let takes: Vec<&str> = always.iter().chain(taken).copied().collect();
            return Err(Code::BadParameter.says(format!(
                "This list does not take `{name}`. It takes {}.",
                takes.join(", ")
            )));
        }
    }
    Ok(())
}

/// The part of a list of the books that a query asks for.
pub(crate) fn part(query: &OfficeQuery) -> Page {
    let list = query.list();
    let take = list.size() as usize;
    let skip = (list.page() as usize - 1).saturating_mul(take);
    Page { skip, take }
}

/// The page on the wire.
pub(crate) fn paged<R, T>(
    listing: Listing<R>,
    query: &OfficeQuery,
    row: impl FnMut(R) -> T,
) -> WirePage<T> {
    let list = query.list();
    WirePage {
        items: listing.rows.into_iter().map(row).collect(),
        page: list.page(),
        size: list.size(),
        total: listing.total as u64,
    }
}

/// The state that a word names.
pub(crate) fn state<T: Copy>(
    query: &OfficeQuery,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Refused> {
    let Some(wanted) = query.state.as_deref() else {
        return Ok(None);
    };
    let found = all.iter().copied().find(|state| word(*state) == wanted);
    found.map(Some).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|state| word(*state)).collect();
        Code::BadParameter.says(format!("`state` takes one of {}.", words.join(", ")))
    })
}
