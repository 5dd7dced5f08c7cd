//! A license for a host while the application runs: what it is worth, and the thread that asks.
//!
//! Invariants: asking goes on beside, in one thread that ends when the license is dropped, and is waited for by nobody who
//! does not say so; after a failure the pauses grow; what an answer says is remembered before it is shown.
//! Deliberately not here: deciding what it is worth (`standing`), reading files (`file`), settings (`builder`).

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tenure_api::ApiError;
use tenure_container::RightsClock;
use tenure_document::{Bytes, HostCheck, HostKey, HostName, HostUserId, Time};

use super::proof::Prover;
use super::question::{answers, question};
use super::remembered::{AboutKey, Memory, judged, place};
use super::service::CheckService;
use super::standing::{HostStatus, judge};
use crate::callback::call;
use crate::clock::{Bell, Clock};
use crate::store::reading;

/// Pauses after failures: from one minute to one hour.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// Between two answers there is at least this, whatever the office wishes, and at most that.
const SHORTEST_TERM: Duration = Duration::from_secs(600);
const LONGEST_TERM: Duration = Duration::from_secs(7 * 86_400);

/// Called when the status changes, on the thread that asked.
pub(crate) type OnChange = Box<dyn Fn(&HostStatus) + Send + Sync>;

/// A license for a host. Dropping it ends the checks and waits for nothing.
pub struct HostLicense {
    shared: Arc<Shared>,
}

impl fmt::Debug for HostLicense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostLicense").field("key", &self.shared.key).finish_non_exhaustive()
    }
}

/// What both sides use.
pub(crate) struct Shared {
    pub(crate) key: HostKey,
    pub(crate) host: HostName,
    pub(crate) revision: String,
    pub(crate) memory: Memory,
    pub(crate) service: Option<Arc<dyn CheckService>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) on_change: Option<OnChange>,
    pub(crate) running: Mutex<Running>,
    pub(crate) attempted: Condvar,
    pub(crate) bell: Bell,
}

/// What changes while the application runs.
pub(crate) struct Running {
    pub(crate) prover: Prover,
    pub(crate) since: Time,
    pub(crate) clock: RightsClock,
    pub(crate) last: Option<HostCheck>,
    pub(crate) user: Option<HostUserId>,
    pub(crate) trouble: Option<String>,
    pub(crate) attempts: u64,
    pub(crate) closed: bool,
}

impl HostLicense {
    pub(crate) fn started(shared: Shared) -> HostLicense {
        let shared = Arc::new(shared);
        if shared.service.is_some() {
            let asking = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("tenure-host-check".to_owned());
            if let Err(error) = thread.spawn(move || asking.ask_on()) {
                shared.running().trouble = Some(format!("no thread for checks: {error}"));
            }
        }
        HostLicense { shared }
    }

    /// The signed key.
    pub fn key(&self) -> &HostKey {
        &self.shared.key
    }

    /// Whether the application may run now.
    pub fn is_usable(&self) -> bool {
        self.status().is_usable()
    }

    /// What the license is worth now.
    pub fn status(&self) -> HostStatus {
        self.shared.status()
    }

    /// Waits until the office was asked once, with whatever success, or so long. For programs that end at once; an
    /// application that goes on working does not need it.
    pub fn wait_for_check(&self, at_most: Duration) -> HostStatus {
        if self.shared.service.is_some() {
            let running = self.shared.running();
            let waiting = |running: &mut Running| running.attempts == 0;
            let waited = self.shared.attempted.wait_timeout_while(running, at_most, waiting);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
        self.status()
    }
}

impl Drop for HostLicense {
    fn drop(&mut self) {
        self.shared.running().closed = true;
        self.shared.bell.ring();
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> HostStatus {
        let mut running = self.running();
        let now = self.clock.now();
        running.clock = running.clock.advanced(reading(now));
        let at = judged(&running.clock, now);
        let asked = self.service.is_some();
        let mut status = judge(&self.key, running.last.as_ref(), running.since, asked, at);
        status.trouble.clone_from(&running.trouble);
        status
    }

    /// Asks again and again until the license is dropped.
    fn ask_on(&self) {
        let mut failures = 0;
        while !self.running().closed {
            let before = self.status();
            let pause = match self.ask() {
                Ok(next) => {
                    failures = 0;
                    let term = next.since(self.clock.now().wall);
                    term.clamp(SHORTEST_TERM, LONGEST_TERM)
                }
                Err(trouble) => {
                    failures += 1;
                    self.running().trouble = Some(trouble.text);
                    let doubled = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(6));
                    doubled.min(LONGEST_PAUSE).max(trouble.retry_after)
                }
            };
            let status = self.status();
            self.running().attempts += 1;
            self.attempted.notify_all();
            if let Some(on_change) =
                self.on_change.as_ref().filter(|_| status.state != before.state)
            {
                call(|| on_change(&status));
            }
            if !self.running().closed {
                self.clock.wait(&self.bell, Some(self.clock.now().steady + pause));
            }
        }
    }

