//! `tenure folder-client`: seats through a shared directory for programs that know nothing of licenses.
//!
//! Invariants: it uses nothing but the public SDK, so every lease is proved from the pinned root; a program that is run
//! holds its seats as long as it runs, and is told to end when they do; what `checkout` borrows is kept in a folder of
//! this user's own, with the key that may give it back.
//! Deliberately not here: how files are exchanged.

use crate::{clock::monotonic, exit::Failure};
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::Child, time::Duration};
use tenure_document::LeaseId;
use tenure_sdk::{Error, Seat, Tenure};

/// How often a program that runs is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What a program has to end by itself when its seats are gone.
const GRACE: Duration = Duration::from_secs(10);

/// What is said where no lease is kept.
const NONE: &str = "nothing is borrowed here";

/// Ask for licenses through a shared directory.
#[derive(Debug, Args)]
pub struct FolderClientArgs {
    #[command(flatten)]
    place: FolderPlace,
    #[command(subcommand)]
    command: FolderClientCommand,
}

#[derive(Debug, Args)]
struct FolderPlace {
    /// Plain-text settings: `folder = PATH`, `root = PIN`, `user = NAME`.
    #[arg(long, value_name = "FILE", env = "TENURE_FOLDER_SETTINGS", global = true)]
    settings: Option<PathBuf>,
    /// The shared directory, instead of settings.
    #[arg(long, value_name = "DIR", conflicts_with = "settings", global = true)]
    folder: Option<PathBuf>,
    /// The publisher's root pin, `root:…`.
    #[arg(long, value_name = "PIN", global = true)]
    root: Option<String>,
    /// User name, where it is not the operating system's.
    #[arg(long, value_name = "NAME", global = true)]
    user: Option<String>,
    /// Folder for what is borrowed. [default: tenure-folder in the user's folder for data]
    #[arg(long, value_name = "DIR", global = true)]
    state: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum FolderClientCommand {
    /// Run a program while holding seats; they are given back when it ends.
    Run {
        /// FEATURE or FEATURE:VERSION; may be given several times.
        #[arg(long, value_name = "FEATURE", required = true)]
        feature: Vec<String>,
        /// The program and its arguments.
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Borrow a seat that outlives this command.
    Checkout {
        /// FEATURE or FEATURE:VERSION.
        #[arg(value_name = "FEATURE")]
        feature: String,
        /// For how many hours.
        #[arg(long, value_name = "HOURS", default_value = "24", value_parser = clap::value_parser!(u64).range(1..))]
        hours: u64,
    },
    /// Give a borrowed seat back.
    Release {
        /// The lease, as `status` shows it; all of them without one.
        #[arg(value_name = "LEASE")]
        lease: Option<LeaseId>,
    },
    /// Show what is borrowed here.
    Status,
}

impl FolderPlace {
    fn open(&self, borrows: bool) -> anyhow::Result<Tenure> {
        let mut builder = match (&self.settings, &self.folder) {
            (Some(settings), _) => Tenure::settings_file(settings),
            (None, Some(folder)) => Tenure::shared_folder(folder),
            (None, None) => {
                return Err(Failure::usage("where is the shared directory?")
                    .hint("name it with --folder DIR and --root PIN, or a file that does with --settings FILE")
                    .into());
            }
        };
        if let Some(root) = &self.root {
            builder = builder.root(root);
        }
        if let Some(user) = &self.user {
            builder = builder.user(user);
        }
        if borrows {
            builder = builder.folder(self.state()?);
        }
        builder.open().map_err(|error| failure(error).into())
    }

    fn state(&self) -> anyhow::Result<PathBuf> {
        if let Some(state) = &self.state {
            return Ok(state.clone());
        }
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let data = data.filter(|path| path.is_absolute()).or_else(home);
        let data = data.ok_or_else(|| Failure::usage("no home; name a folder with --state DIR"))?;
        Ok(data.join("tenure-folder"))
    }
}

impl FolderClientArgs {
    /// Carries out the command; the code of the program that was run.
    ///
    /// # Errors
    /// A denial with its reason, or no answer.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            FolderClientCommand::Run { feature, command } => {
                run(&self.place.open(false)?, &feature, &command)
            }
            FolderClientCommand::Checkout { feature, hours } => {
                let tenure = self.place.open(true)?;
                let (feature, version) = wanted(&feature);
                let length = Duration::from_secs(hours.saturating_mul(3600));
                let seat = tenure.request(feature, version).borrow_for(length).checkout();
                let seat = seat.map_err(failure)?;
                let lease = seat.lease().ok_or_else(|| Failure::fault("a seat without a lease"))?;
                say!("{} {} {} until {}", lease.id, lease.feature, lease.version, lease.expires);
                if lease.expires < lease.issued.plus(length) {
                    note!("this is less than the {hours} hours asked for: no more is allowed");
                }
                Ok(())
            }
            FolderClientCommand::Release { lease } => {
                let tenure = self.place.open(true)?;
                let kept = tenure.borrowed().map_err(failure)?;
                let meant = kept.iter().filter(|kept| lease.is_none_or(|lease| lease == kept.id));
                let meant: Vec<_> = meant.collect();
                if let (Some(lease), true) = (lease, meant.is_empty()) {
                    let text = format!("{lease} is not borrowed here");
                    return Err(Failure::refused("not-borrowed", text).into());
                }
                if meant.is_empty() {
                    say!("{NONE}");
                }
                for kept in meant {
                    tenure.return_borrowed(kept.id).map_err(failure)?;
                    say!("{} {} given back", kept.id, kept.feature);
                }
                Ok(())
            }
            FolderClientCommand::Status => {
                let borrowed = self.place.open(true)?.borrowed().map_err(failure)?;
                if borrowed.is_empty() {
                    say!("{NONE}");
                }
                for kept in borrowed {
                    say!("{} {} {} until {}", kept.id, kept.feature, kept.version, kept.until);
                }
                Ok(())
            }
        }
    }
}

