//! `tenure device transfer …`: items from container to container, without the publisher's office.
//!
//! Invariants: source and target hand documents to each other as files; every step may be repeated and gives the same
//! bytes; nothing brings units back to the source but the target's refusal or the publisher.
//! Deliberately not here: which items may move, and how far (their policy, the container's rules).

use super::place::{Place, chosen};
use crate::{exit::Failure, explain, offline::paper};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tenure_container::Reading;
use tenure_device::Device;
use tenure_document::{Bytes, Limits, read_document, read_json};
use tenure_vault::OpenContainer;

/// Steps of a transfer.
#[derive(Debug, Subcommand)]
pub enum TransferCommand {
    /// At the target: ask for an item, or for some of its units.
    Request(RequestArgs),
    /// At the source: give away what a request asks for.
    Send(StepArgs),
    /// At the target: take what a transfer brings; writes the receipt.
    Accept(StepArgs),
    /// At the target: give up a request for ever; writes the refusal.
    Refuse(RefuseArgs),
    /// At the source: take the target's receipt or refusal.
    Confirm(ConfirmArgs),
}

/// Ask for an item.
#[derive(Debug, Args)]
pub struct RequestArgs {
    #[command(flatten)]
    place: Place,
    /// The item, by its ID in the source.
    #[arg(value_name = "ITEM")]
    item: String,
    /// How many of its units; all of them when not given.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    count: u64,
    /// The target, where there are several containers.
    #[arg(long, value_name = "SERIAL")]
    container: Option<String>,
    /// Where the request goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A step that answers a document with a document.
#[derive(Debug, Args)]
pub struct StepArgs {
    #[command(flatten)]
    place: Place,
    /// What the other side sent; `-` is standard input.
    #[arg(value_name = "FILE")]
    document: PathBuf,
    /// The container, where there are several.
    #[arg(long, value_name = "SERIAL")]
    container: Option<String>,
    /// Where the answer goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Give up a request.
#[derive(Debug, Args)]
pub struct RefuseArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Why, as a word for the source.
    #[arg(long, value_name = "WORD", default_value = "not-wanted")]
    reason: String,
}

/// Take the target's answer.
#[derive(Debug, Args)]
pub struct ConfirmArgs {
    #[command(flatten)]
    place: Place,
    /// The receipt or the refusal; `-` is standard input.
    #[arg(value_name = "FILE")]
    document: PathBuf,
    /// The container, where there are several.
    #[arg(long, value_name = "SERIAL")]
    container: Option<String>,
}

/// Begin the next generation.
#[derive(Debug, Args)]
pub struct RegenerateArgs {
    #[command(flatten)]
    place: Place,
    /// The container, where there are several.
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
}

impl TransferCommand {
    /// Carries out the command.
    ///
    /// # Errors
    /// The refusal of the step.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            TransferCommand::Request(args) => args.run(),
            TransferCommand::Send(args) => args.run(|open, document, now| {
                open.send_transfer(document, now).map_err(explain::device)
            }),
            TransferCommand::Accept(args) => args.run(|open, document, now| {
                open.accept_transfer(document, now).map_err(explain::device)
            }),
            TransferCommand::Refuse(RefuseArgs { step, reason }) => {
                step.run(|open, document, now| {
                    let nonce = nonce_of(document)?;
                    open.refuse_transfer(&nonce, &reason, now).map_err(explain::device)
                })
            }
            TransferCommand::Confirm(args) => args.run(),
        }
    }
}

impl RequestArgs {
    fn run(self) -> anyhow::Result<()> {
        let device = self.place.device()?;
        let mut open = opened(&device, self.container.as_deref())?;
        let text =
            open.request_transfer(&self.item, self.count, device.now()).map_err(explain::device)?;
        paper::deliver(&text, self.output.as_deref())?;
        note!("next, at the source: tenure device transfer send FILE");
        Ok(())
    }
}

impl StepArgs {
    fn run(
        self,
        step: impl FnOnce(&mut OpenContainer, &[u8], Reading) -> Result<String, Failure>,
    ) -> anyhow::Result<()> {
        let document = paper::read_file(&self.document)?;
        let device = self.place.device()?;
        let mut open = opened(&device, self.container.as_deref())?;
        let text = step(&mut open, &document, device.now())?;
        paper::deliver(&text, self.output.as_deref())
    }
}

impl ConfirmArgs {
    fn run(self) -> anyhow::Result<()> {
        let document = paper::read_file(&self.document)?;
        let device = self.place.device()?;
        let mut open = opened(&device, self.container.as_deref())?;
        let received = open.settle_transfer(&document, device.now()).map_err(explain::device)?;
        say!(
            "{}",
            match received {
                true => "the target has it; the transfer is done",
                false => "the target will never take it; the units are here again",
            }
        );
        Ok(())
    }
}

impl RegenerateArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The container does not open.
    pub fn run(self) -> anyhow::Result<()> {
        let device = self.place.device()?;
        let mut open = opened(&device, self.serial.as_deref())?;
        let generation = open.regenerate().map_err(explain::device)?;
        say!("{} is in generation {generation}", open.state().id().serial());
        note!("next: send its context to the publisher, who has to accept the new generation");
        Ok(())
    }
}

fn opened(device: &Device, named: Option<&str>) -> anyhow::Result<OpenContainer> {
    let serial = chosen(device, named)?;
    Ok(device.open(&serial).map_err(explain::device)?)
}

/// The nonce that names a transfer, from its request or from itself.
fn nonce_of(document: &[u8]) -> Result<Bytes, Failure> {
    #[derive(serde::Deserialize)]
    struct NonceOnly {
        nonce: Bytes,
    }
    let envelope = read_document(document).map_err(explain::document)?;
    let said: NonceOnly =
        read_json(&envelope.payload, Limits::CARRIER).map_err(explain::document)?;
    Ok(said.nonce)
}
