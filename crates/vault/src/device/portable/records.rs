//! The records about one container on its medium: small files beside it.
//!
//! ```text
//! T-….holder            who uses it, or used it last
//! T-….shared            two systems used it at once
//! T-….watch-XXXXXXXX    how long one system has seen nothing of the others
//! T-….hold              locked by each program of a system that uses it
//! ```
//! Invariants: a record is written as a whole or not at all; what can't be read is a stranger's, never nobody's; links
//! and special files are not followed.
//! Deliberately not here: what the records mean (rules).

use super::rules::{Holder, Lockout, Medium, System, Watch};
use crate::{atomic::write_atomic, device::error::DeviceError};
use rustix::{
    fs::{FileType, Mode, OFlags},
    io::Errno,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};
use tenure_document::Hash;

/// A record has a few hundred bytes.
const RECORD_MAX: u64 = 4096;
/// More systems than this do not wait for one medium.
const WATCHES_MAX: usize = 64;

/// Where the records of one container are.
#[derive(Debug, Clone)]
pub(super) struct Records {
    folder: PathBuf,
    serial: String,
}

impl Records {
    pub(super) fn of(folder: &Path, serial: &str) -> Records {
        Records { folder: folder.to_owned(), serial: serial.to_owned() }
    }

    pub(super) fn serial(&self) -> &str {
        &self.serial
    }

    pub(super) fn place(&self, what: &str) -> PathBuf {
        self.folder.join(format!("{}.{what}", self.serial))
    }

    /// All that stands there.
    pub(super) fn read(&self) -> Result<Medium, DeviceError> {
        let holder = self.record(&self.place("holder"), |bytes| Holder {
            system: stranger(bytes),
            session: Hash::of(bytes),
            beat: 0,
            origin_ms: 0,
            ended: false,
        })?;
        let lockout = self.record(&self.place("shared"), |bytes| Lockout {
            found_by: stranger(bytes),
            other: stranger(bytes),
        })?;
        let mut watches = Vec::new();
        for place in self.watches()? {
            let strange = |bytes: &[u8]| Watch {
                system: stranger(bytes),
                seen: Hash::of(bytes),
                since_ms: 0,
                looks: 0,
            };
            watches.extend(self.record(&place, strange)?);
        }
        watches.sort_by_key(|watch| watch.system);
        Ok(Medium { holder, lockout, watches })
    }

    pub(super) fn put_holder(&self, holder: &Holder) -> Result<(), DeviceError> {
        put(&self.place("holder"), holder)
    }

    pub(super) fn put_lockout(&self, lockout: &Lockout) -> Result<(), DeviceError> {
        put(&self.place("shared"), lockout)
    }

    pub(super) fn put_watch(&self, watch: &Watch) -> Result<(), DeviceError> {
        put(&self.place(&watch_name(watch.system)), watch)
    }

    /// Takes away what is over: a lock-out, and the watches of all.
    pub(super) fn clear(&self) -> Result<(), DeviceError> {
        for place in self.watches()?.into_iter().chain([self.place("shared")]) {
            match std::fs::remove_file(&place) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(DeviceError::io("remove", &place, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn watches(&self) -> Result<Vec<PathBuf>, DeviceError> {
        let start = format!("{}.watch-", self.serial);
        let entries = std::fs::read_dir(&self.folder)
            .map_err(|error| DeviceError::io("read folder", &self.folder, error))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(&start)).collect();
        names.sort();
        Ok(names.into_iter().take(WATCHES_MAX).map(|name| self.folder.join(name)).collect())
    }

    /// One record; one that makes no sense is whatever `strange` makes of its bytes.
    fn record<T: DeserializeOwned>(
        &self,
        place: &Path,
        strange: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, DeviceError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = match rustix::fs::open(place, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(DeviceError::io("open", place, errno)),
        };
        let stat =
            rustix::fs::fstat(&file).map_err(|errno| DeviceError::io("open", place, errno))?;
        let mut bytes = Vec::new();
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            file.take(RECORD_MAX)
                .read_to_end(&mut bytes)
                .map_err(|error| DeviceError::io("read", place, error))?;
        }
        Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| strange(&bytes))))
    }
}

fn watch_name(system: System) -> String {
    let both = [system.machine.as_bytes().as_slice(), system.boot.as_bytes()].concat();
    let short: String = Hash::of(&both).to_string().chars().take(12).collect();
    format!("watch-{short}")
}

fn stranger(bytes: &[u8]) -> System {
    System { machine: Hash::of(bytes), boot: Hash::of(b"a record that makes no sense") }
}

fn put<T: Serialize>(place: &Path, record: &T) -> Result<(), DeviceError> {
    let bytes = serde_json::to_vec(record)
        .map_err(|error| DeviceError::io("write", place, std::io::Error::other(error)))?;
    Ok(write_atomic(place, &bytes, 0o600)?)
}
