//! The state of an earlier entry, kept for a while.
//!
//! Kept here: a past state is folded once for several questions about it (the pages of a list), one fold at a time;
//! it is let go of a minute after the last question, because it can be as large as the live one.
//! Deliberately not here: what is asked of the past (`admin`).

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use tenure_document::Time;
use tenure_leasing::{Event, Leasing};
use tenure_ledger::{Engine, Journal, LedgerError};
use tenure_shell::problem::{Code, Refused};

use crate::machine::LeasingMachine;

/// So long a past state is kept after the last question about it.
const KEPT: Duration = Duration::from_secs(60);
/// So long is waited for a fold under way, again and again.
const FOLD: Duration = Duration::from_secs(1);

/// The past state that was asked for last.
#[derive(Default)]
pub(crate) struct Past(Arc<Mutex<Kept>>);

struct Kept<S = LeasingMachine> {
    state: Option<(u64, Arc<S>)>,
    questions: u64,
}

impl<S> Default for Kept<S> {
    fn default() -> Self {
        Self { state: None, questions: 0 }
    }
}

/// A ledger that can't be read.
pub(crate) fn unreadable(fault: &LedgerError) -> Refused {
    if let LedgerError::Archived { .. } = fault {
        return Code::Archived.says(format!(
            "{fault}. On the server's machine, with that folder: `tenure ledger history --data DIR --archive FOLDER --at \
             TIME` shows who held what, `tenure ledger show --data DIR --archive FOLDER --entry N` what was decided."
        ));
    }
    tracing::error!(fault = fault.chain(), "the ledger can't be read");
    told_unreadable()
}

/// An event in the ledger that this program can't read.
pub(crate) fn unreadable_event(sequence: u64, fault: &serde_json::Error) -> Refused {
    tracing::error!(sequence, %fault, "an event of the ledger can't be read");
    told_unreadable()
}

fn told_unreadable() -> Refused {
    Code::StorageFailed.says("The ledger can't be read. The server's log names the cause.")
}

impl Past {
    /// The state after an entry. Blocks, as long as a start of the server would take.
    pub(crate) fn after(
        &self,
        engine: &Engine<LeasingMachine>,
        sequence: u64,
    ) -> Result<Arc<LeasingMachine>, Refused> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.questions += 1;
        let state = kept.state_after(engine, sequence)?;
        // From now on: a fold may take longer than a state is kept.
        forget_later(Arc::clone(&self.0), kept.questions);
        Ok(state)
    }

    /// The state at an instant, with the last entry before then. Blocks.
    pub(crate) fn at(
        &self,
        engine: &Engine<LeasingMachine>,
        time: Time,
    ) -> Result<(u64, Arc<LeasingMachine>), Refused> {
        let found = engine.history().sequence_at(time);
        let sequence = found.map_err(|fault| unreadable(&fault))?.ok_or_else(too_early)?;
        Ok((sequence, self.after(engine, sequence)?))
    }

    /// Reads the state just before one event of an entry. Blocks.
    pub(crate) fn before_event<T>(
        &self,
        engine: &Engine<LeasingMachine>,
        entry: &Journal<Event>,
        is_it: impl Fn(&Event) -> bool,
        read: impl FnOnce(&Leasing) -> T,
    ) -> Result<T, Refused> {
        let before = entry.sequence.checked_sub(1).ok_or_else(too_early)?;
        let state = self.after(engine, before)?;
        let events = entry.records.iter().flat_map(|record| &record.events);
        let mut earlier = events.take_while(|event| !is_it(event)).peekable();
        if earlier.peek().is_none() {
            return Ok(read(&state.0));
        }
        let mut copy = state.0.clone();
        earlier.for_each(|event| copy.apply(event, entry.at));
        Ok(read(&copy))
    }
}

impl Kept {
    fn state_after(
        &mut self,
        engine: &Engine<LeasingMachine>,
        sequence: u64,
    ) -> Result<Arc<LeasingMachine>, Refused> {
        if let Some((_, state)) = self.state.as_ref().filter(|(seen, _)| *seen == sequence) {
            return Ok(Arc::clone(state));
        }
        // The one before goes first: two at a time would be one too many.
        self.state = None;
        let found = engine.history().state_before::<LeasingMachine>(sequence + 1);
        let state = found.map_err(|fault| unreadable(&fault))?;
        let state = Arc::new(state.ok_or_else(too_early)?);
        self.state = Some((sequence, Arc::clone(&state)));
        Ok(state)
    }
}

