//! Who is who in a decision under way: holders that the state knows, and those that only this decision gives seats to.
//!
//! Invariants: equal holders have one number within a decision, and that of a newcomer is no number of the state's: the
//! tables count up from the first, newcomers down from the last. Deliberately not here: what a seat key means (lease).

use crate::draft::Draft;
use crate::ids::No;
use crate::lease::{Device, Name, SeatKey};
use crate::plan::AskerKey;
use tenure_document::{Holder, HostId, SeatBasis};

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

impl Draft<'_> {
    /// The seat key of who asks.
    pub(crate) fn key_of(&self, asker: &Holder, basis: SeatBasis) -> AskerKey {
        let device = || self.device_no(&asker.host);
        let key = match (basis, asker.session.as_deref(), asker.user.as_deref()) {
            (SeatBasis::Process, _, _) => return AskerKey::Own,
            (SeatBasis::Session, Some(session), _) => device()
                .zip(self.name_no(session))
                .map(|(device, session)| SeatKey::Session(device, Some(session))),
            (SeatBasis::Session, None, _) => device().map(|device| SeatKey::Session(device, None)),
            (SeatBasis::User, _, Some(user)) => self.name_no(user).map(SeatKey::User),
            (SeatBasis::Device | SeatBasis::User, _, _) => device().map(SeatKey::Device),
        };
        AskerKey::Shared(key)
    }

    pub(crate) fn device_no(&self, host: &HostId) -> Option<No<Device>> {
        self.state.devices.find(host).or_else(|| self.newcomers.device(host))
    }

    pub(crate) fn name_no(&self, text: &str) -> Option<No<Name>> {
        self.state.names.find(text).or_else(|| self.newcomers.name(text))
    }

    /// The seat key of a holder that is given seats; none where every checkout has its own. Who is new to the state is
    /// known to this decision from here on.
    pub(crate) fn meet(&mut self, holder: &Holder, basis: SeatBasis) -> Option<SeatKey> {
        if self.key_of(holder, basis) == AskerKey::Shared(None) {
            self.meet_device(&holder.host);
            for name in [&holder.user, &holder.session].into_iter().flatten() {
                if self.name_no(name).is_none() {
                    self.newcomers.add_name(name);
                }
            }
        }
        match self.key_of(holder, basis) {
            AskerKey::Own => None,
            AskerKey::Shared(key) => key,
        }
    }

    pub(crate) fn meet_device(&mut self, host: &HostId) -> No<Device> {
        self.device_no(host).unwrap_or_else(|| self.newcomers.add_device(host))
    }
}

fn number<T>(place: usize) -> No<T> {
    No::new((u32::MAX - 1).saturating_sub(u32::try_from(place).unwrap_or(u32::MAX)))
}
