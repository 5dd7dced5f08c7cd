//! The shared folder: requests come and answers go as files in a directory that everybody may write to.
//!
//! Invariants: the same routes decide as over HTTP; a scan never waits for an answer, and a directory that hangs, fills
//! or goes away never holds up the server; whoever waits in a queue leaves room for others; the folder is served by one
//! server, also where its page can't be written; a directory that went away is looked for until it is back, and an empty
//! one in its place is not taken for it.
//! Deliberately not here: which files are requests (`scan`), what is answered (`exchange`), the thread (`served`).

mod claim;
mod exchange;
mod overview;
mod place;
mod scan;
mod served;
mod status;
mod telling;
mod turns;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tenure_api::folder::Asked;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::claim::{Claim, NotClaimed, Record};
use self::exchange::Desk;
use self::overview::{OVERVIEW_FILE, page};
use self::place::Place;
use self::scan::{Means, Scan};
use self::served::Bounds;
pub use self::served::ServedFolder;
pub use self::status::{FolderExchange, FolderFault, FolderStanding, FolderState, FolderStatus};
use self::telling::Teller;
use crate::machine::instant_of;
use crate::options::Plane;
use crate::routes::router;
use crate::server::Server;

/// The alarm while it is full of what is no request.
const FOREIGN_ALARM: &str = "shared-folder-foreign";
/// The alarm while its page can't be written.
const PAGE_ALARM: &str = "shared-folder-page";
/// Requests that are answered at the same time.
const IN_FLIGHT_MAX: u32 = 256;
/// Half of them may be questions that wait for their ticket, as over HTTP: they never keep others out.
const WAITING_MAX: u32 = IN_FLIGHT_MAX / 2;
/// A directory that is away is looked for this often.
const RETRY: Duration = Duration::from_secs(2);
/// `license.html` is written this often when nothing changes.
const OVERVIEW_EVERY: Duration = Duration::from_secs(30);
/// So many files that are none of ours are worth a word.
const FOREIGN_MAX: u64 = 1_000;

/// What the composition root decides for a shared folder.
#[derive(Debug, Clone)]
pub struct FolderOptions {
    /// The directory.
    pub directory: PathBuf,
    /// Time between two scans.
    pub interval: Duration,
    /// Whether `license.html` is written.
    pub page: bool,
    /// Tells this machine, and its run since it was started, from others.
    pub station: String,
}

/// A shared folder of a server.
pub struct SharedFolder {
    desk: Desk,
    teller: Teller,
    runtime: Handle,
    options: FolderOptions,
    record: Record,
    serving: Option<Serving>,
    /// Where it was served before.
    was: Option<Arc<Place>>,
    retry_at: Option<Duration>,
    in_flight: Arc<Mutex<HashSet<String>>>,
    permits: Arc<Semaphore>,
    waits: Arc<Semaphore>,
}

struct Serving {
    place: Arc<Place>,
    claim: Claim,
    scan: Scan,
    /// The sequence that the page was last written for, none where it can't be, and when.
    overview: Option<(Option<u64>, Duration)>,
}

impl Server {
    /// A shared folder beside the listeners. Requests are answered on this runtime.
    pub fn shared_folder(&self, options: FolderOptions, runtime: Handle) -> SharedFolder {
        let app = self.app().clone();
        let server = app.engine.query_blocking(|machine, _| machine.0.container().id().serial());
        let run = tenure_shell::outside::random().unwrap_or_default();
        let run: String = run[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let record = Record::new(server.unwrap_or_default(), options.station.clone(), run);
        let router = router(app.clone(), Plane::Client, None);
        let teller = Teller {
            directory: options.directory.clone(),
            status: FolderStatus::default(),
            alarms: app.alarms.clone(),
        };
        SharedFolder {
            desk: Desk { app, router, status: teller.status.clone() },
            teller,
            runtime,
            options,
            record,
            serving: None,
            was: None,
            retry_at: None,
            in_flight: Arc::default(),
            permits: Arc::new(Semaphore::new(IN_FLIGHT_MAX as usize)),
            waits: Arc::new(Semaphore::new(WAITING_MAX as usize)),
        }
    }
}

impl SharedFolder {
    /// How it stands, also later.
    pub fn status(&self) -> FolderStatus {
        self.desk.status.clone()
    }