fn run(tenure: &Tenure, features: &[String], command: &[String]) -> anyhow::Result<()> {
    let mut seats = Vec::new();
    for feature in features {
        let (feature, version) = wanted(feature);
        seats.push(tenure.checkout(feature, version).map_err(failure)?);
    }
    let (program, arguments) = command.split_first().ok_or_else(|| Failure::usage("no program"))?;
    let child = std::process::Command::new(program).args(arguments).spawn();
    let mut child =
        child.map_err(|error| Failure::fault(format!("{program} can't be started: {error}")))?;
    let code = watched(&mut child, &seats)?;
    drop(seats);
    match code {
        0 => Ok(()),
        code => std::process::exit(code),
    }
}

/// Waits for a program; without its seats it is told to end.
fn watched(child: &mut Child, seats: &[Seat]) -> anyhow::Result<i32> {
    let mut told = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().unwrap_or(1));
        }
        let lost = seats.iter().find(|seat| !seat.is_usable());
        match (lost, told) {
            (Some(seat), None) => {
                note!("the license is gone: {:?}; the program is told to end", seat.state());
                let id = rustix::process::Pid::from_raw(child.id().cast_signed());
                if let Some(id) = id {
                    rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
                }
                told = Some(monotonic());
            }
            (_, Some(at)) if at.elapsed() >= GRACE => child.kill()?,
            _ => {}
        }
        std::thread::sleep(LOOK);
    }
}

/// Feature and version of FEATURE:VERSION.
fn wanted(text: &str) -> (&str, &str) {
    text.rsplit_once(':').unwrap_or((text, "0"))
}

fn failure(error: Error) -> Failure {
    // The code comes behind the sentence of every failure.
    let text = error.to_string().replacen(&format!(" ({})", error.code()), "", 1);
    match &error {
        Error::Refused(problem) if problem.status == 400 => {
            Failure { code: Some(problem.code.clone()), ..Failure::usage(text) }
        }
        Error::Denied(_) | Error::Refused(_) | Error::NotBorrowed { .. } => {
            Failure::refused(error.code(), text)
        }
        Error::Forged(_) => Failure::refused("forged", text),
        Error::Setup(_) => Failure::usage(text),
        _ => Failure { code: Some(error.code().to_owned()), ..Failure::fault(text) },
    }
}
