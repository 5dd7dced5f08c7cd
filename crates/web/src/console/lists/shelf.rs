//! Lists that were looked through and wait for a word: so that a list need not be chosen twice.
//!
//! Kept here: a list is found by a token that can't be guessed, by the one who brought it, for a while; what is kept
//! is bounded, the oldest goes first. Deliberately not here: files of others, the disk.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tenure_api::office::ImportSubject;

use crate::outside::fresh_token;

/// How long a list waits.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// Most lists that wait.
const LISTS_MAX: usize = 50;
/// Most bytes of all that wait.
const BYTES_MAX: usize = 64 << 20;

/// A list that waits.
#[derive(Debug, Clone)]
pub(super) struct Parked {
    pub(super) what: ImportSubject,
    pub(super) bytes: Bytes,
}

struct Place {
    token: String,
    by: String,
    since: Duration,
    list: Parked,
}

/// The lists that wait.
#[derive(Default)]
pub(super) struct Shelf(Mutex<VecDeque<Place>>);

impl Shelf {
    /// Keeps a list; the token under which it is found. `None` when the system has no randomness.
    pub(super) fn put(&self, by: &str, list: Parked, now: Duration) -> Option<String> {
        let token = fresh_token()?;
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let by = by.to_owned();
        places.push_back(Place { token: token.clone(), by, since: now, list });
        let mut bytes: usize = places.iter().map(|place| place.list.bytes.len()).sum();
        while places.len() > LISTS_MAX || (bytes > BYTES_MAX && places.len() > 1) {
            bytes -= places.pop_front().map_or(0, |place| place.list.bytes.len());
        }
        Some(token)
    }

    /// The list under a token, if it is still there and was brought by the same person.
    pub(super) fn get(&self, by: &str, token: &str, now: Duration) -> Option<Parked> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|place| now.saturating_sub(place.since) < KEPT);
        let found = places.iter().find(|place| place.token == token && place.by == by);
        found.map(|place| place.list.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(size: usize) -> Parked {
        Parked { what: ImportSubject::Customers, bytes: vec![b'x'; size].into() }
    }

    #[test]
    fn a_list_waits_for_the_one_who_brought_it_and_for_a_while() {
        let shelf = Shelf::default();
        let start = Duration::from_secs(100);
        let token = shelf.put("ann", list(3), start).expect("randomness");
        assert!(shelf.get("ann", &token, start).is_some_and(|list| list.bytes.len() == 3));
        assert!(shelf.get("bob", &token, start).is_none());
        assert!(shelf.get("ann", "another", start).is_none());
        assert!(shelf.get("ann", &token, start + KEPT).is_none(), "too late");
        assert!(shelf.get("ann", &token, start).is_none(), "gone for ever");
    }

    #[test]
    fn what_waits_is_bounded() {
        let shelf = Shelf::default();
        let first = shelf.put("ann", list(40 << 20), Duration::ZERO).expect("randomness");
        let second = shelf.put("ann", list(40 << 20), Duration::ZERO).expect("randomness");
        assert!(shelf.get("ann", &first, Duration::ZERO).is_none());
        assert!(shelf.get("ann", &second, Duration::ZERO).is_some());
        for _ in 0..LISTS_MAX {
            shelf.put("ann", list(1), Duration::ZERO);
        }
        assert!(shelf.get("ann", &second, Duration::ZERO).is_none());
    }
}