    /// The first turn. A folder that another server serves is refused; one that is not there is too, if it must be.
    ///
    /// # Errors
    /// Why it is not served.
    pub fn begin(&mut self, must_be_there: bool, now: Duration) -> Result<(), FolderFault> {
        self.turn(now);
        self.desk.status.fault(must_be_there)
    }

    /// Looks through the folder once; `now` is on a clock that never goes back. Answers follow by themselves.
    pub fn turn(&mut self, now: Duration) {
        if self.serving.is_none() && !self.open(now) {
            return;
        }
        let Some(mut serving) = self.serving.take() else { return };
        match self.serve(&mut serving, now) {
            Ok(()) => self.serving = Some(serving),
            Err(why) => {
                self.was = Some(serving.place.clone());
                self.retry_at = Some(now + RETRY);
                self.teller.unserved(why);
            }
        }
    }

    /// Until nothing is being answered.
    pub async fn idle(&self) {
        let _all = self.permits.acquire_many(IN_FLIGHT_MAX).await;
    }

    /// Serves the folder on a thread of its own: a directory on a network may hang. One that hangs at the start is looked
    /// for like one that is away.
    ///
    /// # Errors
    /// As [`SharedFolder::begin`]; the system gives no thread.
    pub fn start(self, must_be_there: bool) -> Result<ServedFolder, FolderFault> {
        let (teller, runtime) = (self.teller.clone(), self.runtime.clone());
        let served = ServedFolder::start(&teller, must_be_there, Bounds::default(), |line| {
            // Dropped before the line: to close what lies on a share that hangs may hang, too.
            let mut folder = self;
            let (uptime, interval) = (folder.desk.app.edge.uptime, folder.options.interval);
            line.turns(uptime, interval, |now| folder.turn(now));
            folder.give_up();
        })?;
        Ok(served.watched(&runtime, teller))
    }

    /// Says that nobody serves it any more.
    fn give_up(&mut self) {
        if let Some(Serving { place, claim, .. }) = self.serving.take() {
            claim.give_up(&place);
        }
    }

    /// Opens and claims the directory; whether it is claimed now.
    fn open(&mut self, now: Duration) -> bool {
        if self.retry_at.is_some_and(|at| now < at) {
            return false;
        }
        let opened = Place::open(&self.options.directory).map_err(NotClaimed::Io);
        let claimed = opened.and_then(|place| {
            let same = self.was.as_ref().is_none_or(|was| was.is_same(&place));
            let claim = Claim::take(&place, self.record.clone(), (!same, self.was.is_none()), now)?;
            let (place, scan) = (Arc::new(place), Scan::default());
            Ok(Serving { place, claim, scan, overview: None })
        });
        match claimed {
            Ok(serving) => {
                self.serving = Some(serving);
                self.retry_at = None;
                true
            }
            Err(why) => {
                self.retry_at = Some(now + RETRY);
                self.teller.unserved(why);
                false
            }
        }
    }

