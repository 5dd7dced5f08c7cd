//! The past: pages of entries for a journal, and the state as it was at an earlier instant.
//!
//! Invariants: everything is read on a reading side of its own, so the writer is not held up;
//! entries are checked before they are shown.
//! Not here: proving the whole chain (`audit`).

use std::{
    ops::{ControlFlow, Range},
    panic::resume_unwind,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

use serde::de::DeserializeOwned;
use tenure_document::{PublicKey, Time};

use crate::{
    anchor::{Anchor, archived},
    audit::{Audit, verify},
    entry::{Entry, Head},
    fault::LedgerError,
    fold::Fold,
    idempotency::Keep,
    machine::Machine,
    payload::{Payload, Record},
    port::{Beginning, Reader},
    timekeeper::ClockAlarm,
};

/// Entries held at once by a walk.
const WALKED: usize = 256;
/// Pages that wait for whoever walks before the next one is decoded for him.
const PAGES_AHEAD: usize = 1;

/// An entry with its events decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal<E> {
    /// Sequence of the entry.
    pub sequence: u64,
    /// Ledger time of everything in it.
    pub at: Time,
    /// Clock alarms recorded with it.
    pub alarms: Vec<ClockAlarm>,
    /// What happened, by command.
    pub records: Vec<Record<E>>,
}

/// The past of a ledger. Use it from a thread that may block.
pub struct History {
    reader: Mutex<Box<dyn Reader>>,
    key: PublicKey,
    keep: Keep,
}

impl History {
    /// The past as `reader` shows it, of a server with this key; for a ledger that no engine has
    /// open.
    pub fn of(reader: Box<dyn Reader>, key: PublicKey) -> Self {
        // Only the machine's state is shown: how long keys would be kept makes no difference.
        Self::new(reader, key, Keep { time: Duration::ZERO, max: 1 })
    }

    pub(crate) fn new(reader: Box<dyn Reader>, key: PublicKey, keep: Keep) -> Self {
        Self { reader: Mutex::new(reader), key, keep }
    }

    /// Up to `max` entries from sequence `from` on, in order.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] for the first entry whose parts don't match its hash.
    pub fn page<M: Machine>(
        &self,
        from: u64,
        max: usize,
    ) -> Result<Vec<Journal<M::Event>>, LedgerError> {
        self.page_of(from, max)
    }

    /// [`History::page`] with events read as any type that can be read from them, such as one that
    /// passes over what its reader has no use for.
    ///
    /// # Errors
    /// As [`History::page`].
    pub fn page_of<E: DeserializeOwned>(
        &self,
        from: u64,
        max: usize,
    ) -> Result<Vec<Journal<E>>, LedgerError> {
        let entries = self.lock().read(from, max)?;
        entries.iter().zip(from..).map(|(entry, sequence)| journal(entry, sequence)).collect()
    }