    /// One question and its answer; gives the time of the next.
    fn ask(&self) -> Result<Time, Trouble> {
        let Some(service) = &self.service else { return Err(Trouble::new("nobody to ask")) };
        let user = self.running().user;
        // Without a place to remember its id, every start would count as another user.
        let user = user.ok_or_else(|| Trouble::new("the user id can't be remembered"))?;
        let asked = question(&self.key, &self.revision, user, &self.host);
        let document = service.check(&asked).map_err(unanswered)?;
        let answer = self.proved(service.as_ref(), &document)?;
        let last = self.running().last.clone();
        answers(&answer, &asked, &self.key, &self.host, last.as_ref()).map_err(forged)?;
        // An answer that was not there before says what time it is: a clock that was in the future once must not take
        // the license away until then. One that was there before says nothing new.
        let is_new = last.is_none_or(|last| answer.at > last.at);
        let clock = self.remember(&answer, &document, asked, is_new)?;
        let next = answer.next_check.unwrap_or_else(|| answer.at.plus(LONGEST_PAUSE));
        let mut running = self.running();
        running.clock = clock;
        running.user = answer.user_id.or(running.user);
        running.last = Some(answer);
        running.trouble = None;
        Ok(next)
    }

    /// Proves an answer; when it does not fit the papers at hand, newer ones are asked for, once.
    fn proved(&self, service: &dyn CheckService, document: &str) -> Result<HostCheck, Trouble> {
        let now = self.clock.now().wall;
        let mut prover = self.running().prover.clone();
        if let Ok(answer) = prover.answer(document, now) {
            return Ok((*answer).clone());
        }
        let papers = service.papers().map_err(unanswered)?;
        prover.adopt(&papers, now).map_err(forged)?;
        let answer = prover.answer(document, now).map_err(forged)?;
        self.running().prover = prover;
        // Proved anew at every start; without them the next start asks for them again.
        let _ = self.memory.change(|remembered| remembered.papers = Some(papers));
        Ok((*answer).clone())
    }

    /// Keeps an answer, and gives the clock that counts from now on.
    fn remember(
        &self,
        answer: &HostCheck,
        document: &str,
        question: Vec<u8>,
        is_new: bool,
    ) -> Result<RightsClock, Trouble> {
        let (since, now) = (self.running().since, self.clock.now());
        let remembered = self.memory.change(|remembered| {
            let about =
                AboutKey { since, answer: Some(document.to_owned()), question: Bytes(question) };
            remembered.keys.insert(place(&self.key, &self.host), about);
            let (before, reading) = (remembered.clock(now), reading(now));
            let clock = match is_new {
                true => before.corrected(answer.at, reading),
                false => before.confirmed(answer.at, reading),
            };
            remembered.clock = Some(clock.clone());
            if let Some(user) = answer.user_id {
                remembered.users.insert(self.key.group().to_owned(), user);
            }
            clock
        });
        remembered.map_err(|why| Trouble::new(format!("the answer can't be remembered: {why}")))
    }
}

/// Why there is no answer.
struct Trouble {
    text: String,
    retry_after: Duration,
}

impl Trouble {
    fn new(text: impl Into<String>) -> Trouble {
        Trouble { text: text.into(), retry_after: Duration::ZERO }
    }
}

fn unanswered(error: ApiError) -> Trouble {
    let retry_after = error.retry_after().unwrap_or_default().min(LONGEST_PAUSE);
    Trouble { text: error.to_string(), retry_after }
}

fn forged(error: crate::error::Forged) -> Trouble {
    Trouble::new(error.to_string())
}