    fn serve(&mut self, serving: &mut Serving, now: Duration) -> Result<(), NotClaimed> {
        if !serving.place.is_at(&self.options.directory)? {
            return Err(NotClaimed::NotTheFolder);
        }
        if !serving.claim.beat(&serving.place, now)? {
            self.desk.status.change(|state| state.standing = FolderStanding::Watching);
            return Ok(());
        }
        self.teller.served();
        let uptime = self.desk.app.edge.uptime;
        let began = uptime.elapsed();
        let means = Means { place: &serving.place, uptime, now };
        let room = self.permits.available_permits();
        let busy = self.busy().clone();
        let report = serving.scan.look(&means, room, |name| busy.contains(&name.to_string()))?;
        for came in report.came {
            self.answer(&serving.place, came);
        }
        let mut rejections = 0_u64;
        serving.scan.rejected(uptime, |rejected| {
            if rejections == 0 {
                let (file, code) = (rejected.name.request_file(), rejected.code);
                tracing::warn!(
                    file,
                    code,
                    "a file of the shared folder is no request: {}",
                    rejected.detail
                );
            }
            rejections += 1;
            self.desk.reject(&serving.place, rejected);
        });
        if rejections > 1 {
            tracing::warn!("so are {} more", rejections - 1);
        }
        for name in report.stale {
            if let Err(error) = serving.place.remove(&name) {
                tracing::debug!(%error, name, "a stale file stays");
            }
        }
        self.overview(serving, now);
        let took = uptime.elapsed().saturating_sub(began).as_millis();
        self.foreign(report.foreign, report.overfull, report.example);
        self.desk.status.change(|state| {
            state.scans += 1;
            state.longest_scan_ms =
                state.longest_scan_ms.max(u64::try_from(took).unwrap_or(u64::MAX));
        });
        Ok(())
    }

    fn answer(&self, place: &Arc<Place>, mut came: scan::Came) {
        let Ok(permit) = self.permits.clone().try_acquire_owned() else { return };
        let waits = self.may_wait(&mut came.request.asked);
        let name = came.request.name.to_string();
        self.busy().insert(name.clone());
        let (desk, place, in_flight) = (self.desk.clone(), place.clone(), self.in_flight.clone());
        self.runtime.spawn(async move {
            desk.answer(place, came).await;
            lock(&in_flight).remove(&name);
            drop((permit, waits));
        });
    }

    /// The leave to wait, for a question that wants to. Where there is none left it is answered at once: what was signed
    /// is proven already.
    fn may_wait(&self, asked: &mut Asked) -> Option<OwnedSemaphorePermit> {
        let Asked::Poll { wait, .. } = asked else { return None };
        if *wait == 0 {
            return None;
        }
        let leave = self.waits.clone().try_acquire_owned().ok();
        if leave.is_none() {
            *wait = 0;
        }
        leave
    }

    /// Writes the page when it is due. What stands in its place keeps nobody from a seat: it is told, and tried again
    /// after a while.
    fn overview(&self, serving: &mut Serving, now: Duration) {
        if !self.options.page {
            return;
        }
        let engine = &self.desk.app.engine;
        let sequence = engine.status().sequence;
        let written = serving.overview;
        let due = written.is_none_or(|(before, at)| {
            before.is_some_and(|before| before != sequence)
                || now.saturating_sub(at) >= OVERVIEW_EVERY
        });
        if !due {
            return;
        }
        let text = engine.query_blocking(|machine, now| page(&machine.0, instant_of(now)));
        let Ok(text) = text else { return };
        let written = serving.place.write(OVERVIEW_FILE, text.as_bytes(), false);
        serving.overview = Some((written.is_ok().then_some(sequence), now));
        let alarms = &self.desk.app.alarms;
        if let Err(error) = written {
            let directory = self.options.directory.display();
            tracing::warn!(%directory, %error, "{OVERVIEW_FILE} can't be written");
            return alarms.raise(
                PAGE_ALARM,
                format!("{OVERVIEW_FILE} of the shared folder {directory} can't be written: {error}. Requests are answered; remove what stands in its place."),
            );
        }
        alarms.clear(PAGE_ALARM);
    }

    fn foreign(&self, count: u64, overfull: bool, example: Option<String>) {
        let alarms = &self.desk.app.alarms;
        self.desk.status.change(|state| state.foreign = count);
        if count < FOREIGN_MAX && !overfull {
            return alarms.clear(FOREIGN_ALARM);
        }
        let directory = self.options.directory.display();
        let more = if overfull { "so many files that not all are looked at" } else { "requests" };
        let example = example.unwrap_or_default();
        alarms.raise(
            FOREIGN_ALARM,
            format!("The shared folder {directory} holds {count} files that are no requests, such as {example}, beside {more}. Clear it up."),
        );
    }

    fn busy(&self) -> MutexGuard<'_, HashSet<String>> {
        lock(&self.in_flight)
    }
}

fn lock(busy: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}
