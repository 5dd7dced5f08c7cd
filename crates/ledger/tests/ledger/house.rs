//! Where a ledger lives in these tests: a folder or a pretended disk, with a clock and a key,
//! opened again and again.

use std::{fmt::Write, sync::Arc, time::Duration};

use tempfile::TempDir;
use tenure_document::{PublicKey, SeedSigner, Signer, Time};
use tenure_ledger::{
    Answer, Core, Entry, EntrySigner, Failing, History, Idempotency, Job, Ledger, LedgerError,
    ManualClock, MemoryDisk, Opened, Options, Outcome, Plan, Reader, SqliteLedger, SqliteReader,
};

use crate::machine::{Command, Event, Room};

pub struct Key(SeedSigner);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SeedSigner::ed25519_batch(&[seed; 32]).unwrap())
    }
}

impl EntrySigner for Key {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).try_into().unwrap()
    }
}

pub enum Place {
    Folder(TempDir),
    Disk(MemoryDisk),
}

pub struct House {
    pub place: Place,
    pub clock: ManualClock,
    pub plan: Plan,
    pub seats: usize,
    pub options: fn(&mut Options),
}

impl House {
    pub fn sqlite() -> Self {
        Self::in_place(Place::Folder(tempfile::tempdir().unwrap()))
    }

    pub fn memory() -> Self {
        Self::in_place(Place::Disk(MemoryDisk::new()))
    }

    fn in_place(place: Place) -> Self {
        let clock = ManualClock::at("2026-11-22T08:00:00Z".parse().unwrap());
        Self { place, clock, plan: Plan::new(), seats: 1000, options: |_| {} }
    }

    /// A new one of the same kind.
    pub fn fresh(&self) -> Self {
        match &self.place {
            Place::Folder(_) => Self::sqlite(),
            Place::Disk(_) => Self::memory(),
        }
    }

    pub fn folder(&self) -> &std::path::Path {
        match &self.place {
            Place::Folder(folder) => folder.path(),
            Place::Disk(_) => panic!("not in a folder"),
        }
    }

    pub fn disk(&self) -> &MemoryDisk {
        match &self.place {
            Place::Folder(_) => panic!("not on a pretended disk"),
            Place::Disk(disk) => disk,
        }
    }

    pub fn key(&self) -> Key {
        Key::new(7)
    }

    /// The bare engine.
    pub fn ledger(&self) -> Result<Box<dyn Ledger>, LedgerError> {
        Ok(match &self.place {
            Place::Folder(folder) => Box::new(SqliteLedger::open(folder.path())?),
            Place::Disk(disk) => Box::new(disk.open()?),
        })
    }

    /// A reading side as the command line has it.
    pub fn reader(&self) -> Box<dyn Reader> {
        match &self.place {
            Place::Folder(folder) => Box::new(SqliteReader::open(folder.path()).unwrap()),
            Place::Disk(disk) => disk.reader(),
        }
    }

    pub fn options(&self) -> Options {
        let mut options = Options::new(Arc::new(self.clock.clone()));
        options.tick = None;
        (self.options)(&mut options);
        options
    }

    /// A core whose ledger fails as planned.
    pub fn try_open(&self) -> Result<(Core<Room>, Opened), LedgerError> {
        let ledger = Box::new(Failing::new(self.ledger()?, self.plan.clone()));
        Core::open(ledger, Box::new(self.key()), || Room::with(self.seats), self.options())
    }

    pub fn open(&self) -> Core<Room> {
        self.try_open().unwrap().0
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn verify(&self) -> Result<tenure_ledger::Audit, LedgerError> {
        tenure_ledger::verify(self.reader().as_mut(), self.key().public(), &mut |_| {})
    }

    /// The state as another program folds it.
    pub fn folded(&self) -> Room {
        let history = History::of(self.reader(), self.key().public().clone());
        history.state_at(Time::LATEST).unwrap().unwrap().0
    }

    pub fn entries(&self) -> Vec<Entry> {
        all(self.reader().as_mut())
    }
}

pub fn all(reader: &mut dyn Reader) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let begins = reader.beginning().unwrap().sequence;
        let next = entries.last().map_or(begins, |entry| entry.sequence + 1);
        let page = reader.read(next, 100).unwrap();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

pub fn take(seconds: u64) -> Job<Room> {
    Job { command: Command::Take { seconds }, idempotency: None }
}

pub fn give(id: u64) -> Job<Room> {
    Job { command: Command::Give { id }, idempotency: None }
}

pub fn wish(seconds: u64) -> Job<Room> {
    Job { command: Command::Wish { seconds }, idempotency: None }
}

pub fn nod() -> Job<Room> {
    Job { command: Command::Nod, idempotency: None }
}

/// `take` with an idempotency key; the request is what is asked.
pub fn keyed(key: &str, seconds: u64) -> Job<Room> {
    let idempotency = Some(Idempotency::new("ann", key, &seconds.to_be_bytes()));
    Job { command: Command::Take { seconds }, idempotency }
}

pub fn room(core: &mut Core<Room>) -> Room {
    core.look(|room, _| room.clone()).unwrap()
}

pub fn outcome(answer: &Answer<Room>) -> &Outcome<Event> {
    answer.as_ref().unwrap_or_else(|error| panic!("no outcome: {error:?}"))
}

/// The seat that was taken.
pub fn seat(answer: &Answer<Room>) -> u64 {
    match outcome(answer).events.as_slice() {
        [Event::Taken { id, .. }] => *id,
        other => panic!("not taken: {other:?}"),
    }
}

/// Answers in one line each.
pub fn told(answers: &[Answer<Room>]) -> String {
    answers.iter().fold(String::new(), |mut text, answer| {
        let line = match answer {
            Ok(outcome) => {
                let documents = outcome.documents.iter().flatten().count();
                let replayed = if outcome.replayed { " replayed" } else { "" };
                format!(
                    "entry {}{replayed} {:?} {documents} documents",
                    outcome.sequence, outcome.events
                )
            }
            Err(error) => format!("{error:?}"),
        };
        writeln!(text, "{line}").unwrap();
        text
    })
}

pub fn time(text: &str) -> Time {
    text.parse().unwrap()
}
