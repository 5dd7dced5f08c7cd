//! Carries out the plan: step by step, each paper written before the next step, the file STATE after every step.
//!
//! Invariants: an end at any point leaves papers from which the next run goes on; nothing of another container is
//! touched; what can't be done now is said with what to do, in the file and to whoever sits there.
//! Deliberately not here: what comes next (`plan`), many devices (`round_trip`).

use super::{
    advice, choosing,
    device_side::{DeviceSide, standing},
    office_side::OfficeSide,
    papers::{Kind, Paper, Pile},
    plan::{self, End, Parked, Reach, Run, Standing, Step, Wanted},
    state::{self, Ending, Facts},
    talk::Talk,
    wishes::{Target, Wish},
};
use crate::exit::{Failure, Kind as FailureKind};
use std::path::PathBuf;
use tenure_api::device::DeviceContainer;
use tenure_api::office::IssuedUpdate;

/// What shall be done, and what is at hand for it.
#[derive(Default)]
pub struct Job {
    /// The device, and how it was named.
    pub device: Option<(DeviceSide, String)>,
    /// The office, and how it was named.
    pub office: Option<(OfficeSide, String)>,
    /// The park folder.
    pub park: Option<PathBuf>,
    /// The container, where there are several, or where it is known by nothing else.
    pub serial: Option<String>,
    /// What it shall hold.
    pub wishes: Vec<Wish>,
    /// A receipt shall go back.
    pub receipt: bool,
    /// A new round, whatever lies there.
    pub afresh: bool,
}

/// What became of it.
#[derive(Debug)]
pub struct Outcome {
    /// The container.
    pub serial: String,
    /// How it ended.
    pub end: End,
    /// The operation it is at, where that was seen.
    pub sequence: Option<u64>,
    /// What the update did, one line each.
    pub changes: Vec<String>,
    /// What is next, in words.
    pub next: Vec<String>,
}

/// Does what can be done here and now.
///
/// # Errors
/// What was in the way, with what to do; what was done until then is kept.
pub fn drive(job: Job, talk: &mut dyn Talk) -> Result<Outcome, Failure> {
    let pile = Pile::of(job.park.as_deref())?;
    for (name, why) in &pile.unreadable {
        talk.say(&format!("the file {name} can't be used: {why}"));
    }
    let facts = job.park.as_deref().map(Facts::read).unwrap_or_default();
    let mut drive = Drive {
        facts,
        pile,
        job,
        talk,
        at: None,
        kind: None,
        run: Run::default(),
        changes: Vec::new(),
    };
    let done = drive.all();
    let ending = match &done {
        Ok(end) => Ending::Planned(end),
        Err(failure) => Ending::Trouble(failure),
    };
    drive.leave(&ending)?;
    let end = done?;
    Ok(Outcome {
        serial: drive.facts.serial.clone().unwrap_or_default(),
        sequence: drive.at.as_ref().map(|at| at.sequence),
        next: state::next_words(&end, &drive.facts),
        changes: drive.changes,
        end,
    })
}

struct Drive<'a> {
    job: Job,
    talk: &'a mut dyn Talk,
    pile: Pile,
    facts: Facts,
    /// The device's container, as it is now.
    at: Option<Standing>,
    kind: Option<tenure_document::ContainerKind>,
    run: Run,
    changes: Vec<String>,
}

