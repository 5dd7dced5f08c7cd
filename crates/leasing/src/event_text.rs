//! Events as the ledger stores them, written without serde where every checkout and renewal pays for it.
//!
//! Invariants: byte for byte what serde writes (a law of every play), so that nothing but the time it takes tells the two
//! apart. Deliberately not here: reading events, which is serde's.

use crate::event::{Event, Granted, Part, Renewed};
use crate::term::BorrowLimit;
use serde::Serialize;
use tenure_document::{JsonText, LeaseId, Time};

impl Event {
    /// Appends the event as compact JSON.
    ///
    /// # Errors
    /// What serde can't write as JSON; no event of today.
    pub fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Event::Granted(granted) => JsonText::append(json, |out| write_granted(granted, out)),
            Event::Renewed(renewed) => JsonText::append(json, |out| write_renewed(renewed, out)),
            other => return serde_json::to_writer(json, other),
        }
        Ok(())
    }
}

fn write_granted(granted: &Granted, out: &mut JsonText) {
    out.raw("{\"type\":\"granted\"");
    write_term(granted.lease, [granted.at, granted.expires, granted.renew_after], out);
    out.raw(",\"holder\":");
    out.holder(&granted.holder);
    out.raw(",\"feature\":");
    out.string(&granted.feature);
    out.raw(",\"version\":");
    out.version(granted.version);
    out.raw(",\"count\":");
    out.number(u64::from(granted.count));
    out.raw(",\"parts\":");
    out.list(&granted.parts, |out, part| write_part(part, out));
    out.raw(",\"code\":");
    out.string(&granted.code);
    out.raw(",\"sequence\":");
    out.number(granted.sequence);
    if let Some(seconds) = granted.borrow_seconds {
        out.raw(",\"borrow_seconds\":");
        out.number(seconds);
    }
    write_shortened(granted.shortened_by, out);
    let Granted { granularity, client_key, signed_by, rule, nonce, request, asked, .. } = granted;
    write_some(",\"granularity\":", granularity.as_ref(), out);
    let dictionary = Some(&granted.dictionary).filter(|dictionary| !dictionary.is_empty());
    write_some(",\"dictionary\":", dictionary, out);
    write_some(",\"client_key\":", client_key.as_ref(), out);
    write_some(",\"signed_by\":", signed_by.as_ref(), out);
    write_some(",\"rule\":", rule.as_ref(), out);
    out.request_members(nonce.as_ref(), request.as_ref());
    write_some(",\"asked\":", asked.as_ref(), out);
    out.raw("}");
}

fn write_part(part: &Part, out: &mut JsonText) {
    out.raw("{\"item\":");
    out.string(&part.item);
    out.raw(",\"count\":");
    out.number(u64::from(part.count));
    if !part.seats.is_empty() {
        out.raw(",\"seats\":");
        out.seats(&part.seats);
    }
    if let Some(pool) = &part.pool {
        out.raw(",\"pool\":");
        out.string(pool);
    }
    out.raw("}");
}

fn write_renewed(renewed: &Renewed, out: &mut JsonText) {
    out.raw("{\"type\":\"renewed\"");
    write_term(renewed.lease, [renewed.at, renewed.expires, renewed.renew_after], out);
    out.raw(",\"sequence\":");
    out.number(renewed.sequence);
    write_shortened(renewed.shortened_by, out);
    out.request_members(renewed.nonce.as_ref(), renewed.request.as_ref());
    out.raw("}");
}

/// Which lease runs from when to when, and when it is to be renewed.
fn write_term(lease: LeaseId, [at, expires, renew_after]: [Time; 3], out: &mut JsonText) {
    out.raw(",\"lease\":");
    out.lease_id(lease);
    out.raw(",\"at\":");
    out.time(at);
    out.raw(",\"expires\":");
    out.time(expires);
    out.raw(",\"renew_after\":");
    out.time(renew_after);
}

fn write_shortened(limit: Option<BorrowLimit>, out: &mut JsonText) {
    write_some(",\"shortened_by\":", limit.as_ref(), out);
}

/// A member that is left out where there is nothing to say.
fn write_some<T: Serialize>(member: &str, value: Option<&T>, out: &mut JsonText) {
    if let Some(value) = value {
        out.raw(member);
        out.json(value);
    }
}
