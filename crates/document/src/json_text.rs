//! JSON text written without serde, for the few texts that every checkout pays for.
//!
//! Invariants: what is written is what serde_json would write for the same values (laws in the tests of each
//! text); strings that need an escape are left to serde_json. Not here: which members a text has.

use std::fmt::Display;

use serde::Serialize;

use crate::{
    encoding,
    hash::{Bytes, Hash},
    holder::{Holder, MachineKind},
    ids::{ContainerId, LeaseId},
    lease::SeatRange,
    payload::write_json,
    time::Time,
    version::Version,
};

/// A text that grows.
#[derive(Debug, Default)]
pub struct JsonText(pub(crate) Vec<u8>);

impl JsonText {
    /// An empty text with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> JsonText {
        JsonText(Vec::with_capacity(bytes))
    }

    /// Writes behind what is in `bytes`.
    pub fn append(bytes: &mut Vec<u8>, write: impl FnOnce(&mut JsonText)) {
        let mut text = JsonText(std::mem::take(bytes));
        write(&mut text);
        *bytes = text.0;
    }

    /// The text.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Punctuation and member names, as they are.
    pub fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A string; almost all of them need no escape, which is found out in one quick pass.
    pub fn string(&mut self, text: &str) {
        if text.bytes().any(|c| c < 0x20 || c == b'"' || c == b'\\') {
            write_json(&text, &mut self.0);
        } else {
            self.raw("\"");
            self.raw(text);
            self.raw("\"");
        }
    }

    /// A whole number.
    pub fn number(&mut self, number: u64) {
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

    /// `true` or `false`.
    pub fn truth(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// An instant, in quotes.
    pub fn time(&mut self, time: Time) {
        self.raw("\"");
        self.raw(time.write(&mut [0; 24]));
        self.raw("\"");
    }

    /// The ID of a lease, in quotes.
    pub fn lease_id(&mut self, id: LeaseId) {
        self.raw("\"");
        self.raw(id.write(&mut [0; 15]));
        self.raw("\"");
    }

    /// The ID of a container, in quotes.
    pub fn container_id(&mut self, id: ContainerId) {
        self.raw("\"");
        self.raw(id.write(&mut [0; 26]));
        self.raw("\"");
    }

    /// A version, in quotes.
    pub fn version(&mut self, version: Version) {
        self.raw("\"");
        self.shown(version);
        self.raw("\"");
    }

    /// Who holds or asks for a seat.
    pub fn holder(&mut self, holder: &Holder) {
        let Holder { host, user, session, process, owner, name, kind } = holder;
        self.raw("{\"host\":{\"type\":\"");
        self.raw(host.kind.name());
        self.raw("\",\"value\":");
        self.string(&host.value);
        self.raw("}");
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
        if *kind != MachineKind::Unknown {
            self.raw(",\"kind\":");
            self.json(kind);
        }
        self.raw("}");
    }

    /// A list, each element by `write`.
    pub fn list<T>(
        &mut self,
        elements: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut JsonText, T),
    ) {
        self.raw("[");
        for (place, element) in elements.into_iter().enumerate() {
            if place > 0 {
                self.raw(",");
            }
            write(self, element);
        }
        self.raw("]");
    }

    /// Ranges of seats.
    pub fn seats(&mut self, seats: &[SeatRange]) {
        self.list(seats, |out, range| {
            out.raw("[");
            out.number(u64::from(range.first));
            out.raw(",");
            out.number(u64::from(range.last));
            out.raw("]");
        });
    }

    /// What ties an answer to its request, as further members; nothing where there is nothing.
    pub fn request_members(&mut self, nonce: Option<&Bytes>, request: Option<&Hash>) {
        if let Some(nonce) = nonce {
            self.raw(",\"nonce\":\"");
            encoding::extend_base64url(nonce.as_slice(), &mut self.0);
            self.raw("\"");
        }
        if let Some(request) = request {
            self.raw(",\"request\":\"");
            self.hash(request);
            self.raw("\"");
        }
    }

    /// A hash, without quotes.
    pub(crate) fn hash(&mut self, hash: &Hash) {
        self.0.extend_from_slice(&encoding::hash_to_base64url(&hash.0));
    }

    /// Bytes in the standard alphabet, without quotes.
    pub(crate) fn base64(&mut self, bytes: &[u8]) {
        encoding::extend_base64(bytes, &mut self.0);
    }

    /// Anything that has string keys only, by serde.
    pub fn json<T: Serialize>(&mut self, value: &T) {
        write_json(value, &mut self.0);
    }

    fn shown(&mut self, value: impl Display) {
        use std::io::Write as _;
        // A Vec takes every write.
        let _ = write!(self.0, "{value}");
    }
}
