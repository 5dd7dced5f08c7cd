//! `tenure wizard`: licenses for devices that are never on line: the whole exchange between a device and its publisher's
//! office in one go, or in steps with files that are carried.
//!
//! Invariants: it uses the three calls that anybody can make (list containers, get context, apply update) and has no
//! right of its own; it can be ended and started again at any point; where nobody sits there it never asks.
//! Deliberately not here: what the office and the device decide.

mod advice;
mod choosing;
mod device_list;
mod device_side;
mod drive;
mod office_side;
mod papers;
mod plan;
mod report;
mod round_trip;
mod state;
mod talk;
mod web;
mod wishes;

use crate::{
    device::usual_folder,
    exit::{Failure, Kind},
};
use clap::Args;
use device_side::DeviceSide;
use drive::{Job, drive};
use office_side::OfficeSide;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use talk::{Kept, Talk, Terminal};
use tenure_api::TlsTrust;
use wishes::Wish;

/// Longest list that is read.
const LIST_MAX: u64 = 16 * 1024 * 1024;

/// Carry licenses between a device and the publisher's office.
#[derive(Debug, Args)]
pub struct WizardArgs {
    /// The device: the folder of its containers, or the address of its agent. [default: this user's containers]
    #[arg(long, value_name = "DIR|URL", env = "TENURE_DEVICE")]
    device: Option<String>,
    /// File with the token of the device's agent.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Address of the publisher's office, such as https://office.example.com.
    #[arg(long, value_name = "URL", env = "TENURE_OFFICE")]
    office: Option<String>,
    /// PEM file with the certificates to believe, instead of the system's.
    #[arg(long, value_name = "FILE", env = "TENURE_CA")]
    ca: Option<PathBuf>,
    /// Do it in steps, with files in this folder: for a stick, another machine, another day.
    #[arg(long, value_name = "DIR")]
    park: Option<PathBuf>,
    /// The container, where the device has several; with --office alone: an update without a context.
    #[arg(long, value_name = "SERIAL")]
    serial: Option<String>,
    /// Activation ID: one of each of its lines. May be given several times.
    #[arg(long, value_name = "ID")]
    activation_id: Vec<Wish>,
    /// So many of one line, in all: what the container holds already counts. May be given several times.
    #[arg(long, value_name = "ID/LINE=QUANTITY")]
    take: Vec<Wish>,
    /// Leave the receipt out: the office learns of it with the next context.
    #[arg(long)]
    no_receipt: bool,
    /// Begin a new round, whatever lies in the park folder.
    #[arg(long)]
    afresh: bool,
    /// Serve all devices of this list (CSV: name, device, token_file, serial, activation_ids, take).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device", "token_file", "serial", "activation_id", "take"])]
    devices: Option<PathBuf>,
    /// So many devices of the list at a time.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: u32,
    /// Write what became of each device to this file, as JSON or CSV by its name.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    /// As a page in a browser on this machine.
    #[arg(long, conflicts_with_all = ["json", "report", "serial", "activation_id", "take", "devices", "afresh"])]
    web: bool,
    /// Address and port of that page; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", requires = "web")]
    listen: SocketAddr,
    /// Never ask, also at a terminal.
    #[arg(long)]
    no_questions: bool,
}

