//! The device's side of an exchange: a folder of containers on this machine, or an agent somewhere.
//!
//! Invariants: three calls are all that is needed: list containers, get a context, apply an update; and a receipt.
//! Deliberately not here: which of them comes when.

use super::{advice, plan::Standing};
use crate::{clock::RealClock, exit::Failure, explain};
use std::{path::Path, sync::Arc};
use tenure_api::device::DeviceContainer;
use tenure_api::{ClientOptions, Credential, DeviceClient, TlsTrust, UpdateAnswer};
use tenure_device::Device;
use tenure_vault::{DeviceFolder, LinuxMachine};

/// A device that can be reached.
pub enum DeviceSide {
    /// Its folder is on this machine.
    Folder(Device),
    /// Its agent answers.
    Agent(DeviceClient),
}

impl DeviceSide {
    /// The device at an address or in a folder. Nothing is sent yet.
    ///
    /// # Errors
    /// The folder is not there or open to others; the address makes no sense; the token can't be read.
    pub fn at(
        place: &str,
        token_file: Option<&Path>,
        trust: TlsTrust,
    ) -> Result<DeviceSide, Failure> {
        if !place.contains("://") {
            let path = Path::new(place);
            if !path.exists() {
                let why = format!("there are no containers in {place}");
                return Err(advice::with(Failure::refused("no-container", why)));
            }
            let folder = DeviceFolder::open(path).map_err(explain::device)?;
            let machine = Arc::new(LinuxMachine::this());
            return Ok(DeviceSide::Folder(Device::new(folder, machine, Arc::new(RealClock))));
        }
        let mut options = ClientOptions::new(place.trim_end_matches('/'));
        options.trust = trust;
        if let Some(file) = token_file {
            let token = std::fs::read_to_string(file).map_err(|error| {
                Failure::fault(format!("can't read the token {}: {error}", file.display()))
            })?;
            options.credential = Credential::Bearer(token.trim().to_owned());
        }
        let client = DeviceClient::new(options).map_err(|error| advice::call(&error))?;
        Ok(DeviceSide::Agent(client))
    }

    /// Its containers, also those that do not open.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn containers(&self) -> Result<Vec<DeviceContainer>, Failure> {
        match self {
            DeviceSide::Folder(device) => device.containers().map_err(failure),
            DeviceSide::Agent(client) => client.containers().map_err(|error| advice::call(&error)),
        }
    }

    /// A context.
    ///
    /// # Errors
    /// The container does not open; it can't be asked.
    pub fn context(&self, serial: &str) -> Result<String, Failure> {
        match self {
            DeviceSide::Folder(device) => device.context(serial).map_err(failure),
            DeviceSide::Agent(client) => {
                client.context(serial).map_err(|error| advice::call(&error))
            }
        }
    }

    /// Applies an update.
    ///
    /// # Errors
    /// It is refused, and nothing has changed; it can't be asked.
    pub fn apply(&self, serial: &str, update: &[u8]) -> Result<UpdateAnswer, Failure> {
        match self {
            DeviceSide::Folder(device) => device.apply(serial, update).map_err(failure),
            DeviceSide::Agent(client) => {
                client.apply_update(serial, update.to_vec()).map_err(|error| advice::call(&error))
            }
        }
    }

    /// A receipt.
    ///
    /// # Errors
    /// As [`DeviceSide::context`].
    pub fn receipt(&self, serial: &str) -> Result<String, Failure> {
        match self {
            DeviceSide::Folder(device) => device.receipt(serial).map_err(failure),
            DeviceSide::Agent(client) => {
                client.receipt(serial).map_err(|error| advice::call(&error))
            }
        }
    }
}

/// Where a container stands.
pub fn standing(container: &DeviceContainer) -> Standing {
    Standing {
        serial: container.serial.clone(),
        generation: container.generation,
        sequence: container.sequence,
    }
}

fn failure(error: tenure_vault::DeviceError) -> Failure {
    let failure = explain::device(error);
    // What to do is said for files that are carried, which knows more than the folder alone.
    match failure.code.as_deref().and_then(advice::of) {
        Some(advice) => failure.hint(advice),
        None => failure,
    }
}
