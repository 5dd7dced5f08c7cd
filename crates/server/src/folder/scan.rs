//! One look through the folder: which files are requests, which are not done yet, which are nothing.
//!
//! Invariants: what one scan does is bounded in names, looks and time, whatever lies in the folder; newcomers and what is
//! left over from earlier scans take turns, and so do owners, from scan to scan, so that a flood of one delays others by a
//! scan at most; a file that is not whole is looked at again until it has stood still for five seconds; nothing is opened
//! twice unless it changed; memory is per name, a few words.
//! Deliberately not here: what a request means, how answers are written, the order of turns (`turns`).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::time::Duration;

use tenure_api::folder::{ClientName, FolderRequest, REQUEST_MAX, RequestFault, is_temporary};
use tenure_document::Hash;
use tenure_shell::outside::Uptime;

use super::place::{Found, Look, Place};
use super::turns::Turns;

/// Names that one scan goes through.
const NAMES_MAX: usize = 250_000;
/// Files that one scan looks at.
const LOOKS_MAX: usize = 50_000;
/// Names are gone through, then looked at, read and rejected until so long after the scan began.
const LOOKING: Duration = Duration::from_millis(600);
const READING: Duration = Duration::from_millis(1_000);
const REJECTING: Duration = Duration::from_millis(1_200);
/// But each for so long at least, however long the names took.
const LEAST: Duration = Duration::from_millis(100);
/// Lines that one scan logs about files.
const LINES_MAX: u32 = 5;
/// A file that is not whole has stood still for so long: its writer is gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// However slowly it grows.
const PATIENCE_MAX: Duration = Duration::from_secs(30);
/// What is no plain file is looked at again.
const AGAIN: Duration = Duration::from_secs(30);
/// Answers that nobody fetches.
const ANSWER_STALE: Duration = Duration::from_secs(3600);
/// Files under construction that nobody finishes.
const TEMPORARY_STALE: Duration = Duration::from_secs(600);
/// Stale files removed by one scan.
const STALE_MAX: usize = 2_000;

/// What is remembered of the names in a folder.
#[derive(Debug)]
pub(crate) struct Scan {
    known: HashMap<u64, Known>,
    hashing: RandomState,
    turn: u64,
    /// Whose turn was the last.
    last: Option<u32>,
    /// Lines logged by this scan.
    lines: u32,
    began: Duration,
}

#[derive(Debug)]
struct Known {
    turn: u64,
    since: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not looked at yet, or to be looked at again.
    Queued,
    /// Not whole, standing like this since then.
    Partial(Look, Duration),
    /// No plain file, or not readable; looked at again then.
    Ignored(Duration),
    /// No request; its place among the rejected has not come yet.
    Bad(Box<Rejected>),
    /// Given out to be answered, at that time. It goes when it is; what stays longer is answered once more.
    Taken(Look, Duration),
    /// An answer or a file under construction.
    Own,
}

/// A request, with the file it came in.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) request: FolderRequest,
    pub(crate) hash: Hash,
    pub(crate) look: Look,
}

/// A file that is no request.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) name: ClientName,
    pub(crate) hash: Hash,
    pub(crate) look: Look,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

/// What one scan has found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) came: Vec<Came>,
    pub(crate) foreign: u64,
    pub(crate) example: Option<String>,
    /// More names than a scan goes through.
    pub(crate) overfull: bool,
    pub(crate) stale: Vec<String>,
}

/// Who is asked about files.
pub(crate) struct Means<'a> {
    pub(crate) place: &'a Place,
    pub(crate) uptime: Uptime,
    pub(crate) now: Duration,
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            hashing: RandomState::new(),
            turn: 0,
            last: None,
            lines: 0,
            began: Duration::ZERO,
        }
    }
}

