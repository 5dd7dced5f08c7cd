//! The blocking driver: performs what the session asks for, on the calling thread or on one
//! background thread that renews.
//!
//! The session is behind a lock that is never held while a message travels. The background thread
//! ends by itself when the last handle is gone. No decisions here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tenure_api::{ApiError, DenialAnswer, UsageAnswer, UsageRequest};
use tenure_document::Hash;

use crate::callback::call;
use crate::clock::{Bell, Clock};
use crate::error::Error;
use crate::policy::{Notice, SeatState};
use crate::session::{Action, Event, HeldLease, Loan, Message, RequestId, SeatId, Session, Ticket};
use crate::store::Store;
use crate::transport::Transport;

/// Called for everything that happens to a seat, on the thread where it happens.
pub(crate) type Listener = Box<dyn Fn(SeatId, &Notice) + Send + Sync>;

/// How often the clock's high-water mark is written while borrowed leases are in use.
const MARK_EVERY: Duration = Duration::from_secs(600);
/// How often borrowed leases in use are looked for on disk: another process may have given them back.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Consumptions without an answer that are remembered.
const UNANSWERED: usize = 16;

/// One session with everything it needs to run.
pub(crate) struct Driver {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    pub store: Option<Store>,
    listener: Option<Listener>,
    state: Mutex<Running>,
    bell: Bell,
}

struct Running {
    session: Session,
    requests: u64,
    answers: BTreeMap<RequestId, Answer>,
    returned: BTreeMap<SeatId, Result<(), Error>>,
    channels: BTreeMap<SeatId, Sender<Notice>>,
    waiting: Vec<Bell>,
    /// Questions about tickets, for the threads that wait for them.
    polls: Vec<Poll>,
    seed: Hash,
    marked: Option<Duration>,
    /// Borrowed leases in use that stood on disk.
    kept: BTreeSet<Loan>,
    looked: Duration,
    /// Consumptions that may have been counted: asked again under the same key, so that a lost answer costs no units.
    unanswered: Vec<(UsageRequest, String)>,
    closed: bool,
}

/// The outcome of a checkout.
type Answer = Result<(Vec<SeatId>, Vec<DenialAnswer>), Error>;

impl Driver {
    pub fn new(
        session: Session,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        store: Option<Store>,
        listener: Option<Listener>,
        seed: Hash,
    ) -> Arc<Driver> {
        let running = Running {
            session,
            requests: 0,
            answers: BTreeMap::new(),
            returned: BTreeMap::new(),
            channels: BTreeMap::new(),
            waiting: Vec::new(),
            polls: Vec::new(),
            seed,
            marked: None,
            kept: BTreeSet::new(),
            looked: Duration::ZERO,
            unanswered: Vec::new(),
            closed: false,
        };
        Arc::new(Driver {
            transport,
            clock,
            store,
            listener,
            state: Mutex::new(running),
            bell: Bell::default(),
        })
    }

    /// Starts the thread that renews. It keeps nothing alive.
    pub fn start(self: &Arc<Self>) -> Result<(), Error> {
        let (driver, clock, bell) = (Arc::downgrade(self), self.clock.clone(), self.bell.clone());
        let thread = std::thread::Builder::new().name("tenure-renewal".to_owned());
        let run = move || {
            while let Some(until) = tick(&driver) {
                clock.wait(&bell, until);
            }
        };
        let started = thread.spawn(run);
        started.map(drop).map_err(|error| Error::Setup(format!("no thread for renewals: {error}")))
    }

