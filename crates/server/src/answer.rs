//! Answers of the client plane, made from what the ledger recorded.
//!
//! Kept here: an answer says nothing that the events and documents of its commit don't say; tokens are made at
//! the moment of answering. Deliberately not here: statuses and refusals (`refusal`).

use tenure_api::LeaseGrant;
use tenure_document::{Lease, SeatRange};
use tenure_leasing::{Event, Granted};
use tenure_ledger::Outcome;
use tenure_shell::problem::{Code, Refused};

use crate::token::Tokens;

/// The most seat numbers in one answer: documents have them all, as ranges.
const NUMBERS_MAX: usize = 100_000;

/// The lease that event `index` of an outcome granted, with its document.
pub(crate) fn granted(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    (index, granted): (usize, &Granted),
    numbers: &mut Numbers,
) -> LeaseGrant {
    LeaseGrant {
        id: granted.lease,
        feature: granted.feature.clone(),
        version: granted.version,
        count: granted.count,
        seats: numbers.of(granted.parts.iter().flat_map(|part| &part.seats)).collect(),
        issued_at: granted.at,
        expires_at: granted.expires,
        renew_after: granted.renew_after,
        token: tokens.token(&granted.lease.to_string()),
        code: granted.code.clone().into_owned(),
        borrowed: granted.borrow_seconds.is_some(),
        shortened_by: granted.shortened_by.map(|limit| limit.word().to_owned()),
        document: outcome.envelope(index).unwrap_or_default(),
    }
}

/// The lease that event `index` of an outcome renewed, as its document says it.
///
/// # Errors
/// When the document can't be made any more, because the answer is a repeat and the lease has changed since.
pub(crate) fn renewed(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    index: usize,
    numbers: &mut Numbers,
) -> Result<LeaseGrant, Refused> {
    let gone = || {
        Code::AnswerGone
            .says("This is a repeat of a renewal, and the lease has changed since. Renew it anew.")
    };
    let sealed = outcome.documents.get(index).and_then(Option::as_ref).ok_or_else(gone)?;
    let lease: Lease = serde_json::from_slice(&sealed.document.payload).map_err(|_| gone())?;
    Ok(LeaseGrant {
        token: tokens.token(&lease.id.to_string()),
        id: lease.id,
        feature: lease.feature,
        version: lease.version,
        count: lease.count,
        seats: numbers.of(&lease.seats).collect(),
        issued_at: lease.issued,
        expires_at: lease.expires,
        renew_after: lease.renew_after,
        code: lease.code,
        borrowed: lease.borrowed,
        shortened_by: shortened_by(&outcome.events, index),
        document: outcome.envelope(index).unwrap_or_default(),
    })
}

/// The one thing of a renewal that its document does not say.
fn shortened_by(events: &[Event], index: usize) -> Option<String> {
    match events.get(index) {
        Some(Event::Renewed(renewed)) => renewed.shortened_by.map(|limit| limit.word().to_owned()),
        _ => None,
    }
}

/// The seat numbers that an answer still has room for: a short request may be about millions of seats.
pub(crate) struct Numbers {
    left: usize,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers { left: NUMBERS_MAX }
    }
}

impl Numbers {
    /// The seat numbers of ranges, as far as there is room.
    pub(crate) fn of<'a>(
        &mut self,
        ranges: impl IntoIterator<Item = &'a SeatRange>,
    ) -> impl Iterator<Item = u32> {
        let mut all = ranges.into_iter().flat_map(|range| range.first..=range.last);
        std::iter::from_fn(move || {
            let number = all.next().filter(|_| self.left > 0)?;
            self.left -= 1;
            Some(number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lists_so_many_numbers_of_all_its_seats_together() {
        let runs = [SeatRange { first: 1, last: 60_000 }, SeatRange { first: 7, last: u32::MAX }];
        let mut numbers = Numbers::default();
        let listed = runs.map(|run| numbers.of(&[run]).count());
        assert_eq!(listed, [60_000, 40_000]);
        assert_eq!(numbers.of(&runs).next(), None);
    }
}
