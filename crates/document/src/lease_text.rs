//! The payload bytes of a lease, written without serde: the signed JSON text on the server's hot path.
//!
//! Invariants: the same bytes as serde writes (a law in `tests/laws.rs`), one allocation as a
//! rule; nothing is copied to be written. Not here: any other type.

use crate::{
    hash::{Bytes, Hash},
    holder::Holder,
    ids::{ContainerId, LeaseId},
    json_text::JsonText,
    keys::PublicKey,
    lease::{Lease, SeatRange},
    time::Time,
    version::Version,
};

/// What a lease says, wherever its parts are kept. The members are those of [`Lease`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "they stand with Lease")]
pub struct LeaseText<'a, S> {
    pub id: LeaseId,
    pub server: ContainerId,
    pub holder: &'a Holder,
    pub feature: &'a str,
    pub version: Version,
    pub count: u32,
    pub seats: &'a [SeatRange],
    pub items: &'a [S],
    pub issued: Time,
    pub expires: Time,
    pub renew_after: Time,
    pub client_key: Option<&'a PublicKey>,
    pub nonce: Option<&'a Bytes>,
    pub request: Option<Hash>,
    pub sequence: u64,
    pub code: &'a str,
    pub borrowed: bool,
}

/// The payload bytes of a lease.
pub fn lease_payload_bytes(lease: &Lease) -> Vec<u8> {
    let text = LeaseText {
        id: lease.id,
        server: lease.server,
        holder: &lease.holder,
        feature: &lease.feature,
        version: lease.version,
        count: lease.count,
        seats: &lease.seats,
        items: &lease.items,
        issued: lease.issued,
        expires: lease.expires,
        renew_after: lease.renew_after,
        client_key: lease.client_key.as_ref(),
        nonce: lease.nonce.as_ref(),
        request: lease.request,
        sequence: lease.sequence,
        code: &lease.code,
        borrowed: lease.borrowed,
    };
    text.payload_bytes()
}

impl<S: AsRef<str>> LeaseText<'_, S> {
    /// The payload bytes.
    pub fn payload_bytes(&self) -> Vec<u8> {
        let mut out = JsonText::with_capacity(640);
        out.raw("{\"id\":");
        out.lease_id(self.id);
        out.raw(",\"server\":");
        out.container_id(self.server);
        out.raw(",\"holder\":");
        out.holder(self.holder);
        out.raw(",\"feature\":");
        out.string(self.feature);
        out.raw(",\"version\":");
        out.version(self.version);
        out.raw(",\"count\":");
        out.number(u64::from(self.count));
        out.raw(",\"seats\":");
        out.seats(self.seats);
        out.raw(",\"items\":");
        out.list(self.items, |out, item| out.string(item.as_ref()));
        out.raw(",\"issued\":");
        out.time(self.issued);
        out.raw(",\"expires\":");
        out.time(self.expires);
        out.raw(",\"renew_after\":");
        out.time(self.renew_after);
        if let Some(key) = self.client_key {
            out.raw(",\"client_key\":");
            out.json(key);
        }
        out.request_members(self.nonce, self.request.as_ref());
        out.raw(",\"sequence\":");
        out.number(self.sequence);
        out.raw(",\"code\":");
        out.string(self.code);
        out.raw(",\"borrowed\":");
        out.truth(self.borrowed);
        out.raw("}");
        out.into_bytes()
    }
}
