//! Seats that the processes of one machine hold of its containers: one locked file for each seat.
//!
//! Invariants: a lock is the kernel's, so a seat is free again when its process is gone, however it went; of a count of
//! N at most N files can be locked at a time; who shares a seat locks the same file with others.
//! Deliberately not here: which items may be used, and how many seats they have.

use crate::{device::error::DeviceError, owner::create_owner_only_folder};
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, open},
    io::Errno,
};
use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};
use tenure_document::Hash;

/// The seats of one container on this machine.
#[derive(Debug, Clone)]
pub struct Seats {
    folder: PathBuf,
}

/// A seat that this process holds, until dropped.
#[derive(Debug)]
pub struct HeldSeat {
    number: u64,
    _file: OwnedFd,
}

impl HeldSeat {
    /// Which of the item's seats it is, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Seats {
    pub(super) fn beside(container: &Path) -> Seats {
        Seats { folder: container.with_extension("seats") }
    }

    /// Takes a free seat among the first `capacity`; none when there is none.
    ///
    /// # Errors
    /// The folder of seats can't be used.
    pub fn take(&self, item_id: &str, capacity: u64) -> Result<Option<HeldSeat>, DeviceError> {
        create_owner_only_folder(&self.folder)?;
        for number in 0..capacity {
            let seat = self.lock(item_id, number, FlockOperation::NonBlockingLockExclusive)?;
            if seat.is_some() {
                return Ok(seat);
            }
        }
        Ok(None)
    }

    /// Takes part in the one seat that all processes here share; none when somebody has it alone.
    ///
    /// # Errors
    /// As [`Seats::take`].
    pub fn share(&self, item_id: &str) -> Result<Option<HeldSeat>, DeviceError> {
        create_owner_only_folder(&self.folder)?;
        self.lock(item_id, 0, FlockOperation::NonBlockingLockShared)
    }

    /// How many of the first `capacity` seats are held.
    ///
    /// # Errors
    /// As [`Seats::take`].
    pub fn held(&self, item_id: &str, capacity: u64) -> Result<u64, DeviceError> {
        let mut held = 0;
        for number in 0..capacity {
            if !self.place(item_id, number).exists() {
                // Files are made in order and never taken away: behind the first that is missing there are none.
                break;
            }
            let free = self.lock(item_id, number, FlockOperation::NonBlockingLockExclusive)?;
            held += u64::from(free.is_none());
        }
        Ok(held)
    }

    fn lock(
        &self,
        item_id: &str,
        number: u64,
        how: FlockOperation,
    ) -> Result<Option<HeldSeat>, DeviceError> {
        let place = self.place(item_id, number);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = open(&place, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| DeviceError::io("open", &place, errno))?;
        match flock(&file, how) {
            Ok(()) => Ok(Some(HeldSeat { number, _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(DeviceError::io("lock", &place, errno)),
        }
    }

    /// An item's ID can hold anything: its hash names the file.
    fn place(&self, item_id: &str, number: u64) -> PathBuf {
        let hash = Hash::of(item_id.as_bytes()).to_string();
        let short: String = hash.chars().take(22).collect();
        self.folder.join(format!("{short}-{number}.seat"))
    }
}