impl WizardArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// What was in the way, with what to do.
    pub fn run(self) -> anyhow::Result<()> {
        match &self.devices {
            _ if self.web => self.page(),
            Some(list) => self.many(list),
            None => self.one(),
        }
    }

    fn page(&self) -> anyhow::Result<()> {
        // Without a folder of its own the files are kept for as long as the page is served.
        let kept = match &self.park {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("tenure-wizard-").tempdir()?),
        };
        let park = kept.as_ref().map(|kept| kept.path().to_owned()).or_else(|| self.park.clone());
        let desk = web::Desk {
            device: self.device.clone(),
            token_file: self.token_file.clone(),
            trust: self.trust()?,
            office: Mutex::new(self.office()?),
            park: park.unwrap_or_default(),
            park_of_many: self.park.clone(),
            base: PathBuf::from("."),
            receipt: !self.no_receipt,
            jobs: self.jobs as usize,
            working: Mutex::new(()),
            progress: Arc::new(web::Progress::default()),
        };
        web::serve(desk, self.listen)
    }

    fn one(&self) -> anyhow::Result<()> {
        let device = self.device()?;
        let office = self.office()?;
        if device.is_none() && office.is_none() && self.park.is_none() {
            return Err(Failure::usage("there is neither a device nor an office to work with")
                .hint("name them: --device DIR|URL and --office URL; or one of them, and --park DIR to carry files between them")
                .into());
        }
        let is_alone = device.is_none() || office.is_none();
        let job = Job {
            device,
            office,
            park: self.park.clone(),
            serial: self.serial.clone(),
            wishes: self.wishes(),
            receipt: !self.no_receipt,
            afresh: self.afresh,
        };
        let mut kept = Kept::default();
        let mut terminal = Terminal::look(!self.no_questions);
        let talk: &mut dyn Talk = if self.json { &mut kept } else { &mut terminal };
        if is_alone && self.park.is_none() {
            return Err(Failure::usage("device and office are not both here")
                .hint(
                    "name both with --device and --office, or carry files between them: --park DIR",
                )
                .into());
        }
        let done = drive(job, talk);
        let name = done.as_ref().map_or(String::new(), |outcome| outcome.serial.clone());
        let row = report::Row::of(&name, &done);
        if let Some(file) = &self.report {
            report::write(std::slice::from_ref(&row), file)?;
        }
        let outcome = done?;
        if self.json {
            return crate::admin::output::Output::new(true).value(&row);
        }
        terminal.say("");
        outcome.next.iter().for_each(|line| terminal.say(line));
        Ok(())
    }

    fn many(&self, list: &Path) -> anyhow::Result<()> {
        let text = read(list, LIST_MAX)?;
        let list_of_devices = device_list::read(&text)?;
        let base = list.parent().filter(|base| !base.as_os_str().is_empty());
        let trip = round_trip::Trip {
            base: base.map_or_else(|| PathBuf::from("."), Path::to_owned),
            office: self.office()?,
            park: self.park.clone(),
            trust: self.trust()?,
            receipt: !self.no_receipt,
            afresh: self.afresh,
            jobs: self.jobs as usize,
        };
        if trip.office.is_none() && trip.park.is_none() {
            return Err(Failure::usage("there is no office to ask")
                .hint("name it with --office URL, or carry files: --park DIR")
                .into());
        }
        let aloud = round_trip::Aloud { of: list_of_devices.len() };
        let watch: &dyn round_trip::Watch = if self.json { &round_trip::Silent } else { &aloud };
        let rows = round_trip::round_trip(&trip, &list_of_devices, watch);
        if let Some(file) = &self.report {
            report::write(&rows, file)?;
        }
        report::show(&rows, self.json)?;
        let failed = rows.iter().filter_map(|row| row.failed).collect::<Vec<_>>();
        let worst = failed.iter().find(|kind| **kind != Kind::Refused).or(failed.first());
        match worst {
            None => Ok(()),
            Some(kind) => {
                let text = format!("{} of {} devices were not served", failed.len(), rows.len());
                Err(Failure::new(*kind, text)
                    .hint("put right what is said of each, and run the same list again: what is done is not done twice")
                    .into())
            }
        }
    }

    fn wishes(&self) -> Vec<Wish> {
        self.activation_id.iter().chain(&self.take).cloned().collect()
    }

    fn office(&self) -> Result<Option<(OfficeSide, String)>, Failure> {
        let Some(address) = &self.office else { return Ok(None) };
        Ok(Some((OfficeSide::at(address, self.trust()?)?, address.clone())))
    }

    /// The device that is named, or this user's containers where they are what the papers are about.
    fn device(&self) -> Result<Option<(DeviceSide, String)>, Failure> {
        if let Some(place) = &self.device {
            let device = DeviceSide::at(place, self.token_file.as_deref(), self.trust()?)?;
            return Ok(Some((device, place.clone())));
        }
        let Ok(folder) = usual_folder() else { return Ok(None) };
        let place = folder.display().to_string();
        let Ok(device) = DeviceSide::at(&place, None, TlsTrust::System) else { return Ok(None) };
        let here = device.containers().unwrap_or_default();
        let parked = papers::Pile::of(self.park.as_deref())?.serials();
        let is_meant = |serial: &String| match (&self.serial, parked.is_empty()) {
            (Some(named), _) => named == serial,
            (None, true) => true,
            (None, false) => parked.contains(serial),
        };
        Ok(here.iter().any(|one| is_meant(&one.serial)).then_some((device, place)))
    }

    fn trust(&self) -> Result<TlsTrust, Failure> {
        match &self.ca {
            None => Ok(TlsTrust::System),
            Some(file) => read(file, 1024 * 1024).map(TlsTrust::Roots),
        }
    }
}

fn read(file: &Path, most: u64) -> Result<String, Failure> {
    use std::io::Read as _;
    let cant =
        |error: std::io::Error| Failure::fault(format!("can't read {}: {error}", file.display()));
    let mut text = String::new();
    let open = std::fs::File::open(file).map_err(cant)?;
    open.take(most).read_to_string(&mut text).map_err(cant)?;
    Ok(text)
}
