//! The engine without threads: decides a batch, commits it, says what each caller is told.
//!
//! Invariants: decisions of a batch see one instant and each other's events; nothing is told before
//! the commit; after a commit that failed or may have failed the state in memory is thrown away and
//! folded anew from disk, and nothing is tried twice on the same connection. Driven by a thread in
//! the product and step by step in simulations, which may drop it between any two calls.
//! Not here: queues and threads (`engine`).

use std::sync::Arc;

use tenure_document::{Time, Tree};
use tracing::error;

use crate::{
    draft::{Answer, Decided, Draft, Job, Used, told, told_failure},
    entry::{Entry, EntrySigner, Head},
    fault::{Fault, LedgerError, SubmitError},
    fold::Fold,
    idempotency::{Idempotency, Keep, Place},
    machine::{Machine, Now},
    options::Options,
    payload::PayloadWriter,
    port::{Ledger, Reader},
    replay::replay,
    seal::{Outcome, Seal, leaf_of},
    timekeeper::{ClockMark, Timekeeper},
};

/// So often in a row the machine is asked what is due.
const DUE_ROUNDS: usize = 64;

/// Sees every event once it is stored.
pub(crate) type Listener<M> = Box<dyn Fn(&<M as Machine>::Event) + Send>;

/// A machine on its ledger.
pub struct Core<M: Machine> {
    pub(crate) ledger: Box<dyn Ledger>,
    pub(crate) signer: Arc<dyn EntrySigner>,
    pub(crate) options: Options,
    pub(crate) state: State<M>,
    pub(crate) keeper: Timekeeper,
    /// No space was left; so much must fit before it is tried again.
    pub(crate) full: Option<usize>,
    pub(crate) tally: Tally,
    pub(crate) degraded: Option<String>,
    pub(crate) listener: Option<Listener<M>>,
    /// Memory of the last payload, for the next one.
    pub(crate) spare: Vec<u8>,
}

/// So much of it is kept at most.
const SPARE_MAX: usize = 1024 * 1024;

pub(crate) enum State<M> {
    Live(Fold<M>),
    /// Thrown away and not yet folded anew: not before this many milliseconds after boot.
    Lost {
        retry_at_ms: i64,
        head: Head,
    },
}

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) failures: u64,
    pub(crate) batches: u64,
    pub(crate) commands: u64,
    pub(crate) refused: u64,
    pub(crate) replayed: u64,
    pub(crate) commit_micros: u64,
}

/// How a ledger was found when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// It was empty: the first entry was written just now.
    pub fresh: bool,
    /// Sequence of the last entry.
    pub sequence: u64,
    /// The snapshot the state was folded from; none: from the first entry.
    pub snapshot: Option<u64>,
    /// Entries folded on top of it.
    pub entries: u64,
}

impl<M: Machine> Core<M> {
    /// Folds the state from the ledger, or begins a new ledger with `genesis`.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] names the first entry that is not what it must be; nothing
    /// is changed then.
    pub fn open(
        mut ledger: Box<dyn Ledger>,
        signer: Box<dyn EntrySigner>,
        genesis: impl FnOnce() -> M,
        options: Options,
    ) -> Result<(Self, Opened), LedgerError> {
        let signer: Arc<dyn EntrySigner> = Arc::from(signer);
        let keep = options.keep();
        let found = Fold::load(ledger.reading(), signer.public(), keep, &mut |_| false)?;
        let fresh = found.is_none();
        let fold = match found {
            Some(fold) => fold,
            None => begin(ledger.as_mut(), signer.as_ref(), &genesis(), &options)?,
        };
        let (wall, boot) = (options.clock.wall(), options.clock.boot());
        let tolerance_ms = i64::try_from(options.clock_tolerance.as_millis()).unwrap_or(i64::MAX);
        let floor = Some(fold.head.at);
        let keeper = Timekeeper::start(&fold.clock, floor, wall, &boot, tolerance_ms);
        let since = fold.since;
        let (snapshot, entries) = (since.snapshot, since.entries);
        let opened = Opened { fresh, sequence: fold.head.sequence, snapshot, entries };
        let (state, tally) = (State::Live(fold), Tally::default());
        let (full, degraded, listener, spare) = (None, None, None, Vec::new());
        let core =
            Self { ledger, signer, options, state, keeper, full, tally, degraded, listener, spare };
        Ok((core, opened))
    }

    /// Decides and commits one batch: what is due first, then the commands in order, then what is
    /// due by them. One answer per command.
    pub fn step(&mut self, jobs: &[Job<M>]) -> Vec<Answer<M>> {
        self.step_each(jobs.iter())
    }

