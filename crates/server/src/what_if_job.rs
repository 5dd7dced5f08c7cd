//! What-ifs under way and their results: one at a time, on threads of its own that give way to service.
//!
//! Invariants: a job reads the ledger by a reading side of its own and never touches the live state; it stops soon
//! after it is cancelled, also when the server goes; results are few and are let go of after an hour; a panic ends the
//! job and nothing else. Deliberately not here: what is replayed how (leasing), routes (admin::what_if).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tenure_api::{WhatIfJob, WhatIfResult, WhatIfState};
use tenure_container::Reading;
use tenure_document::Time;
use tenure_leasing::{Command, Now, Recorded, WhatIf, WhatIfOptions, WhatIfReport};
use tenure_ledger::{History, Journal, LedgerError, Pulse};
use tenure_shell::outside::Uptime;

use crate::courtesy::{Rests, give_way};
use crate::machine::LeasingMachine;

/// Entries read at once: a full one holds a few hundred commands, and a page is read without a rest.
const PAGE: usize = 16;
/// Pages read ahead of the replay.
const AHEAD: usize = 4;
/// Results kept.
const KEPT: usize = 8;
/// How long a result is kept.
const KEPT_FOR: Duration = Duration::from_secs(3_600);

/// What is asked of a job.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) by: String,
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) proposal: Vec<Command>,
    pub(crate) options: WhatIfOptions,
}

/// What a job works with.
struct Means {
    history: History,
    pulse: Pulse,
    uptime: Uptime,
}

impl Means {
    fn rests(&self) -> Rests {
        Rests::new(self.pulse.clone(), self.uptime)
    }
}

/// Jobs, oldest first.
#[derive(Debug)]
pub(crate) struct WhatIfJobs {
    uptime: Uptime,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    jobs: Vec<Arc<Job>>,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Job {
    number: u64,
    by: String,
    started_at: Time,
    from: Time,
    to: Time,
    proposes: Vec<&'static str>,
    model: Option<String>,
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    requests: AtomicU64,
    phase: Mutex<Phase>,
}

#[derive(Debug)]
enum Phase {
    Preparing,
    Running,
    Ended { since: Duration, how: End },
}

/// How a job ended.
#[derive(Debug)]
enum End {
    Done(Box<WhatIfResult>),
    Failed(String),
    Cancelled,
}

/// Why a job was not begun.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotBegun {
    /// This one is under way.
    Busy(String),
    /// The ledger or a thread can't be had.
    Fault(String),
}

impl WhatIfJobs {
    pub(crate) fn new(uptime: Uptime) -> WhatIfJobs {
        WhatIfJobs { uptime, kept: Mutex::default() }
    }

    /// Begins a job on threads of its own.
    pub(crate) fn begin(
        &self,
        plan: Plan,
        (history, pulse): (History, Pulse),
        now: Time,
        wire: fn(WhatIfReport) -> WhatIfResult,
    ) -> Result<Arc<Job>, NotBegun> {
        let mut kept = self.kept();
        if let Some(busy) = kept.jobs.iter().find(|job| !job.has_ended()) {
            return Err(NotBegun::Busy(busy.id()));
        }
        kept.next += 1;
        let job = Arc::new(Job {
            number: kept.next,
            by: plan.by.clone(),
            started_at: now,
            from: plan.from,
            to: plan.to,
            proposes: plan.proposal.iter().filter_map(word_of).collect(),
            model: plan.proposal.iter().find_map(text_of),
            cancelled: AtomicBool::new(false),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            phase: Mutex::new(Phase::Preparing),
        });
        let (worker, uptime) = (Arc::clone(&job), self.uptime);
        let work = move || {
            give_way();
            let means = Means { history, pulse, uptime };
            let ended = catch_unwind(AssertUnwindSafe(|| worker.work(plan, &means, wire)));
            let how = ended.unwrap_or_else(|_| {
                tracing::error!(job = worker.id(), "a what-if panicked");
                Err("The server made a mistake. Its log has more.".to_owned())
            });
            worker.end(how, uptime.elapsed());
        };
        std::thread::Builder::new()
            .name("what-if".to_owned())
            .spawn(work)
            .map_err(|error| NotBegun::Fault(error.to_string()))?;
        kept.jobs.push(Arc::clone(&job));
        Ok(job)
    }

    /// The jobs that are kept, newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Job>> {
        self.kept().jobs.iter().rev().cloned().collect()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Job>> {
        self.kept().jobs.iter().find(|job| job.id() == id).cloned()
    }

    /// Cancels a job that is under way, lets go of one that has ended.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut kept = self.kept();
        let Some(job) = kept.jobs.iter().find(|job| job.id() == id).cloned() else { return false };
        job.cancelled.store(true, Ordering::Relaxed);
        kept.jobs.retain(|kept| !kept.has_ended() || kept.number != job.number);
        true
    }

    /// The jobs, after those that are too old or too many are gone.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.uptime.elapsed();
        kept.jobs.retain(|job| job.ended_since().is_none_or(|since| since + KEPT_FOR > now));
        let over = kept.jobs.len().saturating_sub(KEPT);
        kept.jobs.drain(..over);
        kept
    }
}

impl Drop for WhatIfJobs {
    fn drop(&mut self) {
        self.kept().jobs.iter().for_each(|job| job.cancelled.store(true, Ordering::Relaxed));
    }
}

impl Job {
    pub(crate) fn id(&self) -> String {
        format!("W-{}", self.number)
    }

