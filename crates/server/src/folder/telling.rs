//! Telling people whether a shared folder is served: in the status, by an alarm, in the log.
//!
//! Invariants: each change is told once; the alarm is there as long as the folder is not served.
//! Deliberately not here: when it is served (`claim`), when it is taken to be silent (`served`), whether it is looked for
//! any longer: a server that must have it ends.

use std::path::PathBuf;

use super::claim::NotClaimed;
use super::status::{FolderStanding, FolderStatus};
use crate::alarms::Alarms;

/// The alarm while the folder can't be served.
pub(crate) const ALARM: &str = "shared-folder";

/// Tells of one folder.
#[derive(Debug, Clone)]
pub(crate) struct Teller {
    pub(crate) directory: PathBuf,
    pub(crate) status: FolderStatus,
    pub(crate) alarms: Alarms,
}

impl Teller {
    /// It is served now.
    pub(crate) fn served(&self) {
        if self.is_news(&FolderStanding::Serving) {
            let directory = self.directory.display();
            tracing::info!(%directory, "serving the shared folder");
            self.alarms.clear(ALARM);
        }
    }

    /// It is not served, for this reason.
    pub(crate) fn unserved(&self, why: NotClaimed) {
        let directory = self.directory.display();
        match why {
            NotClaimed::InUse(Some(record)) => self.in_use(format!(
                "The shared folder {directory} is served by license server {record} already. One folder has one server."
            )),
            NotClaimed::InUse(None) => self.in_use(format!(
                "The shared folder {directory} is served by another license server already. One folder has one server."
            )),
            NotClaimed::NotTheFolder => self.away(format!(
                "The directory at {directory} is not the one that was shared: `tenure.lock` is not in it. Is the share mounted?"
            )),
            NotClaimed::Io(error) => self.away(format!(
                "The shared folder {directory} can't be used: {error}."
            )),
        }
    }

    /// What was asked of it comes to no end.
    pub(crate) fn silent(&self) {
        self.away(format!("The shared folder {} does not answer.", self.directory.display()));
    }

    fn in_use(&self, sentence: String) {
        self.alarm(FolderStanding::InUse(sentence.clone()), sentence);
    }

    fn away(&self, sentence: String) {
        self.alarm(FolderStanding::Away(sentence.clone()), sentence);
    }

    fn alarm(&self, standing: FolderStanding, sentence: String) {
        if self.is_news(&standing) {
            tracing::error!("{sentence}");
            self.alarms.raise(ALARM, sentence);
        }
    }

    fn is_news(&self, standing: &FolderStanding) -> bool {
        let mut news = false;
        self.status.change(|state| {
            news = state.standing != *standing;
            state.standing = standing.clone();
        });
        news
    }
}
