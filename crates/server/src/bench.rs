//! Bench-only endpoints: what the server would do without deciding, storing and signing in batches.
//!
//! `POST /bench/bare` parses a checkout and answers ready bytes of the shape and size of a grant; `POST
//! /bench/signed` signs each answer singly, decides and stores nothing. Both go through the same shell and the
//! same reading as the checkout, so the ratio to it shows what durability costs. Never part of the API: not in
//! its description, and only there when the options say so.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{CheckoutAnswer, CheckoutRequest, LeaseGrant};
use tenure_document::{
    Batch, Envelope, Hash, Holder, Lease, LeaseId, SeatRange, Signer, Time, seal,
};
use tenure_shell::answer::{json_bytes, text};
use tenure_shell::problem::Refused;

use crate::app::App;
use crate::call::Call;

/// Length of a Merkle path in a batch of 128.
const PATH: usize = 7;

/// The two endpoints.
pub(crate) struct Bench {
    app: App,
    ready: Bytes,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Endpoint {
    Bare,
    Signed,
}

impl Bench {
    pub(crate) fn new(app: App) -> Self {
        let lease = sample(Holder::of(sample_host()), "cad", app.wall());
        let envelope = batched(&lease, app.identity.as_ref());
        let ready = Bytes::from(answer(&app, &lease, envelope));
        Self { app, ready }
    }

    /// The endpoint at a path.
    pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
        match path {
            "/bench/bare" => Some(Endpoint::Bare),
            "/bench/signed" => Some(Endpoint::Signed),
            _ => None,
        }
    }

    /// Answers a call that was read as the checkout reads it.
    pub(crate) fn answer(&self, endpoint: Endpoint, call: &Call) -> Result<Response, Refused> {
        let asked: CheckoutRequest = call.json()?;
        let bytes = match endpoint {
            Endpoint::Bare => self.ready.clone(),
            Endpoint::Signed => {
                let app = &self.app;
                let feature = asked.features.first().map_or("cad", |feature| feature.name.as_str());
                let lease = sample(asked.holder.clone(), feature, app.wall());
                let envelope = seal(&lease, &[app.identity.as_ref()]);
                answer(app, &lease, envelope).into()
            }
        };
        Ok(json_bytes(StatusCode::CREATED, bytes))
    }
}

fn answer(app: &App, lease: &Lease, envelope: Envelope) -> Vec<u8> {
    let grant = LeaseGrant {
        id: lease.id,
        feature: lease.feature.clone(),
        version: lease.version,
        count: lease.count,
        seats: vec![1],
        issued_at: lease.issued,
        expires_at: lease.expires,
        renew_after: lease.renew_after,
        token: app.tokens.token(&lease.id.to_string()),
        code: lease.code.clone(),
        borrowed: false,
        shortened_by: None,
        document: envelope.to_json(),
    };
    text(&CheckoutAnswer { leases: vec![grant], denials: Vec::new(), tickets: Vec::new() })
}

fn sample_host() -> tenure_document::HostId {
    tenure_document::HostId {
        kind: tenure_document::HostIdType::String,
        value: "bench-000000".to_owned(),
    }
}

fn sample(holder: Holder, feature: &str, now: Time) -> Lease {
    Lease {
        id: LeaseId(1),
        server: tenure_document::ContainerId([7; 16]),
        holder,
        feature: feature.to_owned(),
        version: tenure_document::Version { major: 2, minor: 0, patch: 0 },
        count: 1,
        seats: vec![SeatRange { first: 1, last: 1 }],
        items: vec!["i1".to_owned()],
        issued: now,
        expires: now.plus(std::time::Duration::from_secs(900)),
        renew_after: now.plus(std::time::Duration::from_secs(135)),
        client_key: None,
        nonce: None,
        request: Some(Hash::ZERO),
        sequence: 1,
        code: "granted".to_owned(),
        borrowed: false,
    }
}

/// An envelope of the size a batch makes; its path leads nowhere.
fn batched(lease: &Lease, signer: &dyn Signer) -> Envelope {
    let mut envelope = seal(lease, &[signer]);
    if let Some(signature) = envelope.signatures.first_mut() {
        signature.batch = Some(Batch {
            sequence: 1_000_000,
            at: lease.issued,
            epoch: 1,
            previous: Hash::ZERO,
            events_hash: Hash::ZERO,
            index: 64,
            size: 128,
            path: vec![Hash::ZERO; PATH],
        });
    }
    envelope
}
