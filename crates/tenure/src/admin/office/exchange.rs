//! `tenure admin exchange|receipt|import|export`: files in and out of an office.
//!
//! Updates go to a file or to standard output as they are; what they do is said on standard error, where it is in no
//! program's way. Deliberately not here: reading lists; the office does, and names every fault.

use super::super::{connect::Connection, output::Output, problem::failure, wanted::new_key};
use super::lists::decided;
use crate::{
    exit::{Failure, Kind},
    offline::paper,
    private_key::check_no_private_key,
};
use clap::Args;
use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};
use tenure_api::ApiError;
use tenure_api::office::{ImportFault, ImportQuery, ImportReport, ImportSubject, IssuedUpdate};
use tenure_document::{Context, Receipt};
use tenure_office::LIST_MAX;

/// A context in, an update out.
#[derive(Debug, Args)]
pub struct ExchangeArgs {
    /// The context: a file in any form (`-`: standard input).
    file: PathBuf,
    /// File to write the update to (standard output when left out).
    #[arg(long, short)]
    out: Option<PathBuf>,
}

/// A receipt in.
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    /// The receipt: a file (`-`: standard input).
    file: PathBuf,
}

/// A list in.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What it lists: customers, products or entitlements.
    what: ImportSubject,
    /// The list: CSV with a line of column names, or JSON (`.json`).
    file: PathBuf,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Take in the good rows although others are at fault.
    #[arg(long)]
    skip_faulty: bool,
}

/// Books out.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// entitlements.json, entitlements.xml, entitlements.csv or usage.csv.
    name: String,
    /// File to write (standard output when left out).
    #[arg(long, short)]
    out: Option<PathBuf>,
}

/// `exchange`
pub fn exchange(at: &Connection, out: &Output, args: &ExchangeArgs) -> anyhow::Result<()> {
    let context = paper::bytes_of::<Context>(&args.file)?;
    let update = at.office()?.exchange(context, &new_key()?).map_err(failure)?;
    handed_out(out, &update, args.out.as_deref())
}

/// Writes an update where it is wanted, and says what it does.
pub fn handed_out(out: &Output, update: &IssuedUpdate, file: Option<&Path>) -> anyhow::Result<()> {
    if let Some(file) = file {
        write(file, &update.update)?;
    }
    if out.is_json() {
        return out.value(update);
    }
    let said = match update.is_empty() {
        true => format!("nothing is pending for {}", update.serial),
        false => format!(
            "operations {} to {} for {}:\n  {}",
            update.from_sequence + 1,
            update.to_sequence,
            update.serial,
            update.summary.join("\n  ")
        ),
    };
    match file {
        Some(file) => out.line(&format!("{said}\nwritten to {}", file.display())),
        None => {
            note!("{said}");
            out.line(update.update.trim_end())
        }
    }
}

/// `receipt`
pub fn receipt(at: &Connection, out: &Output, args: &ReceiptArgs) -> anyhow::Result<()> {
    let receipt = paper::bytes_of::<Receipt>(&args.file)?;
    let taken = at.office()?.take_receipt(receipt, &new_key()?).map_err(failure)?;
    let news = match (taken.already_known, taken.confirmed.len(), taken.returned.len()) {
        (true, ..) => "it was known already".to_owned(),
        (_, confirmed, returned) => format!("{confirmed} confirmed, {returned} returned"),
    };
    out.said(
        &taken,
        &format!(
            "{} has applied operation {}: {news}, {} outstanding",
            taken.serial, taken.sequence, taken.outstanding
        ),
    )
}

/// `import`
pub fn import(at: &Connection, out: &Output, args: &ImportArgs) -> anyhow::Result<()> {
    let json = args.file.extension().is_some_and(|extension| extension == "json");
    let kind = if json { "application/json" } else { "text/csv" };
    let asked =
        ImportQuery { what: args.what, dry_run: args.dry_run, skip_faulty: args.skip_faulty };
    let list = read(&args.file)?;
    // Said here: the office stops reading at its limit, and what then breaks looks like a lost connection.
    if list.len() > LIST_MAX {
        let (file, bytes) = (args.file.display(), list.len());
        let why = format!("{file} is {bytes} bytes long, a list has at most {LIST_MAX}");
        return Err(Failure::refused("body-too-large", why).hint("import it in parts").into());
    }
    let report = match at.office()?.import(&asked, kind, list, &new_key()?) {
        Ok(report) => report,
        Err(ApiError::Refused(problem)) if !problem.faults.is_empty() => {
            problem.faults.iter().for_each(|fault| note!("{}", fault_line(&args.file, fault)));
            let message = nothing_taken(problem.faults.len());
            let hint = "mend the list, or take in the rest of it with --skip-faulty";
            let refused = failure(ApiError::Refused(problem));
            return Err(Failure { message, ..refused }.hint(hint).into());
        }
        Err(error) => return Err(failure(error).into()),
    };
    decided(out, report, |report| {
        taken_in(out, &args.file, report)?;
        match report.faults.len() {
            faults if faults > 0 && args.dry_run && !args.skip_faulty => {
                Err(Failure::new(Kind::CheckFailed, at_fault(faults)).into())
            }
            _ => Ok(()),
        }
    })
}

fn taken_in(out: &Output, file: &Path, report: &ImportReport) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(report);
    }
    report.faults.iter().for_each(|fault| note!("{}", fault_line(file, fault)));
    let verb = if report.dry_run { "would be taken in" } else { "taken in" };
    let mut text = format!("{} {verb}, {} unchanged", report.imported, report.unchanged);
    for created in &report.created {
        text.push_str(&format!("\n  {created}"));
    }
    out.line(&text)
}

/// The office speaks of the member of its API, which here is a flag.
fn nothing_taken(faults: usize) -> String {
    format!("{}; nothing was taken in", at_fault(faults))
}

fn at_fault(faults: usize) -> String {
    let places = if faults == 1 { "place is" } else { "places are" };
    format!("{faults} {places} at fault")
}

fn fault_line(file: &Path, fault: &ImportFault) -> String {
    let column = fault.column.as_ref().map(|column| format!(" {column}:")).unwrap_or_default();
    let hint = if fault.hint.is_empty() { String::new() } else { format!(" ({})", fault.hint) };
    format!("{}:{}:{column} {}{hint}", file.display(), fault.line, fault.what)
}

/// `export`
pub fn export(at: &Connection, args: &ExportArgs) -> anyhow::Result<()> {
    let text = at.office()?.export(&args.name).map_err(failure)?;
    match &args.out {
        Some(file) => write(file, &text),
        None => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
    }
}

/// The text of a file, or of standard input for `-`.
pub fn read_text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(file)?)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", file.display())).into())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let bytes = fs::read(file)
        .map_err(|error| Failure::fault(format!("can't read {}: {error}", file.display())))?;
    check_no_private_key(file, &bytes)?;
    Ok(bytes)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text)
        .map_err(|error| Failure::fault(format!("can't write {}: {error}", file.display())).into())
}