    /// Hands over the entries of `range`, one after the other, until `each` breaks it off. Holds a
    /// page of them at a time, on a reading side of its own: for ranges of any length.
    ///
    /// # Errors
    /// As [`History::page`].
    pub fn walk<M: Machine>(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(Journal<M::Event>) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let mut reader = self.lock().reader()?;
        pages(reader.as_mut(), range, &mut |page, first| {
            for (entry, sequence) in page.iter().zip(first..) {
                if each(journal(entry, sequence)?).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// [`History::walk`] for somebody who waits for its end, with events read as any type that can be read from them:
    /// entries are fetched and checked by a thread of their own, a page ahead of `each`; when it is further ahead
    /// it decodes them as well.
    ///
    /// # Errors
    /// As [`History::page`], after the entries before the fault.
    pub fn walk_at_once<E: DeserializeOwned + Send>(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(Journal<E>) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let mut reader = self.lock().reader()?;
        let (ahead, pages) = mpsc::sync_channel(PAGES_AHEAD);
        thread::scope(|scope| {
            let fetching = scope.spawn(move || fetch(reader.as_mut(), range, &ahead));
            for page in pages {
                for entry in page.decoded()? {
                    if each(entry).is_break() {
                        return Ok(());
                    }
                }
            }
            fetching.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Where the ledger begins, if what came before was moved to an archive.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`]: what is said about it is not this server's statement.
    pub fn anchor(&self) -> Result<Option<Anchor>, LedgerError> {
        Ok(Anchor::of(&self.beginning()?, &self.key)?)
    }

    /// The first entry that can be read.
    pub fn begins(&self) -> Result<u64, LedgerError> {
        Ok(self.beginning()?.sequence)
    }

    pub(crate) fn beginning(&self) -> Result<Beginning, LedgerError> {
        self.lock().beginning()
    }

    /// The same past by a reading side of its own: for long readings that must hold nobody up.
    pub fn apart(&self) -> Result<Self, LedgerError> {
        Ok(Self::new(self.lock().reader()?, self.key.clone(), self.keep))
    }

    /// The last entry's head.
    pub fn head(&self) -> Result<Option<Head>, LedgerError> {
        self.lock().head()
    }

    /// Sequence of the last entry that was made at `time` or before; none: the ledger begins later.
    ///
    /// # Errors
    /// [`LedgerError::Archived`]: that entry is not here any more.
    pub fn sequence_at(&self, time: Time) -> Result<Option<u64>, LedgerError> {
        last_while(self.lock().as_mut(), &|entry| entry.at <= time)
    }

    /// The state as it was at `time`, after the last entry of that instant, with that entry's head.
    /// None: the ledger begins later.
    ///
    /// Folds from the newest snapshot before then; takes as long as a start of the server would.
    ///
    /// # Errors
    /// [`LedgerError::Archived`]: the ledger that is left begins later.
    pub fn state_at<M: Machine>(&self, time: Time) -> Result<Option<(M, Head)>, LedgerError> {
        // A reading side of its own: a long fold must not hold up the journal.
        let mut reader = self.lock().reader()?;
        let fold =
            Fold::<M>::load(reader.as_mut(), &self.key, self.keep, &mut |entry| entry.at > time)?;
        Ok(fold.filter(|fold| fold.head.at <= time).map(|fold| (fold.machine, fold.head)))
    }

    /// The state just before the first entry of which `enough` says so, by its sequence and time, with
    /// the head of the entry before it. None: the ledger begins later.
    ///
    /// `enough` is asked about every entry that is folded: a caller who does not want to wait any
    /// longer says so there, and throws away what comes.
    pub fn state_until<M: Machine>(
        &self,
        enough: &mut dyn FnMut(u64, Time) -> bool,
    ) -> Result<Option<(M, Head)>, LedgerError> {
        let mut reader = self.lock().reader()?;
        let mut asked = |entry: &Entry| enough(entry.sequence, entry.at);
        let fold = Fold::<M>::load(reader.as_mut(), &self.key, self.keep, &mut asked)?;
        Ok(fold.map(|fold| (fold.machine, fold.head)))
    }

    /// The state as it was just before entry `sequence`. None: that is the first entry.
    ///
    /// Folds from the newest snapshot before then, like [`History::state_at`].
    pub fn state_before<M: Machine>(&self, sequence: u64) -> Result<Option<M>, LedgerError> {
        let mut reader = self.lock().reader()?;
        let fold = Fold::<M>::load(reader.as_mut(), &self.key, self.keep, &mut |entry| {
            entry.sequence >= sequence
        })?;
        Ok(fold.filter(|fold| fold.head.sequence < sequence).map(|fold| fold.machine))
    }

    /// Proves the whole ledger, on a reading side of its own. `progress` is told the sequence reached, now and then.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] names the first entry that is not what it must be.
    pub fn audit(&self, progress: &mut dyn FnMut(u64)) -> Result<Audit, LedgerError> {
        let mut reader = self.lock().reader()?;
        verify(reader.as_mut(), &self.key, progress)
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn Reader>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An entry that must be number `sequence`, decoded.
fn journal<E: DeserializeOwned>(entry: &Entry, sequence: u64) -> Result<Journal<E>, LedgerError> {
    entry.check_whole(sequence)?;
    decoded(entry)
}

/// An entry that was checked.
fn decoded<E: DeserializeOwned>(entry: &Entry) -> Result<Journal<E>, LedgerError> {
    let Payload { alarms, records, .. } = Payload::read(entry)?;
    Ok(Journal { sequence: entry.sequence, at: entry.at, alarms, records })
}

/// Entries on their way to whoever walks; checked.
enum Fetched<E> {
    Checked(Vec<Entry>),
    Decoded(Vec<Journal<E>>),
}

impl<E: DeserializeOwned> Fetched<E> {
    fn decoded(self) -> Result<Vec<Journal<E>>, LedgerError> {
        match self {
            Fetched::Checked(entries) => entries.iter().map(decoded).collect(),
            Fetched::Decoded(journals) => Ok(journals),
        }
    }
}

/// Sends the entries of `range` in pages until nobody takes them any more.
fn fetch<E: DeserializeOwned>(
    reader: &mut dyn Reader,
    range: Range<u64>,
    taken: &SyncSender<Fetched<E>>,
) -> Result<(), LedgerError> {
    pages(reader, range, &mut |page, first| {
        for (entry, sequence) in page.iter().zip(first..) {
            entry.check_events(sequence)?;
        }
        let is_taken = match taken.try_send(Fetched::Checked(page)) {
            Err(TrySendError::Full(page)) => taken.send(Fetched::Decoded(page.decoded()?)).is_ok(),
            sent => sent.is_ok(),
        };
        Ok(if is_taken { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })
}

/// What is done with a page of entries and the sequence that the first of them must have.
type TakePage<'t> = &'t mut dyn FnMut(Vec<Entry>, u64) -> Result<ControlFlow<()>, LedgerError>;

/// Reads `range` page by page until there is no more, or `take` breaks it off.
fn pages(
    reader: &mut dyn Reader,
    range: Range<u64>,
    take: TakePage<'_>,
) -> Result<(), LedgerError> {
    let mut next = range.start;
    while next < range.end {
        let left = usize::try_from(range.end - next).unwrap_or(usize::MAX);
        let page = reader.read(next, left.min(WALKED))?;
        let (first, length) = (next, page.len() as u64);
        if length == 0 || take(page, first)?.is_break() {
            break;
        }
        next += length;
    }
    Ok(())
}

/// Sequence of the last entry before `time`; none: the ledger begins later.
pub(crate) fn last_before(reader: &mut dyn Reader, time: Time) -> Result<Option<u64>, LedgerError> {
    match last_while(reader, &|entry| entry.at < time) {
        Err(LedgerError::Archived { .. }) => Ok(None),
        found => found,
    }
}

/// The last entry that is `early`, where all entries up to some place are and none after it is.
fn last_while(
    reader: &mut dyn Reader,
    early: &dyn Fn(&Entry) -> bool,
) -> Result<Option<u64>, LedgerError> {
    let Some(head) = reader.head()? else { return Ok(None) };
    let beginning = reader.beginning()?;
    // The first sequence that is late lies in `low..=high`; entry times never go back.
    let (mut low, mut high) = (beginning.sequence, head.sequence + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if reader.read(middle, 1)?.first().is_some_and(early) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    match low.checked_sub(1) {
        Some(before) if before < beginning.sequence => Err(archived(before, &beginning)),
        found => Ok(found),
    }
}