    /// Performs an event and everything that follows from it at once.
    pub fn perform(&self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let now = self.clock.now();
            let actions = self.running().session.step(event, now);
            for action in actions {
                if let Action::Send { ticket, message: message @ Message::Poll { .. }, key } =
                    action
                {
                    self.running().leave_poll(ticket, message, key);
                } else if let Action::Send { ticket, message, key } = action {
                    let answer = self.transport.send(&message, &key);
                    events.push(Event::Answered { ticket, answer });
                } else {
                    self.note(action);
                }
            }
        }
        self.bell.ring();
    }

    /// Asks for seats and waits until the session has an outcome.
    pub fn ask(&self, event: impl FnOnce(RequestId) -> Event) -> Answer {
        let request = {
            let mut running = self.running();
            running.requests += 1;
            RequestId(running.requests)
        };
        let mut asking = Asking { driver: self, request, answered: false };
        self.perform(event(request));
        let answer = self.until(Some(request), |running| running.answers.remove(&request));
        asking.answered = true;
        answer
    }

    /// Gives a seat back and waits for the outcome.
    pub fn release(&self, seat: SeatId) -> Result<(), Error> {
        self.running().returned.remove(&seat);
        self.perform(Event::Release { seat });
        self.until(None, |running| running.returned.remove(&seat))
    }

    /// Repetitions of what somebody waits for happen on the waiting thread, and so do the questions about its tickets,
    /// which stay open for a while.
    fn until<T>(
        &self,
        request: Option<RequestId>,
        mut found: impl FnMut(&mut Running) -> Option<T>,
    ) -> T {
        let own = Bell::default();
        loop {
            let (poll, wake) = {
                let mut running = self.running();
                if let Some(found) = found(&mut running) {
                    return found;
                }
                let poll = request.and_then(|request| running.take_poll(request));
                if poll.is_none() {
                    running.waiting.push(own.clone());
                }
                (poll, running.session.next_wake())
            };
            if let Some(Poll { ticket, message, key, .. }) = poll {
                let answer = self.transport.send(&message, &key);
                self.perform(Event::Answered { ticket, answer });
                continue;
            }
            self.clock.wait(&own, wake);
            self.perform(Event::Tick);
        }
    }

    pub fn state(&self, seat: SeatId) -> Option<SeatState> {
        let now = self.clock.now();
        self.running().session.state(seat, now)
    }

    pub fn held(&self, seat: SeatId) -> Option<HeldLease> {
        self.running().session.held(seat).cloned()
    }

    pub fn with_session<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(&self.running().session)
    }

    pub fn subscribe(&self, seat: SeatId) -> Receiver<Notice> {
        let (sender, receiver) = channel();
        self.running().channels.insert(seat, sender);
        receiver
    }

    /// The application has dropped the seat.
    pub fn forget(&self, seat: SeatId) {
        self.perform(Event::Forget { seat });
        let mut running = self.running();
        running.channels.remove(&seat);
        running.returned.remove(&seat);
    }

    /// An unforeseeable value for keys outside the session.
    pub fn draw(&self) -> Hash {
        let mut running = self.running();
        running.seed = Hash::of(running.seed.as_bytes());
        Hash::of(&[b"drawn", running.seed.as_bytes().as_slice()].concat())
    }

    /// Consumes units, once more under the same key when no answer arrives; and the same in the next equal call.
    pub fn consume(&self, request: UsageRequest) -> Result<UsageAnswer, ApiError> {
        let known = self.running().key_of(&request);
        let key = known.unwrap_or_else(|| self.draw().to_string());
        let answer = again(|| self.transport.consume(&request, &key));
        if answer.as_ref().is_err_and(ApiError::is_fault) {
            // A key that an earlier call has sent is kept as well: that one may have been counted.
            self.running().unanswered(request, key);
        }
        answer
    }

    /// This lease stands on disk from now on, until it is given back.
    pub fn kept(&self, loan: Loan) {
        let mut running = self.running();
        if running.kept.is_empty() {
            running.looked = self.clock.now().steady;
        }
        running.kept.insert(loan);
        drop(running);
        self.bell.ring();
    }

    pub fn close(&self) {
        self.running().closed = true;
        self.bell.ring();
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Every change under the lock is complete when a panic could leave it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, action: Action) {
        match action {
            Action::Granted { request, seats, denials } => {
                self.running().answered(request, Ok((seats, denials)));
            }
            Action::Failed { request, error } => {
                self.running().answered(request, Err(error));
            }
            Action::Returned { seat, outcome } => {
                let mut running = self.running();
                // Nobody waits for the outcome of a seat that was forgotten.
                if running.session.held(seat).is_some() {
                    running.returned.insert(seat, outcome);
                    running.wake();
                }
            }
            Action::Tell { seat, notice } => {
                if let Some(listener) = &self.listener {
                    call(|| listener(seat, &notice));
                }
                let running = self.running();
                if let Some(channel) = running.channels.get(&seat) {
                    // The application may have dropped its end.
                    let _ = channel.send(notice);
                }
            }
            Action::Keep(chain) => {
                // Without the file there is no offline start; the next chain is written again.
                let _ = self.store.as_ref().map(|store| store.keep_chain(&chain));
            }
            Action::Send { .. } => {}
        }
    }

    /// Does what is due apart from the session's own; when there is more of it.
    pub fn keep_up(&self) -> Option<Duration> {
        [self.mark(), self.look()].into_iter().flatten().min()
    }

    /// Ends the seats of borrowed leases that another process of this machine has given back.
    fn look(&self) -> Option<Duration> {
        let store = self.store.as_ref()?;
        let now = self.clock.now().steady;
        let kept = {
            let mut running = self.running();
            let live = running.session.borrowed();
            running.kept.retain(|loan| live.contains(loan));
            if running.kept.is_empty() {
                return None;
            }
            if now < running.looked + LOOK_EVERY {
                return Some(running.looked + LOOK_EVERY);
            }
            running.looked = now;
            running.kept.clone()
        };
        for loan in kept.into_iter().filter(|loan| store.has_lost(*loan)) {
            self.perform(Event::GivenBack { loan });
        }
        Some(now + LOOK_EVERY)
    }

    /// Raises the clock's high-water mark from time to time.
    fn mark(&self) -> Option<Duration> {
        let store = self.store.as_ref()?;
        let now = self.clock.now();
        let mut running = self.running();
        let due = running.marked.is_none_or(|at| now.steady >= at + MARK_EVERY);
        if due {
            let _ = store.time(now);
            running.marked = Some(now.steady);
        }
        running.marked.map(|at| at + MARK_EVERY)
    }
}

