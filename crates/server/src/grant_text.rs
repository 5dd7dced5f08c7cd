//! The answer of a checkout, written without serde: the one answer on the server's hot path.
//!
//! Kept here: the same bytes as serde writes for `CheckoutAnswer` (tested below); the document goes from the
//! batch into the answer without a text of its own in between. Deliberately not here: every other answer
//! (`answer`), which leases an answer has.

use tenure_api::{DenialAnswer, TicketAnswer};
use tenure_document::JsonText;
use tenure_leasing::{Event, Granted};
use tenure_ledger::Outcome;

use crate::answer::Numbers;
use crate::token::Tokens;

/// Bytes of one lease in an answer, rarely more.
const USUAL_SIZE: usize = 2560;

/// The text of a [`tenure_api::CheckoutAnswer`].
pub(crate) fn checkout_answer(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    leases: &[(usize, &Granted)],
    denials: &[DenialAnswer],
    tickets: &[TicketAnswer],
) -> Vec<u8> {
    let mut out = JsonText::with_capacity(USUAL_SIZE * leases.len());
    let mut numbers = Numbers::default();
    out.raw("{\"leases\":");
    out.list(leases, |out, (index, granted)| {
        lease(tokens, outcome, (*index, granted), &mut numbers, out);
    });
    out.raw(",\"denials\":");
    out.json(&denials);
    if !tickets.is_empty() {
        out.raw(",\"tickets\":");
        out.json(&tickets);
    }
    out.raw("}");
    out.into_bytes()
}

fn lease(
    tokens: &Tokens,
    outcome: &Outcome<Event>,
    (index, granted): (usize, &Granted),
    numbers: &mut Numbers,
    out: &mut JsonText,
) {
    out.raw("{\"id\":");
    out.lease_id(granted.lease);
    out.raw(",\"feature\":");
    out.string(&granted.feature);
    out.raw(",\"version\":");
    out.version(granted.version);
    out.raw(",\"count\":");
    out.number(u64::from(granted.count));
    out.raw(",\"seats\":");
    let seats = numbers.of(granted.parts.iter().flat_map(|part| &part.seats));
    out.list(seats, |out, seat| out.number(u64::from(seat)));
    out.raw(",\"issued_at\":");
    out.time(granted.at);
    out.raw(",\"expires_at\":");
    out.time(granted.expires);
    out.raw(",\"renew_after\":");
    out.time(granted.renew_after);
    out.raw(",\"token\":\"");
    out.raw(&tokens.token(granted.lease.write(&mut [0; 15])));
    out.raw("\",\"code\":");
    out.string(&granted.code);
    out.raw(",\"borrowed\":");
    out.truth(granted.borrow_seconds.is_some());
    if let Some(limit) = granted.shortened_by {
        out.raw(",\"shortened_by\":");
        out.string(limit.word());
    }
    out.raw(",\"document\":");
    match outcome.documents.get(index) {
        Some(Some(sealed)) => sealed.write_quoted(out),
        _ => out.raw("\"\""),
    }
    out.raw("}");
}