    /// [`Core::step`] for commands that stand apart.
    pub(crate) fn step_each<'j>(
        &mut self,
        jobs: impl ExactSizeIterator<Item = &'j Job<M>>,
    ) -> Vec<Answer<M>>
    where
        M: 'j,
    {
        let decided = self.decide_each(jobs);
        self.commit(decided)
    }

    /// The first half of [`Core::step`]: everything but storing it. Must be followed by
    /// [`Core::commit`] or the end of this core.
    pub fn decide(&mut self, jobs: &[Job<M>]) -> Decided<M> {
        self.decide_each(jobs.iter())
    }

    fn decide_each<'j>(&mut self, jobs: impl ExactSizeIterator<Item = &'j Job<M>>) -> Decided<M>
    where
        M: 'j,
    {
        self.tally.commands += jobs.len() as u64;
        let now = self.read_clocks();
        let writable = self.ready(now);
        let State::Live(fold) = &mut self.state else {
            let payload = PayloadWriter::empty();
            let mut decided = Decided::new(now, payload, 0, jobs.len());
            let lost = || Draft::Settled(Err(SubmitError::Fault(Fault::Storage)));
            decided.drafts.extend(jobs.map(|_| lost()));
            return decided;
        };
        let alarms = if writable { self.keeper.pending() } else { &[] };
        let mark = self.keeper.mark(now, fold.clock.boot());
        let payload = PayloadWriter::new(&mark, alarms, std::mem::take(&mut self.spare));
        let mut decided = Decided::new(now, payload, alarms.len(), jobs.len());
        if writable {
            take_due(fold, &mut decided);
        }
        for job in jobs {
            let known = job.idempotency.as_ref().and_then(|given| {
                let found =
                    || fold.keys.find(given.key).map(|(request, place)| (given, request, place));
                decided.duplicate(given).map(Err).or_else(|| found().map(Ok))
            });
            let draft = match known {
                Some(Err(draft)) => draft,
                Some(Ok((given, request, place))) if request == given.request => {
                    let answer = replay(
                        self.ledger.reading(),
                        self.signer.public(),
                        &fold.machine,
                        given,
                        place,
                    );
                    self.tally.replayed += u64::from(answer.is_ok());
                    Draft::Settled(answer)
                }
                Some(Ok(_)) => Draft::Settled(Err(SubmitError::KeyReused)),
                None if !writable => Draft::Settled(Err(SubmitError::Fault(Fault::Full))),
                None => take(fold, job, now.at.plus(self.options.keys_kept), &mut decided),
            };
            match &draft {
                Draft::Pending(Err(SubmitError::Refused(_))) => self.tally.refused += 1,
                Draft::SameAs(_) => self.tally.replayed += 1,
                _ => {}
            }
            decided.drafts.push(draft);
        }
        // What the commands freed may bring something about at once: it belongs into the same entry.
        if decided.payload.records() > 0 {
            take_due(fold, &mut decided);
        }
        decided
    }

    /// The second half of [`Core::step`]: stores what was decided, then says what each caller is
    /// told.
    pub fn commit(&mut self, decided: Decided<M>) -> Vec<Answer<M>> {
        let State::Live(fold) = &mut self.state else {
            return told_failure(decided.drafts, Fault::Storage);
        };
        let Decided { now, alarms, .. } = decided;
        if decided.is_empty() {
            self.spare = decided.payload.finish();
            return told(decided.drafts, None);
        }
        let Decided { payload, leaves, drafts, used, due, .. } = decided;
        let tree = Tree::new(leaves.clone());
        let epoch = self.ledger.epoch().max(fold.head.epoch);
        let signer = self.signer.as_ref();
        let entry = Entry::after(
            Some(&fold.head),
            now.at,
            epoch,
            payload.finish(),
            (&tree, leaves),
            signer,
        );
        let started = self.options.clock.boot().elapsed;
        if let Err(error) = self.ledger.append(&entry) {
            let fault = self.failed(&error, now, entry.stored_bytes());
            return told_failure(drafts, fault);
        }
        let took = self.options.clock.boot().elapsed.saturating_sub(started);
        self.tally.commit_micros += u64::try_from(took.as_micros()).unwrap_or(0);
        self.tally.batches += 1;
        for Used { idempotency: Idempotency { key, request }, record, keep_until } in used {
            let until = keep_until.unwrap_or_else(|| now.at.plus(self.options.keys_kept));
            let place = Place { sequence: entry.sequence, record };
            fold.keys.insert(key, request, place, until, now.at, self.options.keys_max);
        }
        let mark = self.keeper.mark(now, fold.clock.boot());
        let recorded = self.keeper.pending()[..alarms].to_vec();
        fold.clock.record(Some(mark), recorded, entry.sequence, now.at);
        self.keeper.recorded(alarms);
        fold.head = entry.head();
        fold.since.add(&entry);
        self.degraded = None;
        if let Some(listener) = &self.listener {
            due.iter().chain(drafts.iter().flat_map(Draft::recorded)).for_each(listener);
        }
        let seal = Arc::new(Seal::new(&entry, tree, self.signer.public().id()));
        if entry.payload.capacity() <= SPARE_MAX {
            self.spare = entry.payload;
        }
        told(drafts, Some(&seal))
    }

    /// Something to look at and the instant it is looked at: the committed state.
    pub fn look<T>(&mut self, look: impl FnOnce(&M, Now) -> T) -> Result<T, Fault> {
        let now = self.read_clocks();
        if let State::Lost { .. } = self.state {
            self.ready(now);
        }
        match &self.state {
            State::Live(fold) => Ok(look(&fold.machine, now)),
            State::Lost { .. } => Err(Fault::Storage),
        }
    }

    /// A reading side of the ledger, beside this core.
    pub fn reader(&mut self) -> Result<Box<dyn Reader>, LedgerError> {
        self.ledger.reading().reader()
    }

    /// How keys are kept, for folds elsewhere.
    pub(crate) fn keep(&self) -> Keep {
        self.options.keep()
    }

    pub(crate) fn read_clocks(&mut self) -> Now {
        let (wall, boot) = (self.options.clock.wall(), self.options.clock.boot());
        self.keeper.now(wall, &boot)
    }
}

