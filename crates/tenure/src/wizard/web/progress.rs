//! How far a run over many devices is, for whoever looks.
//!
//! Invariants: one run at a time; the rows of the last one stay until the next begins.
//! Deliberately not here: the run (`round_trip`).

use super::super::{device_list::Listed, report::Row, round_trip::Watch};
use super::said::on_a_page;
use crate::exit::Failure;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenure_api::wizard::{WizardRow, WizardTrip};
use tenure_issuing::office::export::csv_line;

/// The run that goes on, or the last one.
#[derive(Default)]
pub struct Progress(Mutex<WizardTrip>);

impl Progress {
    /// A run begins.
    ///
    /// # Errors
    /// Another one goes on.
    pub fn begin(&self, list: &[Listed]) -> Result<(), Failure> {
        let mut trip = self.locked();
        if trip.running {
            return Err(Failure::refused("busy", "another list is being served")
                .hint("wait for its end: the page shows how far it is"));
        }
        let waiting = |one: &Listed| WizardRow {
            name: one.name.clone(),
            result: "waiting".to_owned(),
            ..WizardRow::default()
        };
        *trip = WizardTrip { running: true, rows: list.iter().map(waiting).collect() };
        Ok(())
    }

    /// It has come to its end.
    pub fn end(&self) {
        self.locked().running = false;
    }

    /// As it is now.
    pub fn trip(&self) -> WizardTrip {
        self.locked().clone()
    }

    /// The report, as a spreadsheet reads it.
    pub fn csv(&self) -> String {
        let mut text = csv_line(&["name", "serial", "result", "code", "what", "next"]);
        for row in &self.locked().rows {
            text +=
                &csv_line(&[&row.name, &row.serial, &row.result, &row.code, &row.what, &row.next]);
        }
        text
    }

    fn locked(&self) -> MutexGuard<'_, WizardTrip> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Progress {
    fn says(&self, place: usize, _: &Listed, line: &str) {
        if let Some(row) = self.locked().rows.get_mut(place) {
            row.result = "working".to_owned();
            row.what = line.to_owned();
        }
    }

    fn done(&self, place: usize, row: &Row) {
        if let Some(shown) = self.locked().rows.get_mut(place) {
            shown.serial.clone_from(&row.serial);
            shown.result = row.result.to_owned();
            shown.code.clone_from(&row.code);
            // Where nothing is said of the changes, the last step stays.
            if !row.what.is_empty() {
                shown.what.clone_from(&row.what);
            }
            shown.next = on_a_page(&row.next);
        }
    }
}
