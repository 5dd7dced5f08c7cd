//! Events as the ledger stores them, written without serde where every checkout and renewal pays for it.
//!
//! Invariants: byte for byte what serde writes (a law of every play), so that nothing but the time it takes tells the two
//! apart. Deliberately not here: reading events, which is serde's.

use crate::event::{Event, Granted, Part, Renewed};
use serde::Serialize;
use tenure_document::{Bytes, Hash, JsonText};

impl Event {
    /// Appends the event as compact JSON.
    ///
    /// # Errors
    /// What serde can't write as JSON; no event of today.
    pub fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut out = JsonText::behind(std::mem::take(json));
        let unwritten = match self {
            Event::Granted(granted) => {
                write_granted(granted, &mut out);
                None
            }
            Event::Renewed(renewed) => {
                write_renewed(renewed, &mut out);
                None
            }
            other => Some(other),
        };
        *json = out.into_bytes();
        unwritten.map_or(Ok(()), |event| serde_json::to_writer(json, event))
    }
}

fn write_granted(granted: &Granted, out: &mut JsonText) {
    out.raw("{\"type\":\"granted\",\"lease\":");
    out.lease_id(granted.lease);
    out.raw(",\"at\":");
    out.time(granted.at);
    out.raw(",\"expires\":");
    out.time(granted.expires);
    out.raw(",\"renew_after\":");
    out.time(granted.renew_after);
    out.raw(",\"holder\":");
    out.holder(&granted.holder);
    out.raw(",\"feature\":");
    out.string(&granted.feature);
    out.raw(",\"version\":");
    out.version(granted.version);
    out.raw(",\"count\":");
    out.number(u64::from(granted.count));
    out.raw(",\"parts\":[");
    for (place, part) in granted.parts.iter().enumerate() {
        if place > 0 {
            out.raw(",");
        }
        write_part(part, out);
    }
    out.raw("],\"code\":");
    out.string(&granted.code);
    out.raw(",\"sequence\":");
    out.number(granted.sequence);
    if let Some(seconds) = granted.borrow_seconds {
        out.raw(",\"borrow_seconds\":");
        out.number(seconds);
    }
    let Granted { granularity, client_key, signed_by, rule, nonce, request, asked, .. } = granted;
    write_some(",\"granularity\":", granularity.as_ref(), out);
    let dictionary = Some(&granted.dictionary).filter(|dictionary| !dictionary.is_empty());
    write_some(",\"dictionary\":", dictionary, out);
    write_some(",\"client_key\":", client_key.as_ref(), out);
    write_some(",\"signed_by\":", signed_by.as_ref(), out);
    write_some(",\"rule\":", rule.as_ref(), out);
    write_proof(nonce.as_ref(), request.as_ref(), out);
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
    out.raw("{\"type\":\"renewed\",\"lease\":");
    out.lease_id(renewed.lease);
    out.raw(",\"at\":");
    out.time(renewed.at);
    out.raw(",\"expires\":");
    out.time(renewed.expires);
    out.raw(",\"renew_after\":");
    out.time(renewed.renew_after);
    out.raw(",\"sequence\":");
    out.number(renewed.sequence);
    write_proof(renewed.nonce.as_ref(), renewed.request.as_ref(), out);
    out.raw("}");
}

/// What ties an answer to its request.
fn write_proof(nonce: Option<&Bytes>, request: Option<&Hash>, out: &mut JsonText) {
    if let Some(nonce) = nonce {
        out.raw(",\"nonce\":");
        out.bytes(nonce);
    }
    if let Some(request) = request {
        out.raw(",\"request\":\"");
        out.hash(request);
        out.raw("\"");
    }
}

/// A member that is left out where there is nothing to say.
fn write_some<T: Serialize>(member: &str, value: Option<&T>, out: &mut JsonText) {
    if let Some(value) = value {
        out.raw(member);
        out.json(value);
    }
}