impl Scan {
    /// Goes through the folder once; at most `room` requests come out. `is_busy`: this one is being answered.
    ///
    /// # Errors
    /// The directory can't be read.
    pub(crate) fn look(
        &mut self,
        means: &Means<'_>,
        room: usize,
        is_busy: impl Fn(&ClientName) -> bool,
    ) -> io::Result<Report> {
        let mut report = Report::default();
        self.began = means.uptime.elapsed();
        self.lines = 0;
        let waiting = self.names(means, &mut report, is_busy)?;
        let queues = self.looked_at(means, waiting)?;
        let until = self.until(means.uptime, READING);
        for (owner, name) in Turns::after(self.last, queues) {
            if report.came.len() >= room || means.uptime.elapsed() >= until {
                break;
            }
            self.read(means, name, &mut report)?;
            self.last = Some(owner);
        }
        Ok(report)
    }

    /// All names; those of requests that may be read now, newcomers and others in turns.
    fn names(
        &mut self,
        means: &Means<'_>,
        report: &mut Report,
        is_busy: impl Fn(&ClientName) -> bool,
    ) -> io::Result<Vec<ClientName>> {
        self.turn += 1;
        let (now, turn) = (means.now, self.turn);
        let (mut newcomers, mut others) = (Vec::new(), Vec::new());
        report.overfull = means.place.each_name(NAMES_MAX, |name| {
            let text = name.to_str().unwrap_or_default();
            let key = self.hashing.hash_one(text);
            if let Some(known) = self.known.get_mut(&key)
                && matches!(known.state, State::Ignored(until) if now < until)
            {
                known.turn = turn;
                return;
            }
            let request = ClientName::of_request(text);
            let stale_after = match &request {
                Some(_) => None,
                None if is_temporary(text) => Some(TEMPORARY_STALE),
                None if ClientName::of_answer(text).is_some() => Some(ANSWER_STALE),
                None => {
                    if !is_ours(text) {
                        report.foreign += 1;
                        report.example.get_or_insert_with(|| format!("{name:?}"));
                    }
                    return;
                }
            };
            let state = || if request.is_some() { State::Queued } else { State::Own };
            let mut is_new = false;
            let known = self.known.entry(key).or_insert_with(|| {
                is_new = true;
                Known { turn, since: now, state: state() }
            });
            known.turn = turn;
            if let Some(after) = stale_after {
                if now.saturating_sub(known.since) >= after && report.stale.len() < STALE_MAX {
                    report.stale.push(text.to_owned());
                }
                return;
            }
            match request.filter(|name| !is_busy(name)) {
                Some(name) if is_new && newcomers.len() < LOOKS_MAX => newcomers.push(name),
                Some(name) if others.len() < LOOKS_MAX => others.push((known.since, name)),
                _ => {}
            }
        })?;
        self.known.retain(|_, known| known.turn == turn);
        others.sort_unstable_by_key(|(since, _)| *since);
        let mut others = others.into_iter().map(|(_, name)| name);
        let mut newcomers = newcomers.into_iter();
        let mut mixed = Vec::new();
        loop {
            let (one, other) = (newcomers.next(), others.next());
            if (one.is_none() && other.is_none()) || mixed.len() >= LOOKS_MAX {
                return Ok(mixed);
            }
            mixed.extend(one.into_iter().chain(other));
        }
    }

    /// Those that must be opened, by owner.
    fn looked_at(
        &mut self,
        means: &Means<'_>,
        waiting: Vec<ClientName>,
    ) -> io::Result<BTreeMap<u32, VecDeque<ClientName>>> {
        let mut turns: BTreeMap<u32, VecDeque<ClientName>> = BTreeMap::new();
        let until = self.until(means.uptime, LOOKING);
        for name in waiting {
            if means.uptime.elapsed() >= until {
                break;
            }
            let file = name.request_file();
            let Some(look) = means.place.look(&file)? else { continue };
            let Some(known) = self.known.get_mut(&self.hashing.hash_one(&file)) else { continue };
            let now = means.now;
            match &known.state {
                // Not whole, and nothing new.
                State::Partial(before, since)
                    if *before == look
                        && now.saturating_sub(*since) < PATIENCE
                        && now.saturating_sub(known.since) < PATIENCE_MAX => {}
                State::Taken(before, since)
                    if *before == look && now.saturating_sub(*since) < AGAIN => {}
                State::Bad(rejected) if rejected.look == look => {}
                _ => match look.irregular() {
                    Some(what) => {
                        known.state = State::Ignored(now + AGAIN);
                        self.log(&file, &format!("not opened: it is {what}"));
                    }
                    None => turns.entry(look.owner).or_default().push_back(name),
                },
            }
        }
        Ok(turns)
    }

