//! What the wizard's page works with: the device, the office, the files at hand, one run over many devices at a time.
//!
//! Invariants: one exchange at a time, because they share the files; what was named when the wizard was started stays,
//! only the office may be named anew; everything here blocks. Deliberately not here: HTTP, pages, the steps (`drive`).

use super::super::{
    device_list,
    device_side::DeviceSide,
    drive::{Job, Outcome, drive},
    office_side::OfficeSide,
    papers::{Kind, Paper, Pile},
    plan::End,
    round_trip::{Trip, round_trip},
    talk::Kept,
    wishes::{self, Target, Wish},
};
use super::{progress::Progress, said::fault};
use crate::{device::usual_folder, exit::Failure};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tenure_api::TlsTrust;
use tenure_api::wizard::{
    WizardEntitlement, WizardJob, WizardLine, WizardLookUp, WizardOffer, WizardOutcome,
    WizardPaper, WizardState, WizardTrip,
};

const KINDS: [Kind; 3] = [Kind::Context, Kind::Update, Kind::Receipt];

/// Everything that the page works with.
pub struct Desk {
    /// The device as it was named; none: this user's containers, where there are any.
    pub device: Option<String>,
    pub token_file: Option<PathBuf>,
    pub trust: TlsTrust,
    pub office: Mutex<Option<(OfficeSide, String)>>,
    /// Where the files of single exchanges lie.
    pub park: PathBuf,
    /// Where those of many devices do; none: they are not kept.
    pub park_of_many: Option<PathBuf>,
    /// Where paths of lists begin.
    pub base: PathBuf,
    pub receipt: bool,
    pub jobs: usize,
    pub working: Mutex<()>,
    pub progress: Arc<Progress>,
}

impl Desk {
    /// What is here.
    ///
    /// # Errors
    /// The folder of files can't be read.
    pub fn state(&self) -> Result<WizardState, Failure> {
        let pile = Pile::of(Some(&self.park))?;
        let (device, containers) = match self.device() {
            Ok(Some((side, place))) => (Some(place), side.containers()),
            Ok(None) => (None, Ok(Vec::new())),
            Err(failure) => (self.device.clone(), Err(failure)),
        };
        let (containers, fault) = match containers {
            Ok(containers) => (containers, None),
            Err(failure) => (Vec::new(), Some(fault(&failure))),
        };
        Ok(WizardState {
            device,
            containers,
            fault,
            office: self.office().map(|(_, address)| address),
            papers: papers(&pile),
            devices: self.progress.trip().rows.len() as u64,
        })
    }

    /// Names the office anew; empty: none can be reached.
    ///
    /// # Errors
    /// It is no address.
    pub fn set_office(&self, address: &str) -> Result<(), Failure> {
        let address = address.trim();
        let office = match address {
            "" => None,
            _ => Some((OfficeSide::at(address, self.trust.clone())?, address.to_owned())),
        };
        *locked(&self.office) = office;
        Ok(())
    }

    /// What stands under activation IDs, for one container.
    ///
    /// # Errors
    /// One is mistyped or unknown; the office can't be asked.
    pub fn look_up(&self, asked: &WizardLookUp) -> Result<WizardOffer, Failure> {
        let ids = asked.activation_ids.iter().map(|id| wish(id)).collect::<Result<Vec<_>, _>>()?;
        let Some((office, _)) = self.office() else {
            return Err(Failure::usage("there is no office to ask")
                .hint("name its address, or make the file for the office and carry it"));
        };
        let answer = office.look_up(&ids)?;
        let serial = asked.serial.clone().unwrap_or_default();
        let target = Target { serial, kind: None };
        let entitlements = answer.entitlements.into_iter().map(|one| {
            let id = one.activation_id.clone();
            let lines = one.lines.into_iter().map(|line| WizardLine {
                line: line.line,
                here: wishes::holds(&line, &id, &[], &target),
                product: match line.description.is_empty() {
                    true => line.product,
                    false => line.description,
                },
                summary: line.summary,
                bought: line.bought,
                free: line.free,
                refused: line.refused,
            });
            let lines = lines.collect();
            WizardEntitlement { activation_id: one.activation_id, customer: one.customer, lines }
        });
        Ok(WizardOffer { entitlements: entitlements.collect() })
    }

    /// Does what can be done here and now.
    ///
    /// # Errors
    /// Something is mistyped; nothing was done. What is in the way of the exchange is part of the outcome.
    pub fn run(&self, job: &WizardJob) -> Result<WizardOutcome, Failure> {
        let wishes = job.wishes.iter().map(|text| wish(text)).collect::<Result<Vec<_>, _>>()?;
        let _one_at_a_time = locked(&self.working);
        let mut talk = Kept::default();
        let job = Job {
            device: self.device()?,
            office: self.office().filter(|_| !job.carry),
            park: Some(self.park.clone()),
            serial: job.serial.clone(),
            wishes,
            receipt: self.receipt,
            afresh: job.afresh,
        };
        let serial = job.serial.clone().unwrap_or_default();
        let done = drive(job, &mut talk);
        Ok(outcome(serial, done, talk.0))
    }

