//! The client of an office: exchange, receipts, portal, login.
//!
//! What the staff asks stands in `office_books` (catalog, customers, entitlements) and `office_desk` (containers,
//! approvals, imports, webhooks) and `office_hosts` (host keys). Calls that change something take an idempotency key; the same call with the same key
//! is carried out once, whatever happens on the way.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connection::{Answer, Call, Client, ClientOptions, Credential, query};
use super::error::ApiError;
use crate::list::Page;
use crate::office::exchange::UPDATE_MEDIA_TYPE;
use crate::office::{
    Decided, IssuedUpdate, LookUpAnswer, LookUpRequest, OfficeLogin, OfficeQuery,
    PortalActivationRequest, PortalContainers, PortalPushRequest, PortalReplacement,
    PortalReplacementRequest, PortalReturnRequest, ReadContext, ReceiptAnswer, UsageTaken,
};
use crate::people::{Login, PasswordChange, Setup};
use crate::server::{Health, VersionAnswer};

const DOCUMENT: &str = "application/octet-stream";

/// A typed client of one office. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct OfficeClient {
    pub(super) client: Client,
}

impl OfficeClient {
    /// A client for these options. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ApiError::Setup`] when the address or the certificates can't be used.
    pub fn new(options: ClientOptions) -> Result<Self, ApiError> {
        Client::new(options).map(|client| Self { client })
    }

    /// The same office with another credential.
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self { client: self.client.with_credential(credential) }
    }

    /// The office's base address.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// `POST /api/v1/exchange`: a context in any form goes in, an update comes out.
    pub fn exchange(&self, context: Vec<u8>, key: &str) -> Result<IssuedUpdate, ApiError> {
        let call = Call::new("POST", "/api/v1/exchange").bytes(DOCUMENT, context);
        self.client.read(call.idempotency_key(key))
    }

    /// The same, and only the armoured update is answered: what a device stores as it is.
    pub fn exchange_text(&self, context: Vec<u8>, key: &str) -> Result<String, ApiError> {
        let call = Call::new("POST", "/api/v1/exchange").bytes(DOCUMENT, context);
        self.client.text(call.accept(UPDATE_MEDIA_TYPE).idempotency_key(key))
    }

    /// `POST /api/v1/receipts`
    pub fn take_receipt(&self, receipt: Vec<u8>, key: &str) -> Result<ReceiptAnswer, ApiError> {
        let call = Call::new("POST", "/api/v1/receipts").bytes(DOCUMENT, receipt);
        self.client.read(call.idempotency_key(key))
    }

    /// `POST /api/v1/usage`
    pub fn take_usage(&self, report: Vec<u8>, key: &str) -> Result<UsageTaken, ApiError> {
        let call = Call::new("POST", "/api/v1/usage").bytes(DOCUMENT, report);
        self.client.read(call.idempotency_key(key))
    }

    /// `POST /api/v1/contexts/read`: the context in a picture (`image/png`, `image/jpeg`) or a text (`text/plain`).
    pub fn read_context(
        &self,
        media_type: &'static str,
        bytes: Vec<u8>,
    ) -> Result<ReadContext, ApiError> {
        self.client.read(Call::new("POST", "/api/v1/contexts/read").bytes(media_type, bytes))
    }

    /// `POST /api/v1/portal/look-up`
    pub fn look_up(&self, request: &LookUpRequest) -> Result<LookUpAnswer, ApiError> {
        self.client.read(Call::new("POST", "/api/v1/portal/look-up").json(request)?)
    }

    /// `POST /api/v1/portal/containers`
    pub fn portal_containers(&self, request: &LookUpRequest) -> Result<PortalContainers, ApiError> {
        self.client.read(Call::new("POST", "/api/v1/portal/containers").json(request)?)
    }

    /// `POST /api/v1/portal/activations`
    pub fn activate(
        &self,
        request: &PortalActivationRequest,
        key: &str,
    ) -> Result<IssuedUpdate, ApiError> {
        self.post("/api/v1/portal/activations", request, key)
    }

    /// `POST /api/v1/portal/returns`
    pub fn give_back(
        &self,
        request: &PortalReturnRequest,
        key: &str,
    ) -> Result<IssuedUpdate, ApiError> {
        self.post("/api/v1/portal/returns", request, key)
    }

    /// `POST /api/v1/portal/push`
    pub fn portal_push(
        &self,
        request: &PortalPushRequest,
        key: &str,
    ) -> Result<IssuedUpdate, ApiError> {
        self.post("/api/v1/portal/push", request, key)
    }

    /// `POST /api/v1/portal/replacements`
    pub fn give_up_container(
        &self,
        request: &PortalReplacementRequest,
        key: &str,
    ) -> Result<PortalReplacement, ApiError> {
        self.post("/api/v1/portal/replacements", request, key)
    }

    /// `POST /api/v1/login`
    pub fn login(&self, request: &Login) -> Result<OfficeLogin, ApiError> {
        self.client.read(Call::new("POST", "/api/v1/login").json(request)?)
    }

    /// `POST /api/v1/logout`
    pub fn logout(&self) -> Result<(), ApiError> {
        self.client.done(Call::new("POST", "/api/v1/logout"))
    }

    /// `POST /api/v1/setup`
    pub fn setup(&self, request: &Setup) -> Result<OfficeLogin, ApiError> {
        self.client.read(Call::new("POST", "/api/v1/setup").json(request)?)
    }

    /// `POST /api/v1/password`
    pub fn change_password(&self, request: &PasswordChange) -> Result<(), ApiError> {
        self.client.done(Call::new("POST", "/api/v1/password").json(request)?)
    }

    /// `GET /health`
    pub fn health(&self) -> Result<Health, ApiError> {
        self.client.health()
    }

    /// `GET /version`
    pub fn version(&self) -> Result<VersionAnswer, ApiError> {
        self.client.version()
    }

    /// `GET /openapi.json`
    pub fn openapi(&self) -> Result<Value, ApiError> {
        self.client.openapi()
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.client.read(Call::new("GET", path))
    }

    pub(super) fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        list: &OfficeQuery,
    ) -> Result<Page<T>, ApiError> {
        self.client.read(Call::new("GET", format!("{path}{}", query(&list.pairs()))))
    }

    pub(super) fn send<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ApiError> {
        self.client.read(Call::new(method, path).json(body)?)
    }

    pub(super) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T, ApiError> {
        self.client.read(Call::new("POST", path).json(body)?.idempotency_key(key))
    }

    /// An order that may have to wait for a second person.
    pub(super) fn decided<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<Decided<T>, ApiError> {
        self.decide(&Call::new("POST", path).json(body)?.idempotency_key(key))
    }

    /// Sends such an order; 202 says that it waits.
    pub(super) fn decide<T: DeserializeOwned>(&self, call: &Call) -> Result<Decided<T>, ApiError> {
        let Answer { status, body } = self.client.send(call)?;
        let garbled =
            |error: serde_json::Error| ApiError::Garbled { status, reason: error.to_string() };
        match status {
            202 => serde_json::from_slice(&body).map(Decided::Waiting).map_err(garbled),
            _ => serde_json::from_slice(&body).map(Decided::Done).map_err(garbled),
        }
    }
}
