//! The latest denials, and which of them were followed by a grant.
//!
//! Invariants: bounded, the oldest go first; numbers are consecutive, so that a denial is found by its number; finding
//! the open denials of a holder does not look at the others.
//! Deliberately not here: reasons and remedies (denial); what the askers said of themselves, which stands in the ledger.

use crate::denial::Denied;
use crate::ids::DenialId;
use crate::table::keyed_hash;
use crate::term::{later, millis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use tenure_document::{Holder, Time};

/// A denial and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noted {
    pub(crate) denied: Denied,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovered: Option<Time>,
}

/// The latest denials.
#[derive(Debug, Clone)]
pub(crate) struct DenialRing {
    seed: u64,
    next: DenialId,
    noted: VecDeque<Noted>,
    open: BTreeSet<(u64, DenialId)>,
}

impl DenialRing {
    pub(crate) fn new(seed: u64) -> DenialRing {
        DenialRing::restore(seed, DenialId(1), VecDeque::new())
    }

    pub(crate) fn restore(seed: u64, next: DenialId, noted: VecDeque<Noted>) -> DenialRing {
        let listed = |noted: Noted| Noted { denied: noted.denied.listed(), ..noted };
        let noted: VecDeque<Noted> = noted.into_iter().map(listed).collect();
        let open = noted.iter().filter(|noted| noted.recovered.is_none());
        let open = open.map(|noted| {
            (hash(seed, &noted.denied.holder, &noted.denied.feature), noted.denied.id)
        });
        DenialRing { seed, next, open: open.collect(), noted }
    }

    /// The number of the next denial.
    pub(crate) fn next(&self) -> DenialId {
        self.next
    }

    pub(crate) fn note(&mut self, denied: &Denied, kept: usize) {
        self.open.insert((hash(self.seed, &denied.holder, &denied.feature), denied.id));
        self.next = DenialId(denied.id.0 + 1);
        self.noted.push_back(Noted { denied: denied.listed(), recovered: None });
        while self.noted.len() > kept {
            if let Some(Noted { denied, .. }) = self.noted.pop_front() {
                self.open.remove(&(hash(self.seed, &denied.holder, &denied.feature), denied.id));
            }
        }
    }

    /// The holder was granted the feature: its denials of the last `retry_seconds` are recovered, older ones stay.
    pub(crate) fn recover(&mut self, holder: &Holder, feature: &str, at: Time, retry_seconds: u64) {
        if self.open.is_empty() {
            return;
        }
        let hash = hash(self.seed, holder, feature);
        let ids: Vec<DenialId> = self
            .open
            .range((hash, DenialId(0))..=(hash, DenialId(u64::MAX)))
            .map(|open| open.1)
            .collect();
        for id in ids {
            let place = self.place(id);
            let Some(noted) = place.and_then(|place| self.noted.get_mut(place)) else { continue };
            if noted.denied.holder.host != holder.host || noted.denied.holder.user != holder.user {
                continue;
            }
            self.open.remove(&(hash, id));
            if later(noted.denied.at, millis(retry_seconds)) >= at {
                noted.recovered = Some(at);
            }
        }
    }

    /// The denial of that number, while it is kept.
    pub(crate) fn find(&self, id: DenialId) -> Option<&Noted> {
        self.noted.get(self.place(id)?)
    }

    fn place(&self, id: DenialId) -> Option<usize> {
        let front = self.noted.front()?.denied.id;
        usize::try_from(id.0.checked_sub(front.0)?).ok()
    }

    /// All of them, oldest first.
    pub(crate) fn noted(&self) -> &VecDeque<Noted> {
        &self.noted
    }
}

fn hash(seed: u64, holder: &Holder, feature: &str) -> u64 {
    keyed_hash(seed, &(&holder.host, &holder.user, feature))
}
