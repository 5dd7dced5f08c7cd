//! `tenure device context|apply|receipt`: the three documents that travel between a device and its publisher.
//!
//! Invariants: an update finds its container by itself; a refused one changes nothing; what is written is whole.
//! Deliberately not here: how the documents travel.

use super::place::{Place, chosen, warn_if_older};
use crate::{exit::Failure, explain, offline::paper};
use clap::Args;
use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};
use tenure_document::{qr_text, read_document};
use tenure_web::QrImage;

/// Write the context.
#[derive(Debug, Args)]
pub struct ContextArgs {
    #[command(flatten)]
    place: Place,
    /// The container, where there are several.
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
    /// Where it goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The text that a QR code carries, instead of the file.
    #[arg(long)]
    qr_text: bool,
    /// A QR code in the terminal, to be photographed.
    #[arg(long, conflicts_with = "qr_text")]
    qr: bool,
}

/// Write the receipt.
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    #[command(flatten)]
    place: Place,
    /// The container, where there are several.
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
    /// Where it goes; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Apply an update.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    place: Place,
    /// The update; `-` is standard input.
    #[arg(value_name = "FILE")]
    update: PathBuf,
    /// Where the receipt goes, if it is wanted at once.
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl ContextArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The container does not open.
    pub fn run(self) -> anyhow::Result<()> {
        let device = self.place.device()?;
        let serial = chosen(&device, self.serial.as_deref())?;
        warn_if_older(&device, &serial);
        let text = device.context(&serial).map_err(explain::device)?;
        if !self.qr_text && !self.qr {
            return paper::deliver(&text, self.output.as_deref());
        }
        let envelope = read_document(text.as_bytes()).map_err(explain::document)?;
        let text = qr_text(&envelope).map_err(explain::document)?;
        if self.qr {
            let hint = "carry the context as a file: leave out --qr";
            let code = QrImage::of(&text)
                .map_err(|fault| Failure::refused("too-large", fault.to_string()).hint(hint))?;
            let colors = self.output.is_none() && io::stdout().is_terminal();
            let drawn = if colors { code.terminal() } else { code.plain_terminal() };
            return paper::deliver(&drawn, self.output.as_deref());
        }
        paper::deliver(&format!("{text}\n"), self.output.as_deref())
    }
}

impl ReceiptArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The container does not open.
    pub fn run(self) -> anyhow::Result<()> {
        let device = self.place.device()?;
        let serial = chosen(&device, self.serial.as_deref())?;
        let text = device.receipt(&serial).map_err(explain::device)?;
        paper::deliver(&text, self.output.as_deref())
    }
}

impl ApplyArgs {
    /// Carries out the command.
    ///
    /// # Errors
    /// The refusal of the update.
    pub fn run(self) -> anyhow::Result<()> {
        let update = paper::read_file(&self.update)?;
        let device = self.place.device()?;
        let serial = device.folder().addressed(&update).map_err(explain::device)?;
        let answer = device.apply(&serial, &update).map_err(explain::device)?;
        if answer.already_applied {
            say!("{serial}: already applied; the container is at operation {}", answer.sequence);
        } else {
            let results = answer.results.len();
            let operations = if results == 1 { "operation" } else { "operations" };
            say!(
                "{serial}: applied {results} {operations}; the container is at operation {}",
                answer.sequence
            );
        }
        for result in answer.results.iter().filter(|result| result.result != "applied") {
            say!("operation {} ({}): {}", result.sequence, result.op_id, result.result);
        }
        match &self.receipt {
            Some(path) => paper::deliver(&answer.receipt, Some(path)),
            None => Ok(()),
        }
    }
}
