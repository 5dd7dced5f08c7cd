//! What every handler of the agent shares.
//!
//! Kept here: calls on containers run on blocking threads, they wait for locks and disks.
//! Deliberately not here: routes and answers.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tenure_shell::access::LoggedIn;
use tenure_shell::edge::Edge;
use tenure_shell::problem::{Code, Refused};
use tenure_vault::DeviceError;

use crate::device::Device;
use crate::refusal::refused;

/// The shared parts; clones are cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    device: Device,
    edge: Edge,
    describe: fn() -> Vec<u8>,
}

impl AsRef<Edge> for App {
    fn as_ref(&self) -> &Edge {
        &self.0.edge
    }
}

impl App {
    pub(crate) fn new(device: Device, edge: Edge, describe: fn() -> Vec<u8>) -> Self {
        Self(Arc::new(Shared { device, edge, describe }))
    }

    /// The description of the API, as JSON text.
    pub(crate) fn description(&self) -> Vec<u8> {
        (self.0.describe)()
    }

    /// Does something with the device on a blocking thread.
    pub(crate) async fn device<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Device) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, Refused> {
        let device = self.0.device.clone();
        let called = tokio::task::spawn_blocking(move || call(&device)).await;
        called
            .map_err(|_| Code::Internal.says("The agent's log names the cause."))?
            .map_err(refused)
    }
}

/// Proof that the caller has the agent's token. There is no other user.
pub(crate) struct Owner;

impl FromRequestParts<App> for Owner {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match LoggedIn::from_request_parts(parts, app).await {
            Ok(_) => Ok(Self),
            Err(_) => Err(Code::LoginRequired.says(
                "Send `Authorization: Bearer <token>` with the token of this agent. It stands in the file agent.token \
                 of the device folder, which only its owner can read.",
            )),
        }
    }
}
