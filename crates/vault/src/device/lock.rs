//! The lock of one container: one program at a time, held for one call.
//!
//! Invariants: it is the kernel's and ends with the program, however that ends; its file is never taken away, so two
//! programs can't hold two locks of the same name.
//! Deliberately not here: locks over a network file system, which promise nothing.

use crate::device::error::DeviceError;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, open},
    io::Errno,
};
use std::{os::fd::OwnedFd, path::Path, time::Duration};

/// Calls take milliseconds: who waits this long waits for a program that hangs.
const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(5);

/// The exclusive use of a container, until dropped.
pub(super) struct Lock {
    _file: OwnedFd,
}

impl Lock {
    /// Waits for the lock a while.
    pub(super) fn take(path: &Path, serial: &str) -> Result<Lock, DeviceError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = open(path, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| DeviceError::io("lock", path, errno))?;
        let mut waited = Duration::ZERO;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(Errno::WOULDBLOCK) if waited < PATIENCE => {
                    std::thread::sleep(STEP);
                    waited += STEP;
                }
                Err(Errno::WOULDBLOCK) => {
                    return Err(DeviceError::InUse { serial: serial.to_owned() });
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(DeviceError::io("lock", path, errno)),
            }
        }
    }
}
