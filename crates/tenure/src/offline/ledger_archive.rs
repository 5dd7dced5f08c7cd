//! `tenure ledger archive|rebuild` for a license server that is stopped: old entries go to an archive; the state that
//! what is left begins with is made anew from it.
//!
//! Invariants: the archive is written and proved before anything goes from the ledger; broken off at any point,
//! the same command goes on from there; what was archived, by whom and where to stands in the ledger itself.
//! Deliberately not here: how it is done (`tenure_ledger`), a running server, which archives by itself (`retention`).

use super::ledger_source::license_servers;
use crate::{
    clock::RealClock,
    exit::Failure,
    explain,
    folder::{self, DataFolder, quiet_options},
};
use clap::{ArgGroup, Args};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tenure_document::Time;
use tenure_leasing::Command;
use tenure_ledger::{
    ArchiveOrder, ArchiveStep, Archived, Clock as _, Core, Engine, Fault, LedgerError, SqliteLedger,
};
use tenure_server::LeasingMachine;

/// Answers are told again to a repeated request at least this long.
const REPEATS: Duration = Duration::from_secs(24 * 60 * 60);

/// Move old entries to an archive.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["before", "keep"])))]
pub struct ArchiveArgs {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
    /// Folder of the archive: a new one, or the one that older entries went to.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Entries from before this instant go (RFC 3339).
    #[arg(long, value_name = "TIME")]
    before: Option<Time>,
    /// Entries older than this go: a number and `d` or `h`, such as 90d.
    #[arg(long, value_name = "AGE", value_parser = age)]
    keep: Option<Duration>,
    /// Also entries of the last 24 hours. A request from that time that is repeated is then told `answer-gone`.
    #[arg(long)]
    even_recent: bool,
}

/// Make the state anew that the ledger begins with.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
    /// Folder with archived entries of this ledger; may be given several times.
    #[arg(long, value_name = "DIR", required = true)]
    archive: Vec<PathBuf>,
}

impl ArchiveArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// A server runs on the folder; the archive is of another ledger; the ledger is damaged.
    pub fn run(&self) -> anyhow::Result<()> {
        license_servers(&self.data)?;
        let to = std::path::absolute(&self.to)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.to.display())))?;
        let data = DataFolder::open(&self.data)?;
        data.is_apart(&to)?;
        let engine = data.engine(quiet_options())?;
        let done = self.order(&engine, to).and_then(|order| {
            let done = archive(&engine, &order, "the owner of the data folder", &mut show);
            Ok((done.map_err(explain::ledger)?, order))
        });
        engine.stop();
        drop((engine, data));
        let (done, order) = done?;
        compact(&self.data);
        match done {
            None => say!("nothing to archive: no entry is from before {}", order.before),
            Some(Archived { entries, begins }) => say!(
                "archived to {}: {entries} entries; the ledger begins with entry {} of {} now",
                order.folder.display(),
                begins.sequence,
                begins.at
            ),
        }
        Ok(())
    }

    /// What is to go: nothing that a repeated request may still need, unless that is said.
    fn order(&self, engine: &Engine<LeasingMachine>, to: PathBuf) -> anyhow::Result<ArchiveOrder> {
        let now = RealClock.wall();
        let old = |keep| engine.old_before_blocking(now, keep).map_err(explain::ledger);
        let before = match (self.before, self.keep) {
            (Some(before), _) => before,
            (None, Some(keep)) => old(keep)?,
            (None, None) => now,
        };
        if before > old(REPEATS)? && !self.even_recent {
            return Err(Failure::refused(
                "too-recent",
                "entries of the last 24 hours are needed to answer repeated requests",
            )
            .hint("keep at least 1d; or say --even-recent")
            .into());
        }
        Ok(ArchiveOrder { before, folder: to, now })
    }
}

impl RebuildArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// A server runs on the folder; the archive does not lead to what the ledger begins with.
    pub fn run(&self) -> anyhow::Result<()> {
        license_servers(&self.data)?;
        let data = DataFolder::open(&self.data)?;
        let identity = folder::Identity(data.identity()?);
        let mut ledger = data.ledger()?;
        let done = Core::<LeasingMachine>::renew_beginning(
            &mut ledger,
            &self.archive,
            &identity,
            &quiet_options(),
        );
        if done.map_err(explain::ledger)? {
            say!("the state that the ledger begins with was made anew from the archive");
        } else {
            say!("nothing to do: this ledger begins with its first entry");
        }
        Ok(())
    }
}

/// Archives beside the engine, on record.
///
/// # Errors
/// As [`Engine::archive_blocking`].
pub fn archive(
    engine: &Engine<LeasingMachine>,
    order: &ArchiveOrder,
    by: &str,
    on_step: &mut dyn FnMut(ArchiveStep) -> bool,
) -> Result<Option<Archived>, LedgerError> {
    let mut record = |archived: &Archived| {
        let command = Command::RecordArchive {
            by: by.to_owned(),
            begins: archived.begins.sequence,
            folder: order.folder.display().to_string(),
        };
        match engine.submit_blocking(command, None) {
            Ok(_) => Ok(()),
            Err(tenure_ledger::SubmitError::Fault(fault)) => Err(fault),
            // It is never refused, and has no key.
            Err(_) => Err(Fault::Bug),
        }
    };
    engine.archive_blocking(order, &mut record, on_step)
}

/// The file keeps its size without this; that it could not be made smaller loses nothing.
fn compact(data: &Path) {
    let done = SqliteLedger::open(data).and_then(|mut ledger| ledger.compact());
    if let Err(error) = done {
        note!("the ledger's file was not made smaller: {}", error.chain());
    }
}

fn show(step: ArchiveStep) -> bool {
    match step {
        ArchiveStep::Written(entry) => note!("written up to entry {entry}"),
        ArchiveStep::Read(_) | ArchiveStep::Proved(_) | ArchiveStep::Swept(_) => {}
        ArchiveStep::StateKept => note!("state written; reading everything back"),
        ArchiveStep::Cut => note!("proved; removing the entries from the ledger"),
    }
    true
}

fn age(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a number and `d` or `h`, such as 90d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_as_people_write_them() {
        assert_eq!(age("90d"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(age("36h"), Ok(Duration::from_secs(36 * 3_600)));
        for wrong in ["", "d", "90", "9w", "-1d", "1.5d", "99999999999d", "9é"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
