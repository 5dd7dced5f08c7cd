//! The payload bytes of a lease, written without serde: the signed JSON text on the server's hot path.
//!
//! Invariants: the same bytes as serde writes (a law in `tests/laws.rs`), one allocation as a
//! rule. Not here: any other type.

use crate::{
    encoding,
    holder::{Holder, MachineKind},
    json_text::JsonText,
    lease::Lease,
};

/// The payload bytes of a lease.
pub fn lease_payload_bytes(lease: &Lease) -> Vec<u8> {
    let mut out = JsonText::with_capacity(640);
    out.raw("{\"id\":");
    out.lease_id(lease.id);
    out.raw(",\"server\":");
    out.container_id(lease.server);
    out.raw(",\"holder\":{");
    holder(&lease.holder, &mut out);
    out.raw("},\"feature\":");
    out.string(&lease.feature);
    out.raw(",\"version\":");
    out.version(lease.version);
    out.raw(",\"count\":");
    out.number(u64::from(lease.count));
    out.raw(",\"seats\":[");
    for (place, range) in lease.seats.iter().enumerate() {
        out.raw(if place == 0 { "[" } else { ",[" });
        out.number(u64::from(range.first));
        out.raw(",");
        out.number(u64::from(range.last));
        out.raw("]");
    }
    out.raw("],\"items\":[");
    for (place, item) in lease.items.iter().enumerate() {
        if place > 0 {
            out.raw(",");
        }
        out.string(item);
    }
    out.raw("],\"issued\":");
    out.time(lease.issued);
    out.raw(",\"expires\":");
    out.time(lease.expires);
    out.raw(",\"renew_after\":");
    out.time(lease.renew_after);
    if let Some(key) = &lease.client_key {
        out.raw(",\"client_key\":");
        out.json(key);
    }
    if let Some(nonce) = &lease.nonce {
        out.raw(",\"nonce\":\"");
        out.raw(&encoding::to_base64url(nonce.as_slice()));
        out.raw("\"");
    }
    if let Some(request) = &lease.request {
        out.raw(",\"request\":\"");
        out.hash(request);
        out.raw("\"");
    }
    out.raw(",\"sequence\":");
    out.number(lease.sequence);
    out.raw(",\"code\":");
    out.string(&lease.code);
    out.raw(",\"borrowed\":");
    out.truth(lease.borrowed);
    out.raw("}");
    out.into_bytes()
}

fn holder(holder: &Holder, out: &mut JsonText) {
    out.raw("\"host\":{\"type\":\"");
    out.raw(holder.host.kind.name());
    out.raw("\",\"value\":");
    out.string(&holder.host.value);
    out.raw("}");
    let Holder { user, session, process, owner, name, .. } = holder;
    for (member, value) in [
        (",\"user\":", user),
        (",\"session\":", session),
        (",\"process\":", process),
        (",\"owner\":", owner),
        (",\"name\":", name),
    ] {
        if let Some(value) = value {
            out.raw(member);
            out.string(value);
        }
    }
    if holder.kind != MachineKind::Unknown {
        out.raw(",\"kind\":");
        out.json(&holder.kind);
    }
}
