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
use crate::clock::Now;
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
    /// It is over then, on the steady clock: nobody can say so while the container can't be read.
    deadline: Option<Duration>,
}

impl Seen {
    fn good(until: Option<Time>, now: Now) -> Self {
        let left = until.map(|until| until.since(now.wall));
        let deadline = left.map(|left| now.steady.saturating_add(left));
        Self { at: now.steady, state: held_until(until), deadline }
    }

    /// Whether the container is to be looked at anew: after a while, and once when the end that it told has come.
    fn is_stale(&self, now: Duration) -> bool {
        let has_ended = self.deadline.is_some_and(|end| self.at < end && end <= now);
        has_ended || now.saturating_sub(self.at) >= LOOK_EVERY
    }
}

impl LocalSeat {
    pub(crate) fn new(source: Arc<LocalContainers>, taken: Taken) -> Self {
        let Taken { grant, held, in_use } = taken;
        let seen = Seen::good(grant.until, source.now());
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

    /// What the seat is worth now; the container is looked at once a minute, and at the end that it told.
    pub fn state(&self) -> SeatState {
        if self.released.load(Ordering::Acquire) {
            return SeatState::Ended(Why::Released);
        }
        let now = self.source.now();
        let mut seen = lock(&self.seen);
        let is_over = matches!(seen.state, SeatState::Ended(_));
        let in_use = lock(&self.held).1.clone();
        let over = in_use.filter(|_| !is_over).and_then(|in_use| in_use.over());
        if let Some(over) = over {
            seen.state = ended(&over.text, over.code);
            if let SeatState::Ended(why) = &seen.state {
                self.tell(why);
            }
        } else if !is_over && seen.is_stale(now.steady) {
            self.look(&mut seen, now);
            if let SeatState::Ended(why) = &seen.state {
                self.tell(why);
            }
        }
        seen.state.clone()
    }

    /// Looks at the container anew.
    fn look(&self, seen: &mut Seen, now: Now) {
        seen.at = now.steady;
        match self.source.recheck(&self.grant) {
            Ok(until) => *seen = Seen::good(until, now),
            Err(Error::Forged(forged)) => seen.state = SeatState::Ended(Why::Forged(forged)),
            Err(Error::Denied(denied)) => seen.state = ended(&denied.to_string(), denied.code()),
            // The folder can't be read now: what was seen last stays, to its end.
            Err(_) if seen.deadline.is_some_and(|deadline| now.steady >= deadline) => {
                seen.state = SeatState::Ended(Why::Expired);
            }
            Err(_) => {}
        }
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
