//! The client plane: what licensed applications call.
//!
//! The `*_body` variants send bytes that the caller has serialized and hashed.

use std::time::Duration;

use tenure_document::{Bytes, HostId, LeaseId};

use super::connection::{Call, Client, body_of, query, segment};
use super::error::ApiError;
use crate::checkout::{
    CheckoutAnswer, CheckoutRequest, DeviceSetAnswer, DeviceSetRequest, LeaseGrant, PreviewAnswer,
};
use crate::renewal::{ReleaseAnswer, RenewalRequest, Renewals, RenewalsAnswer};
use crate::server::ChainAnswer;
use crate::ticket::TicketEndAnswer;
use crate::usage::{UndoRequest, UsageAnswer, UsageBatchAnswer, UsageBatchRequest, UsageRequest};

const JSON: &str = "application/json";

impl Client {
    /// `GET /api/v1/chain`
    pub fn chain(&self) -> Result<ChainAnswer, ApiError> {
        self.read(Call::new("GET", "/api/v1/chain"))
    }

    /// `POST /api/v1/leases`
    pub fn checkout(
        &self,
        request: &CheckoutRequest,
        idempotency_key: &str,
    ) -> Result<CheckoutAnswer, ApiError> {
        self.checkout_body(body_of(request)?, idempotency_key)
    }

    /// `POST /api/v1/leases` with a body made by [`body_of`].
    pub fn checkout_body(
        &self,
        body: Vec<u8>,
        idempotency_key: &str,
    ) -> Result<CheckoutAnswer, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/leases").bytes(JSON, body).idempotency_key(idempotency_key),
        )
    }

    /// `POST /api/v1/leases/{id}/renewal`
    pub fn renew(
        &self,
        lease: LeaseId,
        token: &str,
        request: &RenewalRequest,
        idempotency_key: &str,
    ) -> Result<LeaseGrant, ApiError> {
        let call = Call::new("POST", format!("/api/v1/leases/{lease}/renewal")).json(request)?;
        self.read(call.lease_token(Some(token)).idempotency_key(idempotency_key))
    }

    /// `POST /api/v1/renewals`
    pub fn renew_many(
        &self,
        request: &Renewals,
        idempotency_key: &str,
    ) -> Result<RenewalsAnswer, ApiError> {
        self.renew_many_body(body_of(request)?, idempotency_key)
    }

    /// `POST /api/v1/renewals` with a body made by [`body_of`].
    pub fn renew_many_body(
        &self,
        body: Vec<u8>,
        idempotency_key: &str,
    ) -> Result<RenewalsAnswer, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/renewals")
                .bytes(JSON, body)
                .idempotency_key(idempotency_key),
        )
    }

    /// `DELETE /api/v1/leases/{id}` with the lease's token, or with the client's own credential when `token` is
    /// `None`.
    pub fn release(
        &self,
        lease: LeaseId,
        token: Option<&str>,
        idempotency_key: &str,
    ) -> Result<ReleaseAnswer, ApiError> {
        let call = Call::new("DELETE", format!("/api/v1/leases/{lease}")).lease_token(token);
        self.read(call.idempotency_key(idempotency_key))
    }

    /// `GET /api/v1/tickets/{id}`: answered within `wait` seconds, like a checkout.
    pub fn ticket(
        &self,
        id: &str,
        token: &str,
        wait: u64,
        nonce: Option<&Bytes>,
    ) -> Result<CheckoutAnswer, ApiError> {
        let nonce = nonce.map(|nonce| nonce.to_string());
        let asked = query(&[("wait", Some(wait.to_string())), ("nonce", nonce)]);
        let call = Call::new("GET", format!("/api/v1/tickets/{}{asked}", segment(id)));
        self.read(call.lease_token(Some(token)).patience(Duration::from_secs(wait)))
    }

    /// `DELETE /api/v1/tickets/{id}` with the ticket's token, or with the client's own credential when `token` is
    /// `None`.
    pub fn cancel_ticket(
        &self,
        id: &str,
        token: Option<&str>,
        idempotency_key: &str,
    ) -> Result<TicketEndAnswer, ApiError> {
        let call = Call::new("DELETE", format!("/api/v1/tickets/{}", segment(id)));
        self.read(call.lease_token(token).idempotency_key(idempotency_key))
    }

    /// `POST /api/v1/previews`
    pub fn preview(&self, request: &CheckoutRequest) -> Result<PreviewAnswer, ApiError> {
        self.read(Call::new("POST", "/api/v1/previews").json(request)?)
    }

    /// `PUT /api/v1/devices/{type}/{value}/features`
    pub fn set_device(
        &self,
        host: &HostId,
        request: &DeviceSetRequest,
        idempotency_key: &str,
    ) -> Result<DeviceSetAnswer, ApiError> {
        let path = format!("{}/features", device_path(host));
        self.read(Call::new("PUT", path).json(request)?.idempotency_key(idempotency_key))
    }

    /// `POST /api/v1/usage`
    pub fn consume(
        &self,
        request: &UsageRequest,
        idempotency_key: &str,
    ) -> Result<UsageAnswer, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/usage").json(request)?.idempotency_key(idempotency_key),
        )
    }

    /// `POST /api/v1/usage/{id}/undo`
    pub fn undo(
        &self,
        id: &str,
        request: &UndoRequest,
        idempotency_key: &str,
    ) -> Result<UsageAnswer, ApiError> {
        let path = format!("/api/v1/usage/{}/undo", segment(id));
        self.read(Call::new("POST", path).json(request)?.idempotency_key(idempotency_key))
    }

    /// `POST /api/v1/usage/batch`
    pub fn consume_batch(
        &self,
        request: &UsageBatchRequest,
        idempotency_key: &str,
    ) -> Result<UsageBatchAnswer, ApiError> {
        self.read(
            Call::new("POST", "/api/v1/usage/batch")
                .json(request)?
                .idempotency_key(idempotency_key),
        )
    }
}

/// `/api/v1/devices/{type}/{value}`
pub(super) fn device_path(host: &HostId) -> String {
    format!("/api/v1/devices/{}/{}", segment(&host.kind.to_string()), segment(&host.value))
}
