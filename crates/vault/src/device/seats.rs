//! Seats that the processes of one machine hold of its containers: one locked file for each seat.
//!
//! Invariants: a lock is the kernel's, so a seat is free again when its process is gone, however it went; of a count of
//! N at most N files can be locked at a time; who shares a seat locks the same file with others, and the file says in
//! whose name. Whoever takes a seat has the container open, so nobody else takes one meanwhile.
//! Deliberately not here: which items may be used, and how many seats they have.

use crate::device::error::DeviceError;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock, open},
    io::Errno,
};
use std::{
    fs::File,
    os::unix::fs::{DirBuilderExt as _, FileExt as _},
    path::{Path, PathBuf},
};
use tenure_document::Hash;

/// A mark in a seat's file is this long at most.
const MARK_MAX: usize = 64;

/// The seats of one container on this machine.
#[derive(Debug, Clone)]
pub struct Seats {
    folder: PathBuf,
}

/// A seat that this process holds, until dropped.
#[derive(Debug)]
pub struct HeldSeat {
    number: u64,
    file: File,
}

impl HeldSeat {
    /// Which of the item's seats it is, from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Leaves a word in the seat's file, for those who look at it later. What can't be written is not there.
    pub fn mark(&self, word: &str) {
        let _ = self.file.set_len(0).and_then(|()| self.file.write_all_at(word.as_bytes(), 0));
    }

    fn read_mark(&self) -> Option<String> {
        let mut bytes = [0; MARK_MAX];
        let read = self.file.read_at(&mut bytes, 0).ok()?;
        String::from_utf8(bytes.get(..read)?.to_vec()).ok().filter(|word| !word.is_empty())
    }
}

impl Seats {
    pub(super) fn beside(container: &Path) -> Seats {
        Seats { folder: container.with_extension("seats") }
    }

    /// Seats that are told apart by their names only.
    pub(super) fn named(folder: PathBuf) -> Seats {
        Seats { folder }
    }

    /// Takes a free seat among the first `capacity`; none when there is none.
    ///
    /// # Errors
    /// The folder of seats can't be used.
    pub fn take(&self, item_id: &str, capacity: u64) -> Result<Option<HeldSeat>, DeviceError> {
        self.create()?;
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
        self.create()?;
        self.lock(item_id, 0, FlockOperation::NonBlockingLockShared)
    }

    /// Takes part in the seat that `name` has among the first `capacity`, or takes a free one in that name; none when
    /// there is neither. With `only_shared`, never a free one.
    ///
    /// # Errors
    /// As [`Seats::take`].
    pub fn join(
        &self,
        item_id: &str,
        capacity: u64,
        name: &str,
        only_shared: bool,
    ) -> Result<Option<HeldSeat>, DeviceError> {
        self.create()?;
        let mark: String = Hash::of(name.as_bytes()).to_string().chars().take(22).collect();
        let mut free = None;
        for number in 0..capacity {
            let is_last = !self.place(item_id, number).exists();
            if is_last && (only_shared || free.is_some()) {
                break;
            }
            match self.lock(item_id, number, FlockOperation::NonBlockingLockExclusive)? {
                Some(seat) => free = free.or(Some(seat)),
                None => {
                    let seat = self.lock(item_id, number, FlockOperation::NonBlockingLockShared)?;
                    let is_ours = |seat: &HeldSeat| seat.read_mark().as_ref() == Some(&mark);
                    if let Some(seat) = seat.filter(is_ours) {
                        return Ok(Some(seat));
                    }
                }
            }
            if is_last {
                break;
            }
        }
        let Some(seat) = free.filter(|_| !only_shared) else { return Ok(None) };
        seat.mark(&mark);
        flock(&seat.file, FlockOperation::NonBlockingLockShared)
            .map_err(|errno| DeviceError::io("lock", &self.place(item_id, seat.number), errno))?;
        Ok(Some(seat))
    }

    /// Whether anybody holds the first seat of this name, and the word that was left in it.
    ///
    /// # Errors
    /// The folder of seats can't be used.
    pub fn word(&self, item_id: &str) -> Result<Option<String>, DeviceError> {
        if !self.place(item_id, 0).exists()
            || self.lock(item_id, 0, FlockOperation::NonBlockingLockExclusive)?.is_some()
        {
            return Ok(None);
        }
        let seat = self.lock(item_id, 0, FlockOperation::NonBlockingLockShared)?;
        Ok(seat.map(|seat| seat.read_mark().unwrap_or_default()))
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

    /// The folder around it was found right; a medium may know no owners.
    fn create(&self) -> Result<(), DeviceError> {
        match std::fs::DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(DeviceError::io("make folder", &self.folder, error))
            }
            _ => Ok(()),
        }
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
            Ok(()) => Ok(Some(HeldSeat { number, file: File::from(file) })),
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
