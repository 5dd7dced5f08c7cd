//! A portable container in use: a thread says so on its medium, and the use ends by itself when it can't.
//!
//! Another machine or guest may take the container over a minute after the last sign of this one, so this one stops
//! before: also when the medium was pulled out, the process was stopped, or the machine slept. Seats of one container in
//! this process share one thread.
//!
//! Not here: the rules (`tenure_vault`), the seats.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tenure_vault::{BEAT_EVERY_MS, DeviceError, Exclusive, FENCED_AFTER_MS, OpenContainer};

use crate::clock::{Bell, Clock};

/// The use of one portable container by this process. It ends when the last seat is given back, and stands on the medium
/// as ended by then.
pub(crate) struct InUse(Arc<Beating>);

struct Beating {
    /// None when it has ended.
    kept: Mutex<Option<Exclusive>>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    bell: Bell,
}

struct State {
    /// The last sign, on the clock that never stops.
    beaten: Duration,
    over: Option<Over>,
}

/// Why a use is over: a stable code, and a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Over {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// Those of this process, by serial.
#[derive(Default)]
pub(crate) struct InUseHere(Mutex<BTreeMap<String, Weak<InUse>>>);

impl InUseHere {
    /// Keeps a container in use beyond the call for which it is open; none for one that is not portable.
    pub(crate) fn keep(
        &self,
        open: &OpenContainer,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Arc<InUse>>, DeviceError> {
        let mut all = lock(&self.0);
        let serial = open.state().id().serial();
        let known = all.get(&serial).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| lock(&known.0.state).over.is_none()) {
            return Ok(Some(known));
        }
        let Some(kept) = open.stay()? else { return Ok(None) };
        let state = Mutex::new(State { beaten: clock.now().steady, over: None });
        let (kept, clock, bell) = (Mutex::new(Some(kept)), clock.clone(), Bell::default());
        let beating = Arc::new(Beating { kept, clock, state, bell });
        beating.start()?;
        let started = Arc::new(InUse(beating));
        all.insert(serial, Arc::downgrade(&started));
        Ok(Some(started))
    }
}

impl InUse {
    /// Why it is over, if it is.
    pub(crate) fn over(&self) -> Option<Over> {
        self.0.over()
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        // Waits for a beat that is under way.
        lock(&self.0.kept).take();
        self.0.bell.ring();
    }
}

impl Beating {
    fn over(&self) -> Option<Over> {
        let now = self.clock.now().steady;
        let (beaten, over) = {
            let state = lock(&self.state);
            (state.beaten, state.over.clone())
        };
        if over.is_some() || now.saturating_sub(beaten) < FENCED_AFTER {
            return over;
        }
        // The thread may not have had its turn since the machine woke up.
        self.beat();
        lock(&self.state).over.clone()
    }

    /// Says that the use goes on, as far as it does; when that began.
    fn beat(&self) -> Duration {
        let began = self.clock.now().steady;
        let kept = lock(&self.kept);
        let Some(outcome) = kept.as_ref().map(Exclusive::beat) else { return began };
        let mut state = lock(&self.state);
        match outcome {
            Ok(()) => state.beaten = began,
            Err(error @ (DeviceError::Shared { .. } | DeviceError::HoldLost { .. })) => {
                let code = error.code().unwrap_or("hold-lost");
                state.over = Some(Over { code, text: error.to_string() });
            }
            Err(error) if began.saturating_sub(state.beaten) >= FENCED_AFTER => {
                let text = format!("the medium of the container can't be reached: {error}");
                state.over = Some(Over { code: "medium-gone", text });
            }
            Err(_) => {}
        }
        began
    }

    fn start(self: &Arc<Self>) -> Result<(), DeviceError> {
        let (clock, bell, weak) = (self.clock.clone(), self.bell.clone(), Arc::downgrade(self));
        // Counted from here, and then from one beat to the next, however late the thread gets its turn.
        let mut due = clock.now().steady + BEAT_EVERY;
        let run = move || {
            loop {
                clock.wait(&bell, Some(due));
                let Some(used) = weak.upgrade() else { return };
                due = used.beat() + BEAT_EVERY;
                if lock(&used.state).over.is_some() {
                    return;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("tenure-medium".to_owned()).spawn(run);
        spawned
            .map(drop)
            .map_err(|error| DeviceError::BadRequest(format!("no thread for the medium: {error}")))
    }
}

const BEAT_EVERY: Duration = Duration::from_millis(BEAT_EVERY_MS.unsigned_abs());
const FENCED_AFTER: Duration = Duration::from_millis(FENCED_AFTER_MS.unsigned_abs());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