    /// The job as it is told; once it has ended with the proposed text and its result, where they are wanted.
    pub(crate) fn told(&self, with_result: bool) -> WhatIfJob {
        let phase = self.phase();
        let has_ended = matches!(*phase, Phase::Ended { .. });
        let (state, problem, result) = match &*phase {
            Phase::Preparing => (WhatIfState::Preparing, None, None),
            Phase::Running => (WhatIfState::Running, None, None),
            Phase::Ended { how, .. } => match how {
                End::Done(result) => {
                    (WhatIfState::Done, None, with_result.then(|| (**result).clone()))
                }
                End::Failed(why) => (WhatIfState::Failed, Some(why.clone()), None),
                End::Cancelled => (WhatIfState::Cancelled, None, None),
            },
        };
        WhatIfJob {
            id: self.id(),
            state,
            by: self.by.clone(),
            started_at: self.started_at,
            from: self.from,
            to: self.to,
            entries_done: self.done.load(Ordering::Relaxed),
            entries_total: self.total.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            problem,
            proposes: self.proposes.iter().map(|word| (*word).to_owned()).collect(),
            model: self.model.clone().filter(|_| with_result && has_ended),
            result,
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.ended_since().is_some()
    }

    fn ended_since(&self) -> Option<Duration> {
        match &*self.phase() {
            Phase::Ended { since, .. } => Some(*since),
            Phase::Preparing | Phase::Running => None,
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn end(&self, how: Result<WhatIfResult, String>, since: Duration) {
        let how = match how {
            _ if self.is_cancelled() => End::Cancelled,
            Ok(result) => End::Done(Box::new(result)),
            Err(why) => End::Failed(why),
        };
        *self.phase() = Phase::Ended { since, how };
    }

    fn work(
        &self,
        plan: Plan,
        means: &Means,
        wire: fn(WhatIfReport) -> WhatIfResult,
    ) -> Result<WhatIfResult, String> {
        let Plan { from, to, proposal, options, .. } = plan;
        let history = &means.history;
        let mut rests = means.rests();
        let mut enough = |_: u64, at: Time| {
            rests.rest();
            at >= from || self.is_cancelled()
        };
        let found = history
            .state_until::<LeasingMachine>(&mut enough)
            .map_err(|fault| unreadable(&fault))?;
        let (machine, head) = found.ok_or("The ledger is empty.")?;
        if head.at > from {
            let begins = head.at;
            return Err(format!("The ledger keeps requests from {begins} on only."));
        }
        let last = history.sequence_at(to).map_err(|fault| unreadable(&fault))?;
        let last = last.unwrap_or(head.sequence).max(head.sequence);
        self.total.store(last - head.sequence, Ordering::Relaxed);
        let mut what_if = WhatIf::new(machine.0, &proposal, options, instant(from))
            .map_err(|refusal| refusal.to_string())?;
        *self.phase() = Phase::Running;
        std::thread::scope(|scope| {
            let (sender, pages) = sync_channel(AHEAD);
            let read = || {
                give_way();
                read(means, (head.sequence + 1, last), &sender);
                drop(sender);
            };
            std::thread::Builder::new()
                .name("what-if-read".to_owned())
                .spawn_scoped(scope, read)
                .map_err(|error| error.to_string())?;
            self.replay(&mut what_if, &pages, means.rests())
        })?;
        Ok(wire(what_if.report()))
    }

    fn replay(
        &self,
        what_if: &mut WhatIf,
        pages: &Receiver<PageRead>,
        mut rests: Rests,
    ) -> Result<(), String> {
        for page in pages {
            rests.resume();
            for entry in page? {
                if self.is_cancelled() {
                    return Ok(());
                }
                let now = instant(entry.at);
                what_if.entry(entry.records.into_iter().map(|record| record.events), now);
                self.done.fetch_add(1, Ordering::Relaxed);
                rests.rest();
            }
            self.requests.store(what_if.requests(), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What a command proposes, in a word.
fn word_of(command: &Command) -> Option<&'static str> {
    match command {
        Command::SetModel { .. } => Some("model"),
        Command::DeleteModel { .. } => Some("no-model"),
        Command::ChangeReservations { .. } => Some("reservations"),
        Command::SetProperties { .. } => Some("properties"),
        _ => None,
    }
}

fn text_of(command: &Command) -> Option<String> {
    match command {
        Command::SetModel { text, .. } => Some(text.clone()),
        _ => None,
    }
}

type PageRead = Result<Vec<Journal<Recorded>>, String>;

/// Reads pages ahead of the replay, until the end or until nobody takes them any more.
fn read(means: &Means, (mut next, last): (u64, u64), sender: &SyncSender<PageRead>) {
    let mut rests = means.rests();
    while next <= last {
        let left = usize::try_from(last - next + 1).unwrap_or(usize::MAX);
        let page = means.history.page_of::<Recorded>(next, PAGE.min(left));
        let page = page.map_err(|fault| unreadable(&fault));
        next += page.as_ref().map_or(u64::MAX / 2, |page| page.len().max(1) as u64);
        rests.rest();
        if sender.send(page).is_err() {
            return;
        }
        rests.resume();
    }
}

/// Rights are judged as they were at that instant, by a clock that was right.
fn instant(at: Time) -> Now {
    Now { at, reading: Reading { wall: at, since_boot_ms: 0 } }
}

fn unreadable(fault: &LedgerError) -> String {
    tracing::error!(fault = fault.chain(), "a what-if can't read the ledger");
    format!("The ledger can't be read: {fault}")
}
