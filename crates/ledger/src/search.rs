//! Finding the entry of something that has a number: a lease, a denial.
//!
//! Invariants: numbers are given in rising order, so half of what is left is ruled out by each entry that says
//! anything; entries are checked before anything of them is told.
//! Not here: what is searched for; an event says by itself on which side of it that lies.

use std::cmp::Ordering;

use crate::{
    anchor::archived,
    fault::LedgerError,
    history::{History, Journal},
    machine::Machine,
};

/// Entries read at once where one says nothing, at most.
const PAGE_MAX: usize = 512;

/// An entry, and on which side of what is searched for it lies.
type Standing<E> = (Ordering, Journal<E>);

impl History {
    /// The entry with the event that is searched for. `place` says of an event whether it is that one, comes before it,
    /// or after it; none: the event says nothing about that.
    ///
    /// Reads a handful of entries where most of them say something, at worst all.
    ///
    /// # Errors
    /// [`LedgerError::Archived`]: it lies before the beginning of a ledger that was cut, if anywhere.
    pub fn find<M: Machine>(
        &self,
        place: impl Fn(&M::Event) -> Option<Ordering>,
    ) -> Result<Option<Journal<M::Event>>, LedgerError> {
        let Some(head) = self.head()? else { return Ok(None) };
        let beginning = self.beginning()?;
        let (mut low, mut high) = (beginning.sequence, head.sequence + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.next_saying::<M>(middle, high, &place)? {
                Some((Ordering::Equal, entry)) => return Ok(Some(entry)),
                Some((Ordering::Less, entry)) => low = entry.sequence + 1,
                Some((Ordering::Greater, _)) | None => high = middle,
            }
        }
        match low.checked_sub(1) {
            Some(before) if before < beginning.sequence => Err(archived(before, &beginning)),
            _ => Ok(None),
        }
    }

    /// The first entry in `from..end` that says where it stands.
    fn next_saying<M: Machine>(
        &self,
        from: u64,
        end: u64,
        place: &impl Fn(&M::Event) -> Option<Ordering>,
    ) -> Result<Option<Standing<M::Event>>, LedgerError> {
        let (mut from, mut size) = (from, 1);
        while from < end {
            let left = usize::try_from(end - from).unwrap_or(usize::MAX);
            let page = self.page::<M>(from, left.min(size))?;
            let Some(last) = page.last() else { break };
            from = last.sequence + 1;
            size = (size * 4).min(PAGE_MAX);
            let found = page.into_iter().find_map(|entry| Some((standing(&entry, place)?, entry)));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// On which side of what is searched for an entry lies; equal where it is in it.
fn standing<E>(entry: &Journal<E>, place: &impl Fn(&E) -> Option<Ordering>) -> Option<Ordering> {
    let events = entry.records.iter().flat_map(|record| &record.events);
    let mut first = None;
    for standing in events.filter_map(place) {
        if standing == Ordering::Equal {
            return Some(Ordering::Equal);
        }
        first = first.or(Some(standing));
    }
    first
}
