//! The use of a portable container by this system: taken, kept, given up.
//!
//! Invariants: taken and given up under the container's lock; the programs of one system use it together, and the last
//! of them ends the use; nothing is written to a container whose use was not confirmed just before.
//! Deliberately not here: when to beat (whoever keeps an [`Exclusive`]), the rules.

use super::{
    records::Records,
    rules::{Beat, Holder, Look, System},
};
use crate::{
    chance::random_bytes,
    device::{error::DeviceError, lock::Lock},
    machine::SystemMark,
};
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, open},
    io::Errno,
};
use std::{os::fd::OwnedFd, path::Path};
use tenure_container::Reading;
use tenure_document::{ContainerId, Hash};

/// A part in this system's use.
pub(crate) struct Hold {
    records: Records,
    me: System,
    session: Hash,
    origin_ms: i64,
    /// Locked, shared, as long as this program takes part.
    _part: OwnedFd,
}

impl Hold {
    /// Begins to use the container, or takes part in this system's use. The caller holds the container's lock.
    pub(crate) fn take(
        folder: &Path,
        id: ContainerId,
        mark: &SystemMark,
        now: Reading,
    ) -> Result<Hold, DeviceError> {
        let records = Records::of(folder, &id.serial());
        let me = System {
            machine: salted(id, "machine", mark.machine()),
            boot: salted(id, "boot", mark.boot()),
        };
        let serial = || records.serial().to_owned();
        let medium = records.read()?;
        let part = part(&records)?;
        match medium.look(me, now.since_boot_ms) {
            Look::Elsewhere { left_ms, watch } => {
                records.put_watch(&watch)?;
                Err(DeviceError::InUseElsewhere { serial: serial(), seconds: seconds(left_ms) })
            }
            Look::Shared { left_ms, watch } => {
                records.put_watch(&watch)?;
                Err(DeviceError::Shared { serial: serial(), seconds: seconds(left_ms) })
            }
            Look::Ours(holder) if !is_alone(&records, &part)? => {
                let (session, origin_ms) = (holder.session, holder.origin_ms);
                Ok(Hold { records, me, session, origin_ms, _part: part })
            }
            Look::Ours(Holder { origin_ms, .. }) | Look::Free { origin_ms } => {
                let session = Hash::of(&random_bytes::<32>()?);
                records.put_holder(&Holder {
                    system: me,
                    session,
                    beat: 1,
                    origin_ms,
                    ended: false,
                })?;
                if medium.lockout.is_some() || !medium.watches.is_empty() {
                    records.clear()?;
                }
                Ok(Hold { records, me, session, origin_ms, _part: part })
            }
        }
    }

    /// Another part in the same use.
    pub(crate) fn joined(&self) -> Result<Hold, DeviceError> {
        let part = part(&self.records)?;
        let Hold { records, me, session, origin_ms, .. } = self;
        let (records, me, session, origin_ms) = (records.clone(), *me, *session, *origin_ms);
        Ok(Hold { records, me, session, origin_ms, _part: part })
    }

    /// What the clocks say, as the container's clock counts: the time since boot of another machine means nothing here.
    pub(crate) fn reading(&self, now: Reading) -> Reading {
        let since_boot_ms = now.since_boot_ms.saturating_sub(self.origin_ms).max(0);
        Reading { since_boot_ms, ..now }
    }

    /// Looks whether the use goes on.
    pub(crate) fn confirm(&self) -> Result<(), DeviceError> {
        self.beaten(false)
    }

    /// Says that the use goes on.
    fn beat(&self) -> Result<(), DeviceError> {
        self.beaten(true)
    }

    fn beaten(&self, is_written: bool) -> Result<(), DeviceError> {
        let serial = || self.records.serial().to_owned();
        match self.records.read()?.beat(self.me, self.session) {
            Beat::On(holder) if is_written => self.records.put_holder(&holder),
            Beat::On(_) => Ok(()),
            Beat::Found(lockout) => {
                self.records.put_lockout(&lockout)?;
                let seconds = seconds(super::rules::LOCKED_FOR_MS);
                Err(DeviceError::Shared { serial: serial(), seconds })
            }
            Beat::Locked => {
                let seconds = seconds(super::rules::LOCKED_FOR_MS);
                Err(DeviceError::Shared { serial: serial(), seconds })
            }
            Beat::Lost => Err(DeviceError::HoldLost { serial: serial() }),
        }
    }

    /// Gives this part up; ends the use when it was the last one. The caller holds the container's lock. What can't be
    /// written counts as silence, which ends the use as well.
    fn release(&self) {
        if is_alone(&self.records, &self._part).unwrap_or(false)
            && let Ok(medium) = self.records.read()
            && let Beat::On(holder) = medium.beat(self.me, self.session)
        {
            let _ = self.records.put_holder(&Holder { ended: true, ..holder });
        }
    }
}

/// A use for one call: given up when dropped, while the container is still locked.
pub(crate) struct Call(pub(crate) Hold);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A use that goes on after the call: nobody else can use the container as long as it lives and beats.
pub struct Exclusive(Hold);

impl Exclusive {
    pub(crate) fn new(hold: Hold) -> Exclusive {
        Exclusive(hold)
    }

    /// Says that the use goes on; to be called every [`super::BEAT_EVERY_MS`].
    ///
    /// # Errors
    /// [`DeviceError::Shared`] and [`DeviceError::HoldLost`] when it is over; a fault when the medium can't be reached.
    pub fn beat(&self) -> Result<(), DeviceError> {
        let _lock = self.lock()?;
        self.0.beat()
    }

    fn lock(&self) -> Result<Lock, DeviceError> {
        let records = &self.0.records;
        Lock::take(&records.place("lock"), records.serial())
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        if let Ok(_lock) = self.lock() {
            self.0.release();
        }
    }
}

/// Takes part in the lock that the programs of this system share. Another system's programs on the same kernel may
/// share it as well; the records tell them apart.
fn part(records: &Records) -> Result<OwnedFd, DeviceError> {
    let place = records.place("hold");
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(&place, flags, Mode::from_raw_mode(0o600))
        .map_err(|errno| DeviceError::io("open", &place, errno))?;
    flock(&file, FlockOperation::NonBlockingLockShared)
        .map_err(|errno| DeviceError::io("lock", &place, errno))?;
    Ok(file)
}

/// Whether no other program has a part.
fn is_alone(records: &Records, part: &OwnedFd) -> Result<bool, DeviceError> {
    let failed = |errno: Errno| DeviceError::io("lock", &records.place("hold"), errno);
    let alone = match flock(part, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => true,
        Err(Errno::WOULDBLOCK) => false,
        Err(errno) => return Err(failed(errno)),
    };
    // A lock that could not be converted is lost.
    flock(part, FlockOperation::NonBlockingLockShared).map_err(failed)?;
    Ok(alone)
}

fn salted(id: ContainerId, what: &str, value: &str) -> Hash {
    Hash::of(format!("TENURE-SYSTEM-V1\n{id}\n{what}\n{value}").as_bytes())
}

fn seconds(millis: i64) -> u64 {
    u64::try_from(millis.max(0)).unwrap_or(0).div_ceil(1000)
}
