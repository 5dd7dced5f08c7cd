//! Snapshots taken in the background: folded from the previous one and the entries since, beside
//! the writer and never through it.
//!
//! Invariants: the writer is never held up; at most one runs at a time; one that fails is given up,
//! the next threshold starts another.
//! Not here: the snapshot at a clean stop, which the writer takes of its own state (`core`).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use tracing::{debug, warn};

use crate::{
    entry::EntrySigner, fault::LedgerError, fold::Fold, idempotency::Keep, machine::Machine,
    port::Reader,
};

/// How much nicer than the rest of the program the background thread is.
const NICE: i32 = 10;

pub(crate) struct Snapshotter {
    signer: Arc<dyn EntrySigner>,
    keep: Keep,
    abandoned: Arc<AtomicBool>,
    running: Option<JoinHandle<Option<u64>>>,
}

impl Snapshotter {
    pub(crate) fn new(signer: Arc<dyn EntrySigner>, keep: Keep) -> Self {
        Self { signer, keep, abandoned: Arc::default(), running: None }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    /// Starts one.
    pub(crate) fn begin<M: Machine>(&mut self, mut reader: Box<dyn Reader>) {
        let (signer, keep, abandoned) =
            (Arc::clone(&self.signer), self.keep, Arc::clone(&self.abandoned));
        let work = move || {
            be_nice();
            match take::<M>(reader.as_mut(), signer.as_ref(), keep, &abandoned) {
                Ok(sequence) => sequence,
                Err(error) => {
                    warn!(error = error.chain(), "background snapshot given up");
                    None
                }
            }
        };
        match std::thread::Builder::new().name("ledger-snapshot".to_owned()).spawn(work) {
            Ok(thread) => self.running = Some(thread),
            Err(error) => warn!(%error, "background snapshot not started"),
        }
    }

    /// The sequence of a snapshot that was finished since the last call.
    pub(crate) fn finished(&mut self) -> Option<u64> {
        let done = self.running.take_if(|running| running.is_finished())?;
        done.join().ok().flatten()
    }

    /// Ends one that runs: there will be a better one.
    pub(crate) fn abandon(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
    }
}

fn take<M: Machine>(
    reader: &mut dyn Reader,
    signer: &dyn EntrySigner,
    keep: Keep,
    abandoned: &AtomicBool,
) -> Result<Option<u64>, LedgerError> {
    let mut enough = |_: &_| abandoned.load(Ordering::Relaxed);
    let fold = Fold::<M>::load(reader, signer.public(), keep, &mut enough)?;
    let Some(fold) = fold.filter(|_| !abandoned.load(Ordering::Relaxed)) else { return Ok(None) };
    let bytes = fold.to_snapshot(signer)?;
    reader.save_snapshot(fold.head.sequence, &bytes)?;
    debug!(sequence = fold.head.sequence, bytes = bytes.len(), "snapshot kept");
    Ok(Some(fold.head.sequence))
}

/// The scheduler takes a thread of Linux for a process of its own here: only this thread becomes
/// nicer.
fn be_nice() {
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICE) {
        debug!(%error, "background snapshot runs at normal priority");
    }
}
