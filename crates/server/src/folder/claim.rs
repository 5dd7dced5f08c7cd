//! One server per shared folder: a lock, and a record of who serves, because locks do not hold on every network share.
//!
//! Invariants: on one machine the lock decides; between machines a record whose beat goes on belongs to a server that
//! lives, and is never taken over; whoever finds another name in its own record stops. The lock file stays when its server
//! goes: it tells a shared folder from the empty directory below a share that is not mounted.
//! Deliberately not here: what is done in the folder.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::place::{Found, Place};

/// The lock.
const LOCK_FILE: &str = "tenure.lock";
/// The record.
const RECORD_FILE: &str = "tenure.server";
const RECORD_MAX: usize = 4096;
/// The record is written this often.
const BEAT: Duration = Duration::from_secs(2);
/// A foreign record that stands still for so long is of a server that is gone.
const WATCH: Duration = Duration::from_secs(7);

/// Who serves a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Serial of the server's container.
    pub(crate) server: String,
    /// Machine and boot.
    pub(crate) station: String,
    /// Drawn when it began to serve.
    pub(crate) run: String,
    beat: u64,
}

/// Why a folder can't be claimed now.
#[derive(Debug)]
pub(crate) enum NotClaimed {
    /// Another server serves it.
    InUse(Option<Record>),
    /// It was shared before, and this directory was not.
    NotTheFolder,
    /// It can't be used.
    Io(io::Error),
}

/// A folder that is this server's, or will be as soon as a foreign record has stood still.
#[derive(Debug)]
pub(crate) struct Claim {
    /// Held while this lives.
    _lock: OwnedFd,
    own: Record,
    beaten: Option<Duration>,
    /// A foreign record, since when it is watched.
    foreign: Option<(Record, Duration)>,
}

impl From<io::Error> for NotClaimed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Record {
    pub(crate) fn new(server: String, station: String, run: String) -> Self {
        Self { server, station, run, beat: 0 }
    }

    fn write(&self) -> String {
        let Self { server, station, run, beat } = self;
        format!("server {server}\nstation {station}\nrun {run}\nbeat {beat}\n")
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let mut next = |name: &str| -> Option<String> {
            lines.next()?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned)
        };
        let (server, station, run) = (next("server")?, next("station")?, next("run")?);
        Some(Self { server, station, run, beat: next("beat")?.parse().ok()? })
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever can write into the folder can write this: it goes into a sentence, so it is kept to plain characters.
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_ascii_graphic()).take(64).collect()
        };
        write!(f, "{} on {}", plain(&self.server), plain(&self.station))
    }
}

impl Claim {
    /// Locks a folder. `again`: it was shared before, so that an empty directory in its place is not it. `hasty`: a lock
    /// that is free says that nobody on this machine serves it; not to be believed by who has lost the folder before.
    pub(crate) fn take(
        place: &Place,
        own: Record,
        (again, hasty): (bool, bool),
        now: Duration,
    ) -> Result<Self, NotClaimed> {
        let lock = place.lock_file(LOCK_FILE, !again)?.ok_or(NotClaimed::NotTheFolder)?;
        let locked = match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => true,
            Err(Errno::WOULDBLOCK) => return Err(NotClaimed::InUse(record(place))),
            // The share has no locks: the record alone decides.
            Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => false,
            Err(error) => return Err(NotClaimed::Io(error.into())),
        };
        let found = record(place).filter(|found| found.run != own.run);
        // A record of this very machine, whose lock is free, is of a server that is gone.
        let foreign = found.filter(|found| !(locked && hasty) || found.station != own.station);
        let foreign = foreign.map(|foreign| (foreign, now));
        Ok(Self { _lock: lock, own, beaten: None, foreign })
    }

    /// Writes the record when it is time; whether the folder may be served now.
    ///
    /// # Errors
    /// Another server serves the folder.
    pub(crate) fn beat(&mut self, place: &Place, now: Duration) -> Result<bool, NotClaimed> {
        if let Some((foreign, since)) = &self.foreign {
            match record(place) {
                Some(found) if found == *foreign && now.saturating_sub(*since) < WATCH => {
                    return Ok(false);
                }
                Some(found) if found != *foreign => return Err(NotClaimed::InUse(Some(found))),
                _ => self.foreign = None,
            }
        }
        if self.beaten.is_some_and(|last| now.saturating_sub(last) < BEAT) {
            return Ok(true);
        }
        if self.beaten.is_some()
            && let Some(found) = record(place).filter(|found| found.run != self.own.run)
        {
            return Err(NotClaimed::InUse(Some(found)));
        }
        self.own.beat += 1;
        place.write(RECORD_FILE, self.own.write().as_bytes(), false)?;
        self.beaten = Some(now);
        Ok(true)
    }

    /// Says that nobody serves the folder any more.
    pub(crate) fn give_up(self, place: &Place) {
        if record(place).is_some_and(|found| found.run == self.own.run)
            && let Err(error) = place.remove(RECORD_FILE)
        {
            tracing::debug!(%error, "the record of a shared folder stays");
        }
    }
}

/// The record as it stands; what can't be read is none.
fn record(place: &Place) -> Option<Record> {
    match place.read(RECORD_FILE, RECORD_MAX) {
        Ok(Found::File(bytes, _)) => Record::read(&bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{TryRecvError, channel};

    use super::*;

    #[test]
    fn a_record_that_is_replaced_while_it_is_read_is_not_missed() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = Place::open(directory.path()).expect("opened");
        let record_of = Record::new("T-1".to_owned(), "other".to_owned(), "run".to_owned());
        let beat = || place.write(RECORD_FILE, record_of.write().as_bytes(), false);
        beat().expect("written");
        std::thread::scope(|scope| {
            let (stop, stopped) = channel::<()>();
            scope.spawn(move || {
                while stopped.try_recv() == Err(TryRecvError::Empty) {
                    beat().expect("written");
                }
            });
            for _ in 0..20_000 {
                assert_eq!(record(&place).as_ref(), Some(&record_of));
            }
            drop(stop);
        });
    }
}
