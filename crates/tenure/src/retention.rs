//! Old ledger entries of a running server go to the archive by themselves: at start and once a day.
//!
//! Invariants: works beside the server, which is asked for short moments only; a stop breaks it off, and the next round
//! goes on from there; a failure is logged, is an alarm of the server until a round succeeds, takes nothing away and is
//! tried again the next day; a clock that is wrong when the machine starts makes no entry old.
//! Deliberately not here: how entries are archived (`offline`, `tenure_ledger`), what the keys are called (`settings`).

use crate::{clock::RealClock, offline::archive};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use tenure_document::Time;
use tenure_ledger::{ArchiveOrder, ArchiveStep, Clock as _, Engine, LedgerError};
use tenure_server::{Alarms, LeasingMachine};
use tracing::{error, info};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(24 * 60 * 60);

/// What the journal says of who did it.
const BY: &str = "the server (ledger.keep_days)";

/// The alarm while it fails.
const ALARM: &str = "ledger-archive";

/// The thread that does it.
pub struct Retention {
    stopping: Arc<AtomicBool>,
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Retention {
    /// Starts with the first round; entries older than `keep` go to `folder`. A round that fails raises an alarm.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        engine: Engine<LeasingMachine>,
        alarms: Alarms,
        folder: PathBuf,
        keep: Duration,
    ) -> std::io::Result<Retention> {
        let stopping = Arc::new(AtomicBool::new(false));
        let (wake, told) = channel();
        let asked = Arc::clone(&stopping);
        let work = move || rounds((&engine, &alarms), &folder, keep, &asked, &told);
        let thread = std::thread::Builder::new().name("ledger-archive".to_owned()).spawn(work)?;
        Ok(Retention { stopping, wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for Retention {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.wake.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn rounds(
    (engine, alarms): (&Engine<LeasingMachine>, &Alarms),
    folder: &std::path::Path,
    keep: Duration,
    stopping: &AtomicBool,
    told: &Receiver<()>,
) {
    loop {
        let now = RealClock.wall();
        let mut go_on = |_: ArchiveStep| !stopping.load(Ordering::Relaxed);
        let result = engine.old_before_blocking(now, keep).and_then(|before| {
            let order = ArchiveOrder { before, folder: folder.to_owned(), now };
            archive(engine, &order, BY, &mut go_on)
        });
        tell(alarms, (folder, now), &result);
        match result {
            Ok(Some(done)) => info!(
                entries = done.entries,
                begins = done.begins.sequence,
                folder = %folder.display(),
                "old ledger entries are archived"
            ),
            Ok(None) | Err(LedgerError::GivenUp) => {}
            Err(why) => error!(
                why = why.chain(),
                folder = %folder.display(),
                "old ledger entries could not be archived: nothing was removed, the next attempt is in a day"
            ),
        }
        if told.recv_timeout(ROUND) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// A failure is there for people to see until a round succeeds: logs are not read every day.
fn tell<T>(
    alarms: &Alarms,
    (folder, now): (&std::path::Path, Time),
    result: &Result<T, LedgerError>,
) {
    match result {
        Ok(_) => alarms.clear(ALARM),
        Err(LedgerError::GivenUp) => {}
        Err(why) => alarms.raise(
            ALARM,
            format!(
                "old ledger entries could not be archived to {} at {now}: {}; nothing was removed, the next attempt is in a day",
                folder.display(),
                why.chain(),
            ),
        ),
    }
}
