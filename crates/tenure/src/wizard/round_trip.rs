//! Many devices in one run: a few at a time, each with its own exchange, one report of all.
//!
//! Invariants: a device that fails keeps no other waiting; nothing is asked; the same list can be run again, and does
//! only what is missing. Deliberately not here: the exchange (`drive`), the list's form (`device_list`).

use super::{
    device_list::Listed,
    device_side::DeviceSide,
    drive::{Job, Outcome, drive},
    office_side::OfficeSide,
    report::Row,
    talk::Talk,
};
use crate::exit::Failure;
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::AtomicUsize, atomic::Ordering},
};
use tenure_api::TlsTrust;

/// What all devices of a run share.
pub struct Trip {
    /// Where paths of the list begin.
    pub base: PathBuf,
    /// The office, and how it was named.
    pub office: Option<(OfficeSide, String)>,
    /// Folder of the park folders, one for each device.
    pub park: Option<PathBuf>,
    /// Whom to believe.
    pub trust: TlsTrust,
    /// Receipts shall go back.
    pub receipt: bool,
    /// New rounds.
    pub afresh: bool,
    /// So many at a time.
    pub jobs: usize,
}

/// Whoever wants to know how far a run is; asked by several threads.
pub trait Watch: Sync {
    /// Something was done about the device at this place of the list.
    fn says(&self, place: usize, one: &Listed, line: &str);

    /// It was served, or not.
    fn done(&self, _: usize, _: &Row) {}
}

/// Says on standard error what is done.
pub struct Aloud {
    /// Devices in all.
    pub of: usize,
}

impl Watch for Aloud {
    fn says(&self, place: usize, one: &Listed, line: &str) {
        note!("[{}/{} {}] {line}", place + 1, self.of, one.name);
    }
}

/// Wants to know nothing.
pub struct Silent;

impl Watch for Silent {
    fn says(&self, _: usize, _: &Listed, _: &str) {}
}

/// Serves all devices; a row for each, in the order of the list.
pub fn round_trip(trip: &Trip, list: &[Listed], watch: &dyn Watch) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Row)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..trip.jobs.min(list.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = list.get(place) else { return };
                    let mut talk = Telling { place, one, watch };
                    let done = trip.serve(one, &mut talk);
                    if let Err(failure) = &done {
                        talk.say(&failure.to_string());
                    }
                    let row = Row::of(&one.name, &done);
                    watch.done(place, &row);
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push((place, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, row)| row).collect()
}

impl Trip {
    fn serve(&self, one: &Listed, talk: &mut dyn Talk) -> Result<Outcome, Failure> {
        let place = match one.device.contains("://") {
            true => one.device.clone(),
            false => self.base.join(&one.device).display().to_string(),
        };
        let token = one.token_file.as_ref().map(|file| self.base.join(file));
        // A device that is not here can't be told from one that is gone: with a park its papers may go on.
        let device = match DeviceSide::at(&place, token.as_deref(), self.trust.clone()) {
            Ok(device) => Some((device, place)),
            Err(_) if self.park.is_some() && !Path::new(&place).exists() => None,
            Err(failure) => return Err(failure),
        };
        drive(
            Job {
                device,
                office: self.office.clone(),
                park: self.park.as_ref().map(|park| park.join(&one.name)),
                serial: one.serial.clone(),
                wishes: one.wishes.clone(),
                receipt: self.receipt,
                afresh: self.afresh,
            },
            talk,
        )
    }
}

/// Says what is done, and of which device.
struct Telling<'a> {
    place: usize,
    one: &'a Listed,
    watch: &'a dyn Watch,
}

impl Talk for Telling<'_> {
    fn say(&mut self, line: &str) {
        self.watch.says(self.place, self.one, line);
    }

    fn ask(&mut self, _: &str) -> Option<String> {
        None
    }
}
