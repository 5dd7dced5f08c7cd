//! A seat of a container on this machine: held as long as the value lives, looked at anew from time to time.
//!
//! Not here: finding it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tenure_api::Problem;
use tenure_document::Time;
use tenure_vault::HeldSeat;

use super::container::{LocalContainers, Taken};
use super::exclusive::InUse;
use super::grant::LocalGrant;
use crate::error::Error;
use crate::policy::{Notice, SeatState, Why};
use crate::session::SeatId;

/// An application may ask as often as it likes: the container is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Seats that this process holds of a container on this machine.
pub struct LocalSeat {
    id: SeatId,
    channels: Mutex<Vec<Sender<Notice>>>,
    source: Arc<LocalContainers>,
    grant: LocalGrant,
    /// The seats; and of a portable container, its use.
    held: Mutex<(Vec<HeldSeat>, Option<Arc<InUse>>)>,
    released: AtomicBool,
    seen: Mutex<Seen>,
}

struct Seen {
    at: Duration,
    state: SeatState,
}

impl LocalSeat {
    pub(crate) fn new(source: Arc<LocalContainers>, taken: Taken) -> Self {
        let Taken { grant, held, in_use } = taken;
        let seen = Seen { at: source.now().steady, state: held_until(grant.until) };
        // Apart from the numbers of a session, which begin at the other end.
        static NUMBER: AtomicU64 = AtomicU64::new(1 << 63);
        let id = SeatId(NUMBER.fetch_add(1, Ordering::Relaxed));
        let (held, released) = (Mutex::new((held, in_use)), AtomicBool::new(false));
        let channels = Mutex::default();
        Self { id, channels, source, grant, held, released, seen: Mutex::new(seen) }
    }

    /// Its number within this process.
    pub fn id(&self) -> SeatId {
        self.id
    }

    /// What happens to it, as far as somebody asks for its state.
    pub fn notices(&self) -> Receiver<Notice> {
        let (sender, receiver) = channel();
        lock(&self.channels).push(sender);
        receiver
    }

    /// What was granted.
    pub fn grant(&self) -> &LocalGrant {
        &self.grant
    }

    /// What the seat is worth now; the container is looked at once a minute.
    pub fn state(&self) -> SeatState {
        if self.released.load(Ordering::Acquire) {
            return SeatState::Ended(Why::Released);
        }
        let now = self.source.now().steady;
        let mut seen = lock(&self.seen);
        let is_over = matches!(seen.state, SeatState::Ended(_));
        let in_use = lock(&self.held).1.clone();
        let over = in_use.filter(|_| !is_over).and_then(|in_use| in_use.over());
        if let Some(over) = over {
            seen.state = ended(&over.text, over.code);
            if let SeatState::Ended(why) = &seen.state {
                self.tell(why);
            }
        } else if !is_over && now.saturating_sub(seen.at) >= LOOK_EVERY {
            seen.at = now;
            seen.state = match self.source.recheck(&self.grant) {
                Ok(until) => held_until(until),
                Err(Error::Forged(forged)) => SeatState::Ended(Why::Forged(forged)),
                Err(Error::Denied(denied)) => ended(&denied.to_string(), denied.code()),
                // The folder can't be read now: what was granted stays to its end.
                Err(_) => held_until(self.grant.until),
            };
            if let SeatState::Ended(why) = &seen.state {
                self.tell(why);
            }
        }
        seen.state.clone()
    }

    /// Gives the seats back.
    pub fn give_back(&self) {
        if !self.released.swap(true, Ordering::AcqRel) {
            *lock(&self.held) = (Vec::new(), None);
            self.tell(&Why::Released);
        }
    }

    fn tell(&self, why: &Why) {
        // Whoever has dropped the other end listens no more.
        lock(&self.channels).retain(|channel| channel.send(Notice::Ended(why.clone())).is_ok());
    }
}

fn held_until(until: Option<Time>) -> SeatState {
    SeatState::Held { until: until.unwrap_or(Time::LATEST) }
}

fn ended(detail: &str, code: &str) -> SeatState {
    let problem = Problem::new(409, code, "The license on this machine has ended", detail);
    SeatState::Ended(Why::Refused(Box::new(problem)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