impl Drive<'_> {
    fn all(&mut self) -> Result<End, Failure> {
        self.meet()?;
        if self.job.wishes.is_empty() {
            self.job.wishes = self.facts.wanted.clone();
        } else {
            self.facts.wanted = self.job.wishes.clone();
        }
        loop {
            let step = plan::next(&self.parked(), &self.reach(), &self.wanted(), self.run);
            match step {
                Step::End(end) => return Ok(end),
                Step::TakeContext => self.take_context()?,
                Step::Ask => self.ask()?,
                Step::Push => self.push()?,
                Step::Apply => self.apply()?,
                Step::TakeReceipt => self.take_receipt()?,
                Step::HandOver => self.hand_over()?,
            }
            // An end of this program right here loses nothing: the file says what a next run would find out.
            let next = plan::next(&self.parked(), &self.reach(), &self.wanted(), self.run);
            if let Step::End(end) = &next {
                self.leave(&Ending::Planned(end))?;
            }
        }
    }

    /// Finds out which container this is about, and refuses to mix it with another.
    fn meet(&mut self) -> Result<(), Failure> {
        let containers = self.containers()?;
        let serials = self.pile.serials();
        if let Some(containers) = containers {
            let named = self.job.serial.clone();
            let one = choosing::container(&containers, named.as_deref(), &serials, self.talk)?;
            choosing::opens(&one)?;
            self.facts = state::of_container(self.facts.clone(), &one.serial, one.generation);
            self.facts.name = Some(one.name.clone());
            self.kind = Some(one.kind);
            self.at = Some(standing(&one));
            if let Some((_, place)) = &self.job.device {
                self.facts.device = Some(place.clone());
            }
        } else if let Some(serial) = choosing::parked(self.job.serial.as_deref(), &serials)? {
            let newest = self.pile.newest(Kind::Context, &serial);
            let generation = newest.map_or(self.facts.generation, |paper| paper.says.generation);
            let told = newest.and_then(|paper| paper.says.container.clone());
            self.facts = state::of_container(self.facts.clone(), &serial, generation);
            if let Some((name, kind)) = told {
                self.facts.name = Some(name);
                self.kind = Some(kind);
            }
        }
        if let Some((_, address)) = &self.job.office {
            self.facts.office = Some(address.clone());
        }
        match (self.job.serial.is_none(), self.pile.foreign(&self.serial())) {
            (true, Some(other)) => Err(mixed(other, &self.serial())),
            _ => Ok(()),
        }
    }

    /// What the device has; none where none is here, or where it does not answer and the office can go on without it.
    fn containers(&mut self) -> Result<Option<Vec<DeviceContainer>>, Failure> {
        let Some((device, place)) = &self.job.device else { return Ok(None) };
        match device.containers() {
            Ok(containers) => Ok(Some(containers)),
            Err(failure)
                if failure.kind == FailureKind::Fault
                    && self.job.office.is_some()
                    && !self.pile.serials().is_empty() =>
            {
                self.talk.say(&format!(
                    "the device {place} is not here ({failure}); going on with the files"
                ));
                self.job.device = None;
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn parked(&self) -> Parked {
        let serial = self.serial();
        let newest = |kind| self.pile.newest(kind, &serial);
        Parked {
            context: newest(Kind::Context).map(Paper::standing),
            update: newest(Kind::Update).map(Paper::stretch),
            receipt: newest(Kind::Receipt).map(Paper::standing),
            applied: self.facts.applied,
            handed_over: self.facts.handed_over,
        }
    }

    fn reach(&self) -> Reach {
        Reach { device: self.at.clone(), office: self.job.office.is_some() }
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            more: !self.job.wishes.is_empty(),
            receipt: self.job.receipt,
            afresh: self.job.afresh,
            push: self.facts.serial.is_some() && !self.job.wishes.is_empty(),
        }
    }

    fn take_context(&mut self) -> Result<(), Failure> {
        let serial = self.serial();
        let text = self.device()?.context(&serial)?;
        let paper = self.pile.put(Kind::Context, &serial, &text)?;
        let (to, place) = (paper.says.to, place(paper));
        self.at = Some(paper.standing());
        self.run.took = true;
        self.talk.say(&format!("context of {serial} taken: it is at operation {to}{place}"));
        Ok(())
    }

    fn ask(&mut self) -> Result<(), Failure> {
        let target = self.target();
        let context = self.newest(Kind::Context)?;
        let context = String::from_utf8_lossy(&context).into_owned();
        self.choose()?;
        let wishes = self.job.wishes.clone();
        let issued = self.office()?.update_for(&context, &wishes, &target)?;
        self.issued(&issued)
    }

    fn push(&mut self) -> Result<(), Failure> {
        let target = self.target();
        let wishes = self.job.wishes.clone();
        let issued = self.office()?.push(&wishes, &target)?;
        self.issued(&issued)
    }

    /// Asks whoever sits there what it shall be, where nothing was said.
    fn choose(&mut self) -> Result<(), Failure> {
        if !self.job.wishes.is_empty() {
            return Ok(());
        }
        let Some((office, _)) = &self.job.office else { return Ok(()) };
        let target = self.target();
        self.job.wishes = choosing::wishes(office, &target, self.talk)?;
        Ok(())
    }

    fn issued(&mut self, issued: &IssuedUpdate) -> Result<(), Failure> {
        let serial = self.serial();
        let paper = self.pile.put(Kind::Update, &serial, &issued.update)?;
        let (from, to, place) = (paper.says.from, paper.says.to, place(paper));
        self.run.asked = true;
        self.facts.wanted.clear();
        self.changes.clone_from(&issued.summary);
        if from == to {
            self.talk.say(&format!("the office has nothing new for {serial}{place}"));
            return Ok(());
        }
        self.talk.say(&format!("update got: from operation {from} to {to}{place}"));
        for line in &issued.summary {
            self.talk.say(&format!("  {line}"));
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), Failure> {
        let serial = self.serial();
        let update = self.newest(Kind::Update)?;
        let answer = self.device()?.apply(&serial, &update)?;
        let at = answer.sequence;
        self.at = self.at.take().map(|before| Standing { sequence: at, ..before });
        self.facts.applied = Some(at);
        self.run.applied = true;
        self.run.closed |= !self.job.receipt;
        if !answer.already_applied {
            self.talk.say(&format!("update applied: the container is at operation {at}"));
        }
        for result in answer.results.iter().filter(|result| result.result != "applied") {
            self.talk.say(&format!("  operation {}: {}", result.sequence, result.result));
        }
        if self.job.receipt && !answer.already_applied {
            let paper = self.pile.put(Kind::Receipt, &serial, &answer.receipt)?;
            if paper.file.is_some() {
                let place = place(paper);
                self.talk.say(&format!("receipt taken: it proves operation {at}{place}"));
            }
        }
        Ok(())
    }

    fn take_receipt(&mut self) -> Result<(), Failure> {
        let serial = self.serial();
        let text = self.device()?.receipt(&serial)?;
        let paper = self.pile.put(Kind::Receipt, &serial, &text)?;
        let (to, place) = (paper.says.to, place(paper));
        self.talk.say(&format!("receipt taken: it proves operation {to}{place}"));
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let receipt = self.newest(Kind::Receipt)?;
        let proven = self.parked().receipt.map_or(0, |receipt| receipt.sequence);
        let answer = self.office()?.hand_over(&receipt)?;
        self.facts.handed_over = Some(answer.sequence.max(proven));
        self.run.closed = true;
        let missing = match answer.outstanding {
            0 => String::new(),
            more => format!("; {more} newer operations wait for it"),
        };
        self.talk.say(&format!(
            "receipt handed over: the office knows operation {}{missing}",
            answer.sequence
        ));
        Ok(())
    }

    fn serial(&self) -> String {
        self.facts.serial.clone().unwrap_or_default()
    }

    fn target(&self) -> Target {
        Target { serial: self.serial(), kind: self.kind }
    }

    fn newest(&self, kind: Kind) -> Result<Vec<u8>, Failure> {
        let paper = self.pile.newest(kind, &self.serial());
        paper.map(|paper| paper.bytes.clone()).ok_or_else(|| absent(kind.file_name()))
    }

    fn device(&self) -> Result<&DeviceSide, Failure> {
        self.job.device.as_ref().map(|(device, _)| device).ok_or_else(|| absent("the device"))
    }

    fn office(&self) -> Result<&OfficeSide, Failure> {
        self.job.office.as_ref().map(|(office, _)| office).ok_or_else(|| absent("the office"))
    }

    fn leave(&self, ending: &Ending<'_>) -> Result<(), Failure> {
        match &self.job.park {
            Some(folder) => state::write(folder, &self.facts, &self.pile, ending),
            None => Ok(()),
        }
    }
}

/// The plan never asks for what is not there.
fn absent(what: &str) -> Failure {
    Failure::fault(format!("{what} is missing")).hint("run the same command again")
}

fn place(paper: &Paper) -> String {
    paper.file.as_ref().map_or_else(String::new, |file| format!(" ({file})"))
}

fn mixed(other: &Paper, serial: &str) -> Failure {
    let file = other.file.clone().unwrap_or_default();
    let text = format!(
        "{file} is a paper of container {}, and this is about {}",
        other.says.serial,
        if serial.is_empty() { "another one" } else { serial }
    );
    advice::with(Failure::refused("wrong-container", text)).hint(format!(
        "use one folder for each container; or name the one that is meant with --serial {}, the files of others stay as they are",
        other.says.serial
    ))
}
