//! The state of an earlier entry, kept for a while.
//!
//! Kept here: a past state is folded once for several questions about it (the pages of a list), one fold at a time;
//! it is let go of a minute after the last question, because it can be as large as the live one.
//! Deliberately not here: what is asked of the past (`admin`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tenure_document::Time;
use tenure_leasing::{Event, Leasing};
use tenure_ledger::{Engine, Journal, LedgerError};
use tenure_shell::problem::{Code, Refused};

use crate::machine::LeasingMachine;

/// So long a past state is kept after the last question about it.
const KEPT: Duration = Duration::from_secs(60);

/// The past state that was asked for last.
#[derive(Default)]
pub(crate) struct Past(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    state: Option<(u64, Arc<LeasingMachine>)>,
    questions: u64,
}

/// A ledger that can't be read.
pub(crate) fn unreadable(fault: &LedgerError) -> Refused {
    if let LedgerError::Archived { .. } = fault {
        return Code::Archived.says(format!(
            "{fault}. On the server's machine: tenure ledger show --archive DIR, with that folder."
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
        forget_later(Arc::clone(&self.0), kept.questions);
        if let Some((_, state)) = kept.state.as_ref().filter(|(seen, _)| *seen == sequence) {
            return Ok(Arc::clone(state));
        }
        // The one before goes first: two at a time would be one too many.
        kept.state = None;
        let found = engine.history().state_before::<LeasingMachine>(sequence + 1);
        let state = found.map_err(|fault| unreadable(&fault))?;
        let state = Arc::new(state.ok_or_else(too_early)?);
        kept.state = Some((sequence, Arc::clone(&state)));
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

fn too_early() -> Refused {
    Code::NotFound.says("The ledger begins after that instant.")
}

/// The instant of a look at a past state: rights are judged by a clock that was right.
pub(crate) fn instant(at: Time) -> tenure_leasing::Now {
    let reading = tenure_container::Reading { wall: at, since_boot_ms: 0 };
    tenure_leasing::Now { at, reading }
}

/// Lets go of the state when nobody has asked again by then.
fn forget_later(kept: Arc<Mutex<Kept>>, questions: u64) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn(async move {
        tokio::time::sleep(KEPT).await;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.questions == questions {
            kept.state = None;
        }
    });
}
