//! The engine: one writer thread that gathers waiting commands into batches, and the handle others
//! use to reach it.
//!
//! Invariants: the state is touched by the writer thread only; a look at it sees committed state;
//! every caller gets an answer, also when the engine stops or a decision panics; looks and batches
//! take turns, so that no number of looks holds up a command or what is due; a clean stop serves
//! what waits and leaves a snapshot.
//! Not here: what a batch does (`core`) and how answers look outside.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use tracing::{error, info, warn};

use crate::{
    core::{Core, Opened},
    draft::{Answer, Job},
    entry::EntrySigner,
    fault::{Fault, LedgerError, SubmitError},
    history::History,
    idempotency::Idempotency,
    machine::{Machine, Now},
    oneshot,
    options::{Completion, Deliver, Options},
    pace::Pace,
    port::Ledger,
    pulse::Pulse,
    queue::{Queue, Waiting},
    seal::Outcome,
    snapshotter::Snapshotter,
    status::EngineStatus,
    timekeeper::RecordedAlarm,
};

/// A handle to a running engine; clones reach the same one. It runs until [`Engine::stop`] or until
/// the last handle is gone.
pub struct Engine<M: Machine> {
    shared: Arc<Shared<M>>,
}

impl<M: Machine> Clone for Engine<M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

struct Shared<M: Machine> {
    queue: Arc<Queue<M>>,
    status: Arc<Mutex<EngineStatus>>,
    history: History,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl<M: Machine> Drop for Shared<M> {
    fn drop(&mut self) {
        self.queue.stop();
    }
}

impl<M: Machine> Engine<M> {
    /// Folds the state from the ledger, or begins a new one with `genesis`, and starts the writer
    /// thread.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] names the first entry that is not what it must be; nothing
    /// is changed then.
    pub fn open(
        ledger: Box<dyn Ledger>,
        signer: Box<dyn EntrySigner>,
        genesis: impl FnOnce() -> M,
        mut options: Options,
    ) -> Result<(Self, Opened), LedgerError> {
        let deliver = options.deliver.take();
        let (mut core, opened) = Core::open(ledger, signer, genesis, options)?;
        let history = History::new(core.reader()?, core.signer.public().clone(), core.keep());
        let queue = Arc::new(Queue::new(core.options.queue_max));
        let status = Arc::new(Mutex::new(core.status()));
        let snapshotter = Snapshotter::new(Arc::clone(&core.signer), core.keep());
        let mut writer = Writer {
            pace: Pace::new(core.options.batch_max),
            batched: core.options.clock.boot().elapsed,
            core,
            deliver,
            snapshotter,
            queue: Arc::clone(&queue),
            status: Arc::clone(&status),
        };
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || {
                let _last = Last(Arc::clone(&writer.queue));
                writer.run();
            })
            .map_err(|error| LedgerError::io("start its writer thread", error))?;
        let shared = Shared { queue, status, history, writer: Mutex::new(Some(thread)) };
        Ok((Self { shared: Arc::new(shared) }, opened))
    }

    /// Has a command decided and, if anything happens by it, recorded. Returns once that is
    /// durable.
    ///
    /// The command goes its way at once, also if the future is dropped: that only waits for the
    /// answer, and holds nothing of the command. With `idempotency` a repetition gets the recorded
    /// answer; refusals and commands without effect are not recorded, a repetition of them is
    /// decided anew.
    pub fn submit(
        &self,
        command: M::Command,
        idempotency: Option<Idempotency>,
    ) -> impl Future<Output = Result<Outcome<M::Event>, SubmitError<M::Refusal>>> + Send + use<M>
    {
        let answer = self.push(command, idempotency);
        async move { answer?.await.unwrap_or(Err(SubmitError::Fault(Fault::Stopped))) }
    }

    /// [`Engine::submit`] for a thread that may block.
    pub fn submit_blocking(
        &self,
        command: M::Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Outcome<M::Event>, SubmitError<M::Refusal>> {
        let answer = self.push(command, idempotency)?;
        answer.wait().unwrap_or(Err(SubmitError::Fault(Fault::Stopped)))
    }

    /// Looks at the committed state. `look` runs on the writer thread, between batches: be quick.
    pub async fn query<T: Send + 'static>(
        &self,
        look: impl FnOnce(&M, Now) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.push_query(look)?.await.unwrap_or(Err(Fault::Stopped))
    }

