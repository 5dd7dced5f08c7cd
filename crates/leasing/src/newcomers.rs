//! Devices and names that a decision under way gives seats to and that the state does not know yet.
//!
//! Invariants: equal ones have one number within a decision, which is no number of the state's: the tables count up from
//! the first, newcomers down from the last. Deliberately not here: those that are known (table).

use crate::ids::No;
use crate::lease::{Device, Name};
use tenure_document::HostId;

/// Devices and names that are new to the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Newcomers {
    devices: Vec<HostId>,
    names: Vec<String>,
}

impl Newcomers {
    pub(crate) fn device(&self, host: &HostId) -> Option<No<Device>> {
        self.devices.iter().position(|known| known == host).map(number)
    }

    pub(crate) fn name(&self, text: &str) -> Option<No<Name>> {
        self.names.iter().position(|known| known == text).map(number)
    }

    /// The number that a device has from here on.
    pub(crate) fn add_device(&mut self, host: &HostId) -> No<Device> {
        self.devices.push(host.clone());
        number(self.devices.len() - 1)
    }

    pub(crate) fn add_name(&mut self, text: &str) {
        self.names.push(text.to_owned());
    }
}

fn number<T>(place: usize) -> No<T> {
    No::new((u32::MAX - 1).saturating_sub(u32::try_from(place).unwrap_or(u32::MAX)))
}
