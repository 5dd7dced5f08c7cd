//! Who is who in a decision under way: seat keys and numbers of those who ask, known to the state or not.
//!
//! Invariants: a holder has the same key for the whole decision once it was given seats.
//! Deliberately not here: what a seat key means (lease).

use crate::draft::Draft;
use crate::ids::No;
use crate::lease::{Device, Name, SeatKey};
use crate::plan::AskerKey;
use tenure_document::{Holder, HostId, SeatBasis};

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