    /// [`Engine::query`] for a thread that may block.
    pub fn query_blocking<T: Send + 'static>(
        &self,
        look: impl FnOnce(&M, Now) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.push_query(look)?.wait().unwrap_or(Err(Fault::Stopped))
    }

    /// Shows every event to `listener` from now on, once it is stored, on the writer thread: be
    /// quick. There is one listener; a new one takes the place of the former.
    pub fn listen(&self, listener: impl Fn(&M::Event) + Send + 'static) -> Result<(), Fault> {
        let look = |core: &mut Core<M>| {
            core.listener = Some(Box::new(listener));
            Box::new(|| ()) as Completion
        };
        self.shared.queue.push_look(Box::new(look))
    }

    /// Has what is due recorded soon, without a command.
    pub fn tick(&self) {
        self.shared.queue.push_tick();
    }

    /// How the engine is doing, as of the last batch.
    pub fn status(&self) -> EngineStatus {
        let mut status = self.shared.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (status.waiting, status.overloaded) = self.shared.queue.lengths();
        status
    }

    /// How often commands come in.
    pub fn pulse(&self) -> Pulse {
        self.shared.queue.pulse().clone()
    }

    /// Recorded clock alarms, oldest first, as far as they are kept in memory.
    pub fn clock_alarms_blocking(&self) -> Result<Vec<RecordedAlarm>, Fault> {
        self.with_core(|core| core.clock_alarms())
    }

    /// The past: entries, and the state at an earlier instant. Read beside the writer, not through
    /// it.
    pub fn history(&self) -> &History {
        &self.shared.history
    }

    /// Serves what waits, keeps a snapshot and ends the writer thread. Later commands are turned
    /// away.
    pub fn stop(&self) {
        self.shared.queue.stop();
        let writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            error!("the ledger's writer thread ended in a panic");
        }
    }

    /// Runs something short on the writer thread, between batches, and waits for it.
    pub(crate) fn with_core<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Core<M>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (sender, receiver) = oneshot::channel();
        let look = move |core: &mut Core<M>| {
            let seen = look(core);
            Box::new(move || sender.send(seen)) as Completion
        };
        self.shared.queue.push_look(Box::new(look))?;
        receiver.wait().ok_or(Fault::Stopped)
    }

    fn push(
        &self,
        command: M::Command,
        idempotency: Option<Idempotency>,
    ) -> Result<oneshot::Receiver<Answer<M>>, Fault> {
        let (answer, receiver) = oneshot::channel();
        let job = Job { command, idempotency };
        self.shared.queue.push(Waiting { job, answer })?;
        Ok(receiver)
    }

    fn push_query<T: Send + 'static>(
        &self,
        look: impl FnOnce(&M, Now) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Fault>>, Fault> {
        let (sender, receiver) = oneshot::channel();
        let look = move |core: &mut Core<M>| {
            let seen = core.look(look);
            Box::new(move || sender.send(seen)) as Completion
        };
        self.shared.queue.push_look(Box::new(look))?;
        Ok(receiver)
    }
}

/// However the writer thread ends, nobody waits for it for ever.
struct Last<M: Machine>(Arc<Queue<M>>);

impl<M: Machine> Drop for Last<M> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// So long looks are taken before a batch. One that takes longer is not cut short: be quick.
const LOOKING: Duration = Duration::from_millis(2);

struct Writer<M: Machine> {
    core: Core<M>,
    pace: Pace,
    /// When the last batch began.
    batched: Duration,
    deliver: Option<Deliver>,
    snapshotter: Snapshotter,
    queue: Arc<Queue<M>>,
    status: Arc<Mutex<EngineStatus>>,
}

