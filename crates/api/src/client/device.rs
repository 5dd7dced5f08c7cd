//! The client of a device agent: the three calls that a device needs, and its doctor.
//!
//! The credential is the agent's token. Methods name their route and nothing more.

use super::connection::{Call, Client, ClientOptions, segment};
use super::error::ApiError;
use crate::device::{
    DeviceContainer, DeviceContainerDetail, DeviceContainers, DoctorAnswer, RECEIPT_MEDIA_TYPE,
};
use crate::server::{Health, UpdateAnswer, VersionAnswer};

/// A typed client of one device agent. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct DeviceClient {
    client: Client,
}

impl DeviceClient {
    /// A client for these options. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ApiError::Setup`] when the address or the certificates can't be used.
    pub fn new(options: ClientOptions) -> Result<Self, ApiError> {
        Client::new(options).map(|client| Self { client })
    }

    /// The agent's base address.
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// `GET /api/v1/containers`
    pub fn containers(&self) -> Result<Vec<DeviceContainer>, ApiError> {
        let answer: DeviceContainers = self.client.read(Call::new("GET", "/api/v1/containers"))?;
        Ok(answer.containers)
    }

    /// `GET /api/v1/containers/{serial}`
    pub fn container(&self, serial: &str) -> Result<DeviceContainerDetail, ApiError> {
        self.client.read(Call::new("GET", path_of(serial, "")))
    }

    /// `GET /api/v1/containers/{serial}/context`: the armoured context document.
    pub fn context(&self, serial: &str) -> Result<String, ApiError> {
        self.client.text(Call::new("GET", path_of(serial, "/context")))
    }

    /// `GET /api/v1/containers/{serial}/context?form=qr`: the same as the text of a QR code.
    pub fn context_qr(&self, serial: &str) -> Result<String, ApiError> {
        self.client.text(Call::new("GET", path_of(serial, "/context?form=qr")))
    }

    /// `POST /api/v1/containers/{serial}/update` with the bytes of an update file. Repeating it is harmless: what was
    /// applied is answered as applied.
    pub fn apply_update(&self, serial: &str, file: Vec<u8>) -> Result<UpdateAnswer, ApiError> {
        let call = Call::new("POST", path_of(serial, "/update"));
        self.client.read(call.bytes("application/octet-stream", file))
    }

    /// `GET /api/v1/containers/{serial}/receipt`: the armoured receipt document.
    pub fn receipt(&self, serial: &str) -> Result<String, ApiError> {
        let call = Call::new("GET", path_of(serial, "/receipt"));
        self.client.text(call.accept(RECEIPT_MEDIA_TYPE))
    }

    /// `GET /api/v1/doctor`
    pub fn doctor(&self) -> Result<DoctorAnswer, ApiError> {
        self.client.read(Call::new("GET", "/api/v1/doctor"))
    }

    /// `GET /health`
    pub fn health(&self) -> Result<Health, ApiError> {
        self.client.health()
    }

    /// `GET /version`
    pub fn version(&self) -> Result<VersionAnswer, ApiError> {
        self.client.version()
    }
}

fn path_of(serial: &str, rest: &str) -> String {
    format!("/api/v1/containers/{}{rest}", segment(serial))
}