    /// Takes a file in that was carried here.
    ///
    /// # Errors
    /// It is none of the three, or damaged.
    pub fn bring(&self, bytes: &[u8]) -> Result<WizardPaper, Failure> {
        let _one_at_a_time = locked(&self.working);
        let mut pile = Pile::of(Some(&self.park))?;
        Ok(shown(pile.bring(bytes)?))
    }

    /// A file at hand.
    ///
    /// # Errors
    /// There is none of this kind.
    pub fn paper(&self, kind: &str, serial: &str) -> Result<String, Failure> {
        let pile = Pile::of(Some(&self.park))?;
        let kind = KINDS.into_iter().find(|one| word(*one) == kind);
        let found = kind.and_then(|kind| pile.newest(kind, serial));
        let bytes = found.map(|paper| paper.bytes.clone()).ok_or_else(|| {
            Failure::refused("not-found", "there is no such file at hand")
                .hint("go back to the first page and begin the exchange again")
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Begins a run over the devices of a list, which goes on by itself.
    ///
    /// # Errors
    /// The list is wrong, with all its faults; another run goes on; there is nowhere to go with files.
    pub fn serve_list(&self, text: &str) -> Result<(), Failure> {
        let list = device_list::read(text)?;
        let trip = Trip {
            base: self.base.clone(),
            office: self.office(),
            park: self.park_of_many.clone(),
            trust: self.trust.clone(),
            receipt: self.receipt,
            afresh: false,
            jobs: self.jobs,
        };
        if trip.office.is_none() && trip.park.is_none() {
            return Err(Failure::usage("there is no office to ask")
                .hint("name its address on the first page, or start the wizard with --park DIR to carry files"));
        }
        self.progress.begin(&list)?;
        let going_on = GoingOn(self.progress.clone());
        std::thread::spawn(move || round_trip(&trip, &list, going_on.0.as_ref()));
        Ok(())
    }

    /// How far the run over many devices is.
    pub fn trip(&self) -> WizardTrip {
        self.progress.trip()
    }

    fn office(&self) -> Option<(OfficeSide, String)> {
        locked(&self.office).clone()
    }

    /// The device that was named, or this user's containers, where there are any.
    fn device(&self) -> Result<Option<(DeviceSide, String)>, Failure> {
        if let Some(place) = &self.device {
            let side = DeviceSide::at(place, self.token_file.as_deref(), self.trust.clone())?;
            return Ok(Some((side, place.clone())));
        }
        let Ok(folder) = usual_folder() else { return Ok(None) };
        let place = folder.display().to_string();
        let Ok(side) = DeviceSide::at(&place, None, TlsTrust::System) else { return Ok(None) };
        let is_empty = side.containers().unwrap_or_default().is_empty();
        Ok((!is_empty).then_some((side, place)))
    }
}

/// A run that goes on until this is gone, however it ends.
struct GoingOn(Arc<Progress>);

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn wish(text: &str) -> Result<Wish, Failure> {
    text.parse().map_err(|error: String| {
        Failure::usage(error)
            .hint("compare it with the delivery note: five groups of five letters and digits")
    })
}

fn outcome(asked: String, done: Result<Outcome, Failure>, steps: Vec<String>) -> WizardOutcome {
    match done {
        Ok(done) => {
            let (end, paper) = word_of(&done.end);
            WizardOutcome {
                serial: done.serial,
                end: end.to_owned(),
                operation: done.sequence,
                steps,
                fault: None,
                paper: paper.map(|kind| word(kind).to_owned()),
            }
        }
        Err(failure) => WizardOutcome {
            serial: asked,
            end: "trouble".to_owned(),
            operation: None,
            steps,
            fault: Some(fault(&failure)),
            paper: None,
        },
    }
}

/// How an exchange ended, and the file that is to be carried then.
fn word_of(end: &End) -> (&'static str, Option<Kind>) {
    match end {
        End::ContextAtDevice => ("context-at-device", None),
        End::ApplyAtDevice => ("apply-at-device", Some(Kind::Update)),
        End::AskAtOffice => ("ask-at-office", Some(Kind::Context)),
        End::HandOverAtOffice => ("hand-over-at-office", Some(Kind::Receipt)),
        End::Confirmed => ("confirmed", None),
        End::Applied => ("applied", None),
        End::NothingToDo => ("nothing-to-do", None),
        End::NewerGeneration => ("newer-generation", None),
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Context => "context",
        Kind::Update => "update",
        Kind::Receipt => "receipt",
    }
}

fn shown(paper: &Paper) -> WizardPaper {
    WizardPaper {
        kind: word(paper.says.kind).to_owned(),
        serial: paper.says.serial.clone(),
        name: paper.says.container.as_ref().map(|(name, _)| name.clone()),
        at: paper.says.at,
    }
}

/// The newest of each kind and container.
fn papers(pile: &Pile) -> Vec<WizardPaper> {
    let of = |serial: String| {
        KINDS.into_iter().filter_map(move |kind| Some(shown(pile.newest(kind, &serial)?)))
    };
    pile.serials().into_iter().flat_map(of).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
