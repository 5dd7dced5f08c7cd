//! Answers of the client plane, made from what the ledger recorded.
//!
//! Kept here: an answer says nothing that the events and documents of its commit don't say; tokens are made at
//! the moment of answering. Deliberately not here: statuses and refusals (`refusal`).

use tenure_api::LeaseGrant;
use tenure_document::{Lease, SeatRange};
use tenure_leasing::{Event, Granted, Part};
use tenure_ledger::Outcome;
use tenure_shell::problem::{Code, Refused};

use crate::token::Tokens;

/// The lease that event `index` of an outcome granted, with its document.
pub(crate) fn granted(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    index: usize,
    granted: &Granted,
) -> LeaseGrant {
    LeaseGrant {
        id: granted.lease,
        feature: granted.feature.clone(),
        version: granted.version,
        count: granted.count,
        seats: seat_numbers(&granted.parts),
        issued_at: granted.at,
        expires_at: granted.expires,
        renew_after: granted.renew_after,
        token: tokens.token(&granted.lease.to_string()),
        code: granted.code.clone().into_owned(),
        borrowed: granted.borrow_seconds.is_some(),
        document: outcome.envelope(index).unwrap_or_default(),
    }
}

/// The lease that event `index` of an outcome renewed: everything stands in its document.
///
/// # Errors
/// When the document can't be made any more, because the answer is a repeat and the lease has changed since.
pub(crate) fn renewed(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    index: usize,
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
        seats: numbers(&lease.seats),
        issued_at: lease.issued,
        expires_at: lease.expires,
        renew_after: lease.renew_after,
        code: lease.code,
        borrowed: lease.borrowed,
        document: outcome.envelope(index).unwrap_or_default(),
    })
}

fn seat_numbers(parts: &[Part]) -> Vec<u32> {
    parts.iter().flat_map(|part| numbers(&part.seats)).collect()
}

/// The seat numbers of ranges.
pub(crate) fn numbers(ranges: &[SeatRange]) -> Vec<u32> {
    ranges.iter().flat_map(|range| range.first..=range.last).collect()
}