/// A question about a ticket, to be sent by the thread that waits for it.
struct Poll {
    request: RequestId,
    ticket: Ticket,
    message: Message,
    key: String,
}

/// A checkout that somebody waits for; who goes away without an answer waits no longer.
struct Asking<'a> {
    driver: &'a Driver,
    request: RequestId,
    answered: bool,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.driver.perform(Event::GiveUp { request: self.request });
        }
    }
}

/// Ends the background thread with the last clone and the last seat.
pub(crate) struct Handle(pub Arc<Driver>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Running {
    fn leave_poll(&mut self, ticket: Ticket, message: Message, key: String) {
        if let Some(request) = self.session.request_of(ticket) {
            self.polls.push(Poll { request, ticket, message, key });
            self.wake();
        }
    }

    fn take_poll(&mut self, request: RequestId) -> Option<Poll> {
        let place = self.polls.iter().position(|poll| poll.request == request)?;
        Some(self.polls.remove(place))
    }

    fn answered(&mut self, request: RequestId, answer: Answer) {
        self.answers.insert(request, answer);
        self.wake();
    }

    /// The key of an equal consumption that had no answer.
    fn key_of(&mut self, request: &UsageRequest) -> Option<String> {
        let place = self.unanswered.iter().position(|(before, _)| before == request)?;
        Some(self.unanswered.remove(place).1)
    }

    fn unanswered(&mut self, request: UsageRequest, key: String) {
        self.unanswered.push((request, key));
        if self.unanswered.len() > UNANSWERED {
            self.unanswered.remove(0);
        }
    }

    /// Whoever waits for an outcome looks again.
    fn wake(&mut self) {
        self.waiting.drain(..).for_each(|bell| bell.ring());
    }
}

/// One turn of the background thread; when to turn again, or `None` when it is over.
fn tick(driver: &Weak<Driver>) -> Option<Option<Duration>> {
    let driver = driver.upgrade()?;
    let now = driver.clock.now().steady;
    if driver.running().closed {
        return None;
    }
    let due = driver.running().session.next_wake().is_some_and(|at| at <= now);
    if due {
        driver.perform(Event::Tick);
    }
    let other = driver.keep_up();
    let wake = driver.running().session.next_wake();
    Some(wake.into_iter().chain(other).min())
}

/// Once more under the same key when no answer arrived.
pub(crate) fn again<T>(send: impl Fn() -> Result<T, ApiError>) -> Result<T, ApiError> {
    match send() {
        Err(first) if first.is_fault() => {
            send().map_err(|error| if first.is_open() { error.sent() } else { error })
        }
        outcome => outcome,
    }
}