fn too_early() -> Refused {
    Code::NotFound.says("The ledger begins after that instant.")
}

/// The instant of a look at a past state: rights are judged by a clock that was right.
pub(crate) fn instant(at: Time) -> tenure_leasing::Now {
    let reading = tenure_container::Reading { wall: at, since_boot_ms: 0 };
    tenure_leasing::Now { at, reading }
}

/// Lets go of the state when nobody has asked again by then.
fn forget_later<S: Send + Sync + 'static>(kept: Arc<Mutex<Kept<S>>>, questions: u64) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn(async move {
        tokio::time::sleep(KEPT).await;
        let state = loop {
            match taken(&kept, questions) {
                Ok(state) => break state,
                Err(Folding) => tokio::time::sleep(FOLD).await,
            }
        };
        if let Some(state) = state {
            // As large as the live one: its end takes a while.
            tokio::task::spawn_blocking(move || drop(state));
        }
    });
}

/// Somebody folds a state now, for seconds. A worker that waited for the end of it would serve nobody.
struct Folding;

/// The state, if nobody has asked since.
fn taken<S>(kept: &Mutex<Kept<S>>, questions: u64) -> Result<Option<Arc<S>>, Folding> {
    let mut kept = match kept.try_lock() {
        Ok(kept) => kept,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(Folding),
    };
    let state = if kept.questions == questions { kept.state.take() } else { None };
    Ok(state.map(|(_, state)| state))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread::{JoinHandle, ThreadId, current};

    use super::*;

    /// Says on which thread it is dropped.
    struct Large(Sender<ThreadId>);

    impl Drop for Large {
        fn drop(&mut self) {
            // Whoever has dropped the other end listens no more.
            let _gone = self.0.send(current().id());
        }
    }

    fn keep(questions: u64) -> (Arc<Mutex<Kept<Large>>>, Receiver<ThreadId>) {
        let (dropped, drops) = channel();
        let state = Some((7, Arc::new(Large(dropped))));
        (Arc::new(Mutex::new(Kept { state, questions })), drops)
    }

    /// Holds the lock on a thread of its own, as a fold does; gives up after a while, so that who waits for it in vain
    /// fails and does not hang.
    fn fold(kept: &Arc<Mutex<Kept<Large>>>) -> (Sender<()>, JoinHandle<bool>) {
        let (kept, (done, told), (locked, is_locked)) = (kept.clone(), channel(), channel());
        let folding = std::thread::spawn(move || {
            let _held = kept.lock().expect("no panic held it");
            locked.send(()).expect("the test waits for it");
            told.recv_timeout(Duration::from_secs(10)).is_ok()
        });
        is_locked.recv().expect("the thread holds it");
        (done, folding)
    }

    async fn pass(seconds: u64) {
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        // What is due by now runs.
        tokio::spawn(async {}).await.expect("another task runs");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fold_under_way_stops_no_worker_and_the_state_goes_after_it() {
        let (kept, drops) = keep(1);
        forget_later(kept.clone(), 1);
        let (done, folding) = fold(&kept);
        pass(61).await;
        done.send(()).expect("the worker did not wait for the fold");
        assert!(folding.join().expect("no panic"));
        assert!(kept.lock().expect("no panic held it").state.is_some());
        pass(2).await;
        assert!(kept.lock().expect("no panic held it").state.is_none());
        let dropped = drops.recv_timeout(Duration::from_secs(10)).expect("it is let go of");
        assert_ne!(dropped, current().id(), "a worker has better things to do");
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_again_keeps_the_state() {
        let (kept, _drops) = keep(2);
        forget_later(kept.clone(), 1);
        pass(61).await;
        assert!(kept.lock().expect("no panic held it").state.is_some());
        forget_later(kept.clone(), 2);
        pass(61).await;
        assert!(kept.lock().expect("no panic held it").state.is_none());
    }
}