    fn read(&mut self, means: &Means<'_>, name: ClientName, report: &mut Report) -> io::Result<()> {
        let file = name.request_file();
        let Some(known) = self.known.get_mut(&self.hashing.hash_one(&file)) else { return Ok(()) };
        let now = means.now;
        let bad = |hash, look, code, detail| {
            State::Bad(Box::new(Rejected { name: name.clone(), hash, look, code, detail }))
        };
        let mut said = None;
        known.state = match means.place.read(&file, REQUEST_MAX) {
            Ok(Found::File(bytes, look)) => {
                let hash = FolderRequest::hash_of(&bytes);
                match FolderRequest::read(&name, &bytes) {
                    Ok(request) => {
                        report.came.push(Came { request, hash, look });
                        State::Taken(look, now)
                    }
                    Err(RequestFault::Unfinished(fault)) => {
                        let since = match &known.state {
                            State::Partial(before, since) if *before == look => *since,
                            _ => now,
                        };
                        let waited = now.saturating_sub(since) >= PATIENCE
                            || now.saturating_sub(known.since) >= PATIENCE_MAX;
                        match waited {
                            true => bad(hash, look, "unfinished", fault.to_string()),
                            false => State::Partial(look, since),
                        }
                    }
                    Err(fault) => bad(hash, look, fault.code(), fault.to_string()),
                }
            }
            Ok(Found::TooLarge(look)) => {
                let detail = format!("a request has at most {REQUEST_MAX} bytes");
                bad(Hash::ZERO, look, "too-large", detail)
            }
            Ok(Found::Irregular(what)) => {
                said = Some(format!("not read: it is {what}"));
                State::Ignored(now + AGAIN)
            }
            Ok(Found::Changing | Found::Gone) => State::Queued,
            Err(error) => {
                said = Some(format!("it can't be read: {error}"));
                State::Ignored(now + AGAIN)
            }
        };
        if let Some(said) = said {
            self.log(&file, &said);
        }
        Ok(())
    }

    /// When to stop with something that may go on until so long after the scan began.
    fn until(&self, uptime: Uptime, part: Duration) -> Duration {
        (self.began + part).max(uptime.elapsed() + LEAST)
    }

    /// A line of the log, as long as there are not too many.
    fn log(&mut self, file: &str, what: &str) {
        self.lines += 1;
        match self.lines {
            LINES_MAX => tracing::warn!("and more files of the shared folder are ignored"),
            lines if lines < LINES_MAX => {
                tracing::warn!(file, "a file of the shared folder is ignored: {what}");
            }
            _ => {}
        }
    }

    /// Files that are no requests, as many as there is time for; each is forgotten with that.
    pub(crate) fn rejected(&mut self, uptime: Uptime, mut reject: impl FnMut(Rejected)) {
        let until = self.until(uptime, REJECTING);
        for known in self.known.values_mut() {
            if let State::Bad(rejected) = &known.state {
                reject((**rejected).clone());
                known.state = State::Queued;
                if uptime.elapsed() >= until {
                    return;
                }
            }
        }
    }
}

/// Files of this server that are none of an exchange.
fn is_ours(name: &str) -> bool {
    matches!(name, "license.html" | "tenure.lock" | "tenure.server")
}