/// Writes the first entry of an empty ledger.
fn begin<M: Machine>(
    ledger: &mut dyn Ledger,
    signer: &dyn EntrySigner,
    machine: &M,
    options: &Options,
) -> Result<Fold<M>, LedgerError> {
    let (wall, boot) = (options.clock.wall(), options.clock.boot());
    let mark = ClockMark::of(wall, &boot);
    let payload = PayloadWriter::genesis(&mark, machine)
        .map_err(|error| LedgerError::io("write the first state as JSON", error))?;
    let tree = Tree::new(Vec::new());
    let entry = Entry::after(None, wall, ledger.epoch(), payload, (&tree, Vec::new()), signer);
    let fold = Fold::genesis(&entry)?;
    ledger.append(&entry)?;
    Ok(fold)
}

/// What falls due by itself becomes a record of its own, and what falls due by that another one.
fn take_due<M: Machine>(fold: &mut Fold<M>, decided: &mut Decided<M>) {
    for _ in 0..DUE_ROUNDS {
        let due = fold.machine.due(decided.now);
        if due.is_empty() {
            return;
        }
        if let Err(error) = decided.payload.push::<M>(None, &due) {
            error!(%error, "events that fell due can't be written as JSON");
            return;
        }
        for event in &due {
            fold.machine.apply(event, decided.now.at);
        }
        decided.due.extend(due);
    }
    error!("the machine always finds something more to be due; the rest is left to the next batch");
}

/// Decides one command and applies what it leads to. Its key is kept until `usual`, or longer.
fn take<M: Machine>(
    fold: &mut Fold<M>,
    job: &Job<M>,
    usual: Time,
    decided: &mut Decided<M>,
) -> Draft<M> {
    let Now { at, .. } = decided.now;
    let events = match fold.machine.decide(&job.command, decided.now) {
        Err(refusal) => return Draft::Pending(Err(SubmitError::Refused(refusal))),
        Ok(events) => events,
    };
    let sequence = fold.head.sequence;
    if events.is_empty() {
        let outcome = Outcome { events, documents: Vec::new(), at, sequence, replayed: false };
        return Draft::Pending(Ok(outcome));
    }
    let keep_until = M::repeatable_until(&events).filter(|until| *until > usual);
    let key = job.idempotency.as_ref().map(|idempotency| (idempotency, keep_until));
    let record = match decided.payload.push::<M>(key, &events) {
        Ok(record) => record,
        Err(error) => {
            error!(%error, "an event can't be written as JSON");
            return Draft::Pending(Err(SubmitError::Fault(Fault::Bug)));
        }
    };
    let mut documents = Vec::with_capacity(events.len());
    for event in &events {
        fold.machine.apply(event, at);
        documents.push(fold.machine.document(event, sequence + 1).map(|document| {
            let index = u32::try_from(decided.leaves.len()).unwrap_or(u32::MAX);
            decided.leaves.push(leaf_of(&document));
            (document, index)
        }));
    }
    if let Some(idempotency) = job.idempotency {
        decided.use_key(Used { idempotency, record, keep_until });
    }
    Draft::Recorded(events, documents)
}
