//! The requests of the load client as bytes: checkout, return, renewal; and numbers that make each one its own.
//!
//! Invariant: a number is used for one request only: holder, idempotency key and nonce are made of it.
//! Deliberately not here: when they are sent (`scripts.rs`).

use super::{findings::Ticket, wire::Template};

/// Numbers for requests, never the same twice in one run.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    next: u64,
}

impl Numbers {
    /// Begins at `first`.
    pub fn starting_at(first: u64) -> Numbers {
        Numbers { next: first }
    }

    /// The next number.
    pub fn take(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

/// A checkout of one seat of `feature`, as the SDK sends it: with nonce and idempotency key.
pub fn checkout_template(path: &str, feature: &str, run: &str) -> Template {
    let key = format!("bench-{run}-~~~~~~~~~~");
    let body = format!(
        "{{\"holder\":{{\"host\":{{\"type\":\"STRING\",\"value\":\"b~~~~~~~~~~\"}},\"user\":\"bench\",\"process\":\"1\"}},\
         \"features\":[{{\"name\":\"{feature}\",\"version\":\"1.0\",\"count\":1}}],\"nonce\":\"benchnonceabcd~~~~~~~~~~\"}}"
    );
    Template::new("POST", path, &[("idempotency-key", &key)], &body)
}

/// Writes `DELETE /api/v1/leases/{id}` with the lease's token.
pub fn write_release(request: &mut Vec<u8>, ticket: &Ticket) {
    for part in [
        "DELETE /api/v1/leases/",
        &ticket.lease,
        " HTTP/1.1\r\nhost: localhost\r\nauthorization: Lease ",
        &ticket.token,
    ] {
        request.extend_from_slice(part.as_bytes());
    }
    request.extend_from_slice(b"\r\ncontent-length: 0\r\n\r\n");
}

/// Writes `POST /api/v1/leases/{id}/renewal` with the lease's token.
pub fn write_renewal(request: &mut Vec<u8>, ticket: &Ticket) {
    for part in [
        "POST /api/v1/leases/",
        &ticket.lease,
        "/renewal HTTP/1.1\r\nhost: localhost\r\nauthorization: Lease ",
        &ticket.token,
    ] {
        request.extend_from_slice(part.as_bytes());
    }
    request.extend_from_slice(b"\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
}
