//! The payload bytes of a lease, written without serde: the one JSON text on the server's hot path.
//!
//! Invariants: the same bytes as serde writes (a law in `tests/laws.rs`), one allocation as a
//! rule. Strings that need an escape are left to serde_json. Not here: any other type.

use std::fmt::Display;

use crate::{
    encoding,
    hash::Hash,
    holder::{Holder, MachineKind},
    lease::Lease,
    payload::write_json,
    time::Time,
};

/// The payload bytes of a lease.
pub fn lease_payload_bytes(lease: &Lease) -> Vec<u8> {
    let mut out = Text(Vec::with_capacity(640));
    out.raw("{\"id\":\"");
    out.raw(lease.id.write(&mut [0; 15]));
    out.raw("\",\"server\":\"");
    out.raw(lease.server.write(&mut [0; 26]));
    out.raw("\",\"holder\":{");
    out.holder(&lease.holder);
    out.raw("},\"feature\":");
    out.string(&lease.feature);
    out.raw(",\"version\":\"");
    out.shown(lease.version);
    out.raw("\",\"count\":");
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
        write_json(key, &mut out.0);
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
    out.raw(if lease.borrowed { ",\"borrowed\":true}" } else { ",\"borrowed\":false}" });
    out.0
}

/// The text so far.
struct Text(Vec<u8>);

impl Text {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A JSON string; almost all of them need no escape, which is found out in one quick pass.
    fn string(&mut self, text: &str) {
        if text.bytes().any(|c| c < 0x20 || c == b'"' || c == b'\\') {
            write_json(&text, &mut self.0);
        } else {
            self.raw("\"");
            self.raw(text);
            self.raw("\"");
        }
    }

    fn number(&mut self, number: u64) {
        let mut buffer = [0; 20];
        let mut at = buffer.len();
        let mut rest = number;
        loop {
            at -= 1;
            buffer[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&buffer[at..]);
    }

    fn time(&mut self, time: Time) {
        self.raw("\"");
        self.raw(time.write(&mut [0; 24]));
        self.raw("\"");
    }

    fn hash(&mut self, hash: &Hash) {
        self.0.extend_from_slice(&encoding::hash_to_base64url(&hash.0));
    }

    fn shown(&mut self, value: impl Display) {
        use std::io::Write as _;
        // A Vec takes every write.
        let _ = write!(self.0, "{value}");
    }

    fn holder(&mut self, holder: &Holder) {
        self.raw("\"host\":{\"type\":\"");
        self.raw(holder.host.kind.name());
        self.raw("\",\"value\":");
        self.string(&holder.host.value);
        self.raw("}");
        let Holder { user, session, process, owner, name, .. } = holder;
        for (member, value) in [
            (",\"user\":", user),
            (",\"session\":", session),
            (",\"process\":", process),
            (",\"owner\":", owner),
            (",\"name\":", name),
        ] {
            if let Some(value) = value {
                self.raw(member);
                self.string(value);
            }
        }
        if holder.kind != MachineKind::Unknown {
            self.raw(",\"kind\":");
            write_json(&holder.kind, &mut self.0);
        }
    }
}