impl<M: Machine> Writer<M> {
    fn run(&mut self) {
        let tick = self.core.options.tick;
        loop {
            let round = self.queue.next(self.pace.batch_max(), tick);
            let mut done: Vec<Completion> = Vec::with_capacity(round.looks + round.commands.len());
            if round.looks > 0 {
                self.looks(round.looks, &mut done);
            }
            if !round.commands.is_empty() || round.tick || (round.looks > 0 && self.is_time()) {
                self.batch(round.commands, &mut done);
            }
            self.keep_snapshots();
            *self.status.lock().unwrap_or_else(PoisonError::into_inner) = self.core.status();
            match &self.deliver {
                _ if done.is_empty() => {}
                Some(deliver) => deliver(done),
                None => done.into_iter().for_each(|completion| completion()),
            }
            if round.stop {
                break;
            }
        }
        self.snapshotter.abandon();
        match self.core.save_snapshot() {
            Ok(()) => info!(sequence = self.core.status().sequence, "ledger closed"),
            Err(error) => {
                warn!(error = error.chain(), "no snapshot at stop: the next start takes longer")
            }
        }
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = self.core.status();
    }

    /// The next looks, as many as there is time for.
    fn looks(&mut self, waiting: usize, done: &mut Vec<Completion>) {
        let until = self.elapsed() + LOOKING;
        for _ in 0..waiting {
            let Some(look) = self.queue.look() else { return };
            // A panic in a look leaves the state as it was: it could only read it. Its caller
            // learns that nothing came.
            let seen = catch_unwind(AssertUnwindSafe(|| look(&mut self.core)));
            done.extend(seen.inspect_err(|_| complain("a look at the state panicked")).ok());
            if self.elapsed() >= until {
                return;
            }
        }
    }

    /// Looks keep the queue from falling silent: what is due does not wait for that.
    fn is_time(&self) -> bool {
        let since = self.elapsed().saturating_sub(self.batched);
        self.core.options.tick.is_some_and(|tick| since >= tick)
    }

    fn batch(&mut self, commands: Vec<Waiting<M>>, done: &mut Vec<Completion>) {
        let (started, committed) = (self.elapsed(), self.core.tally.commit_micros);
        self.batched = started;
        let answers = match self.guarded(&commands) {
            Some(answers) => answers,
            // One of them is poison: each on its own, so that the others don't suffer.
            None if commands.len() > 1 => commands
                .chunks(1)
                .flat_map(|command| self.guarded(command).unwrap_or_else(|| vec![bug::<M>()]))
                .collect(),
            None => commands.iter().map(|_| bug::<M>()).collect(),
        };
        let committing = Duration::from_micros(self.core.tally.commit_micros - committed);
        let deciding = self.elapsed().saturating_sub(started).saturating_sub(committing);
        self.pace.took(commands.len(), deciding, committing);
        // One completion for all of them, and the commands with it: whoever runs it lets go of them, not this thread.
        done.push(Box::new(move || {
            for (command, answer) in commands.into_iter().zip(answers) {
                command.answer.send(answer);
            }
        }));
    }

    fn elapsed(&self) -> Duration {
        self.core.options.clock.boot().elapsed
    }

    /// One batch; none if it panicked: the state is folded anew then.
    fn guarded(&mut self, commands: &[Waiting<M>]) -> Option<Vec<Answer<M>>> {
        let jobs = commands.iter().map(|waiting| &waiting.job);
        let answers = catch_unwind(AssertUnwindSafe(|| self.core.step_each(jobs))).ok();
        if answers.is_none() {
            complain("a decision panicked: folding the state anew from disk");
            if catch_unwind(AssertUnwindSafe(|| self.core.begin_anew())).is_err() {
                complain("folding the state panicked too");
            }
        }
        answers
    }

    fn keep_snapshots(&mut self) {
        if let Some(sequence) = self.snapshotter.finished() {
            self.core.snapshot_taken(sequence);
        }
        if self.core.snapshot_is_due() && self.snapshotter.is_idle() {
            match self.core.reader() {
                Ok(reader) => {
                    self.core.snapshot_begun();
                    self.snapshotter.begin::<M>(reader);
                }
                Err(error) => warn!(error = error.chain(), "no background snapshot"),
            }
        }
    }
}

/// Logs a panic. What panicked may have been the log itself, and would again: the thread that all wait for survives that.
fn complain(text: &'static str) {
    let _ = catch_unwind(|| error!("{text}"));
}

fn bug<M: Machine>() -> Answer<M> {
    Err(SubmitError::Fault(Fault::Bug))
}
