//! `tenure server context|apply|receipt`: the container of a license server that is stopped.
//!
//! Invariants: an update goes through the same engine and ledger as over HTTP; a refused one changes nothing.
//! Deliberately not here: a running server's container (`admin`), what an update does (`tenure_container`).

use super::{ledger_source::Source, paper};
use crate::{
    clock::RealClock,
    exit::Failure,
    explain,
    folder::{DataFolder, quiet_options},
};
use clap::Args;
use std::path::{Path, PathBuf};
use tenure_container::{ContainerEvent, OpenedUpdate, Reading, open_update};
use tenure_document::{Context, DocumentError, Envelope, Receipt, Time, Trust, Update};
use tenure_leasing::{Command, Event, Refusal};
use tenure_ledger::{Clock as _, Engine, History, SubmitError};
use tenure_server::LeasingMachine;
use tenure_vault::{ServerSigner, random_bytes};

/// Write the context.
#[derive(Debug, Args)]
pub struct ServerContextArgs {
    #[command(flatten)]
    paper: PaperArgs,
}

/// Write the receipt.
#[derive(Debug, Args)]
pub struct ServerReceiptArgs {
    #[command(flatten)]
    paper: PaperArgs,
}

#[derive(Debug, Args)]
struct PaperArgs {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
    /// Where it goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Apply an update.
#[derive(Debug, Args)]
pub struct ServerApplyArgs {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
    /// The update; `-` is standard input.
    #[arg(value_name = "FILE")]
    update: PathBuf,
}

impl ServerContextArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// A server runs on the folder; it can't be read.
    pub fn run(self) -> anyhow::Result<()> {
        paper::deliver(&context(&self.paper.data)?, self.paper.output.as_deref())
    }
}

impl ServerReceiptArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// As `tenure server context`.
    pub fn run(self) -> anyhow::Result<()> {
        let open = Opened::new(&self.paper.data, "receipt")?;
        let receipt: Receipt = open.look(|machine, at| machine.0.container().receipt(at.at))?;
        paper::deliver(&paper::signed(&receipt, &[&open.identity]), self.paper.output.as_deref())
    }
}

impl ServerApplyArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The refusal of the update.
    pub fn run(self) -> anyhow::Result<()> {
        let update = paper::read_one::<Update>(&self.update)?;
        let (events, sequence) = apply_document(&self.data, &update)?;
        if events.is_empty() {
            say!("already applied; the container is at operation {sequence}");
        }
        for event in &events {
            say!("{}", event.sentence());
        }
        Ok(())
    }
}

/// The armored context of the container in a data folder.
///
/// # Errors
/// As `tenure server context`.
pub fn context(data: &Path) -> anyhow::Result<String> {
    let open = Opened::new(data, "context")?;
    let context: Context = open.look(|machine, now| {
        machine.0.container().context(now.at, |item| machine.0.consumed(item))
    })?;
    Ok(paper::signed(&context, &[&open.identity]))
}

/// Applies an update to the container in a data folder.
///
/// # Errors
/// As `tenure server apply`.
pub fn apply(data: &Path, update: &str) -> anyhow::Result<()> {
    apply_document(data, &paper::read(update.as_bytes())?).map(|_| ())
}

/// Refuses an update that the container in a data folder would refuse; also while a server runs on it.
///
/// # Errors
/// The refusal of the update; the folder can't be read.
pub fn check(data: &Path, update: &Envelope) -> anyhow::Result<()> {
    let source = Source { data: data.to_owned(), archive: Vec::new() };
    let (reader, key) = source.open()?;
    let found = History::of(reader, key).state_at::<LeasingMachine>(Time::LATEST);
    let unborn = || Failure::corrupt(format!("{} holds no container", data.display()));
    let (machine, _) = found.map_err(explain::ledger)?.ok_or_else(unborn)?;
    let container = machine.0.container();
    let now = Reading { wall: RealClock.wall(), since_boot_ms: 0 };
    let opened = open(container.trust(), update, container.rights(now).items)?;
    container.decide_update(&opened, now).map_err(explain::update)?;
    Ok(())
}

fn open(
    trust: Result<Trust, DocumentError>,
    update: &Envelope,
    at: Time,
) -> anyhow::Result<OpenedUpdate> {
    let trust = trust.map_err(|error| {
        Failure::corrupt(format!("the container's own key list does not hold: {error}"))
    })?;
    let entropy = random_bytes().map_err(explain::vault)?;
    Ok(open_update(trust, update, at, entropy).map_err(explain::update)?)
}

/// What happened to the container, and its sequence after it.
fn apply_document(data: &Path, update: &Envelope) -> anyhow::Result<(Vec<ContainerEvent>, u64)> {
    let open = Opened::new(data, "update FILE")?;
    let (trust, at) = open.look(|machine, now| {
        let container = machine.0.container();
        let reading = Reading { wall: now.wall, since_boot_ms: now.since_boot_ms };
        (container.trust(), container.rights(reading).items)
    })?;
    let opened = self::open(trust, update, at)?;
    let outcome = open.engine.submit_blocking(Command::ApplyUpdate(Box::new(opened)), None);
    let events = match outcome {
        Ok(outcome) => outcome.events,
        Err(SubmitError::Refused(refusal)) => return Err(refused(refusal).into()),
        Err(SubmitError::Fault(fault)) => return Err(explain::fault(fault).into()),
        Err(SubmitError::KeyReused | SubmitError::AnswerArchived { .. }) => {
            return Err(Failure::fault("the command was mistaken for another").into());
        }
    };
    let changes = events.into_iter().filter_map(|event| match event {
        Event::Container(event) => Some(event),
        _ => None,
    });
    let sequence = open.look(|machine, _| machine.0.container().sequence())?;
    Ok((changes.collect(), sequence))
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Update(refusal) => explain::update(refusal),
        other => Failure::refused(other.code(), other.to_string()),
    }
}

/// A data folder with its engine running, for one command.
struct Opened {
    engine: Engine<LeasingMachine>,
    identity: ServerSigner,
    // Holds the folder until the engine is gone.
    _folder: DataFolder,
}

impl Opened {
    /// `instead` is what `tenure admin … container` can do when a server runs on the folder.
    fn new(data: &Path, instead: &str) -> anyhow::Result<Opened> {
        let folder = DataFolder::open(data).map_err(|error| match error.downcast::<Failure>() {
            Ok(failure) if failure.code.as_deref() == Some("folder-in-use") => {
                let ask = format!(
                    "ask the running server: tenure admin --data {} container {instead}",
                    data.display()
                );
                failure.hint(ask).into()
            }
            Ok(failure) => failure.into(),
            Err(error) => error,
        })?;
        let identity = folder.identity()?;
        let engine = folder.engine(quiet_options())?;
        Ok(Opened { engine, identity, _folder: folder })
    }

    fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&LeasingMachine, tenure_ledger::Now) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        Ok(self.engine.query_blocking(look).map_err(explain::fault)?)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.engine.stop();
    }
}
