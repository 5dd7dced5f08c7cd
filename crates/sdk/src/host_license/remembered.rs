//! What an installation remembers: its user ids, the last answer about each key, how far its time has come.
//!
//! Invariants: the file is its owner's alone and is written as a whole; several processes change it one after the other;
//! answers are kept as they were signed and are proved again when they are read, so nothing here is believed; a file that
//! is damaged or open to others counts as none. Deliberately not here: what follows from it (`standing`).

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tenure_api::office::HostCheckPapers;
use tenure_container::{Reading, RightsClock};
use tenure_document::{Bytes, HostKey, HostName, HostUserId, Time};
use tenure_vault::read_owner_only;

use crate::clock::Now;
use crate::store::{self, reading};

/// Largest file that is read.
const SIZE_MAX: u64 = 4 * 1024 * 1024;

/// Everything that is remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// The time that keys are judged by: as for borrowed leases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<RightsClock>,
    /// As it was kept before the clock knew of boots.
    #[serde(skip_serializing)]
    high_water: Option<Time>,
    /// The number of this installation, by group of keys: two publishers, or two customers, never see the same one.
    pub(crate) users: BTreeMap<String, HostUserId>,
    /// By key and host: a key with a wildcard serves several hosts of one folder.
    pub(crate) keys: BTreeMap<String, AboutKey>,
    /// The publisher's documents that came with answers.
    pub(crate) papers: Option<HostCheckPapers>,
}

impl Remembered {
    /// The clock, moved on to now.
    pub(crate) fn clock(&self, now: Now) -> RightsClock {
        let reading = reading(now);
        let alone = || self.high_water.map(|wall| RightsClock::new(Reading { wall, ..reading }));
        let kept = self.clock.clone().or_else(alone);
        kept.map_or(RightsClock::new(reading), |kept| kept.advanced(reading))
    }
}

/// The instant at which a key is judged.
pub(crate) fn judged(clock: &RightsClock, now: Now) -> Time {
    now.wall.max(clock.high_water())
}

/// What is remembered about one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AboutKey {
    /// When it was first seen.
    pub(crate) since: Time,
    /// The last answer, as it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
    /// The question it answers, byte for byte.
    #[serde(default)]
    pub(crate) question: Bytes,
}

/// Under which name a key is remembered.
pub(crate) fn place(key: &HostKey, host: &HostName) -> String {
    format!("{} {host}", key.id)
}

/// The place where it is remembered.
#[derive(Clone, Debug)]
pub(crate) struct Memory(PathBuf);

impl Memory {
    pub(crate) fn at(path: PathBuf) -> Memory {
        Memory(path)
    }

    /// Changes what is remembered, and says what it is now.
    ///
    /// # Errors
    /// It can't be written; the sentence says why.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> Result<T, String> {
        let _alone = self.lock()?;
        let mut remembered = self.read();
        let changed = change(&mut remembered);
        store::write(&self.0, &remembered).map_err(|error| error.to_string())?;
        Ok(changed)
    }

    /// What is remembered; nothing when there is nothing that can be read.
    pub(crate) fn read(&self) -> Remembered {
        let read = read_owner_only(&self.0, SIZE_MAX);
        let read = read.ok().and_then(|bytes| serde_json::from_slice(bytes.expose()).ok());
        read.unwrap_or_default()
    }

    /// Held while the file is read, changed and written.
    fn lock(&self) -> Result<File, String> {
        let path = self.0.with_extension("lock");
        let told = |why: String| format!("{}: {why}", path.display());
        let file = open_lock(&path).map_err(|error| told(error.to_string()))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| told(error.to_string()))?;
        Ok(file)
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}
