//! `tenure ledger`: the ledger of a license server, running or not: prove it, export it, look at it; with the archive of
//! its old entries, if named.
//!
//! Invariants: reads only and takes no lock; a damaged entry is named and ends with the exit code of corruption.
//! Deliberately not here: the walk itself (`tenure_ledger`), archiving (`ledger_archive`).

use super::{
    ledger_archive::{ArchiveArgs, RebuildArgs},
    ledger_past::HistoryArgs,
    ledger_source::Source,
    paper, pieces,
};
use crate::{
    exit::{Failure, Kind},
    explain,
};
use clap::{Args, Subcommand};
use comfy_table::Table;
use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};
use tenure_ledger::{Audit, Entry, LedgerError, check_anchor, export, export_line, verify};

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Walk the whole ledger and name the first entry that is altered, missing or reordered.
    Verify(VerifyArgs),
    /// Write the entries as lines of JSON.
    Export(ExportArgs),
    /// Show the last entries, or one of them.
    Show(ShowArgs),
    /// Who held what at an earlier instant.
    History(HistoryArgs),
    /// Move old entries to an archive, while the server is stopped. A running one does so by itself: see `ledger.keep_days` of the configuration.
    Archive(ArchiveArgs),
    /// Make the state anew, from the archive, that a ledger with archived entries begins with: for when a start says that it can't be used.
    Rebuild(RebuildArgs),
}

/// Prove it.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    source: Source,
}

/// Export entries.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    source: Source,
    /// The first entry; as far back as there are any when not given.
    #[arg(long, value_name = "SEQUENCE")]
    from: Option<u64>,
    /// Where they go; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Show entries.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    source: Source,
    /// One entry, with everything in it.
    #[arg(long, value_name = "SEQUENCE")]
    entry: Option<u64>,
    /// How many of the last entries.
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "entry")]
    last: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl LedgerCommand {
    /// Carries out the command.
    ///
    /// # Errors
    /// There is no ledger, or it is damaged.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            LedgerCommand::Verify(args) => verify_ledger(&args.source),
            LedgerCommand::Export(args) => export_entries(&args),
            LedgerCommand::Show(args) => show(&args),
            LedgerCommand::History(args) => args.run(),
            LedgerCommand::Archive(args) => args.run(),
            LedgerCommand::Rebuild(args) => args.run(),
        }
    }
}

/// Walks the ledger, and its archive if named, and says what it found.
///
/// # Errors
/// The first damaged entry, as corruption; archived entries that were not named, as a check that failed.
fn verify_ledger(source: &Source) -> anyhow::Result<()> {
    let (mut reader, key) = source.open()?;
    let found = verify(reader.as_mut(), &key, &mut |_| {}).map_err(explain::ledger)?;
    let Audit { begins, entries, documents, head } = found;
    let Some(head) = head else { return Err(Failure::corrupt("the ledger is empty").into()) };
    let anchor = check_anchor(reader.as_mut(), &key).map_err(explain::ledger)?;
    let what = if source.archive.is_empty() { "the ledger is" } else { "archive and ledger are" };
    let from = if begins > 0 { format!(" from entry {begins} on") } else { String::new() };
    say!("{what} whole{from}: {entries} entries, {documents} signed documents");
    say!("head: entry {}, {}, {}", head.sequence, head.at, head.hash);
    if let Some(anchor) = anchor {
        say!(
            "not looked at: older entries, archived to {} on {}; with --archive they are",
            anchor.archive,
            anchor.archived_at
        );
    } else if begins > 0 {
        let text = format!("entries before {begins} are in none of the folders that were named");
        return Err(Failure::new(Kind::CheckFailed, text)
            .hint("name every folder that entries were archived to, each with --archive")
            .into());
    }
    Ok(())
}

fn export_entries(args: &ExportArgs) -> anyhow::Result<()> {
    let (mut reader, _) = args.source.open()?;
    let from = match args.from {
        Some(from) => from,
        None => reader.beginning().map_err(explain::ledger)?.sequence,
    };
    let mut entries = |out: &mut dyn Write| match export(reader.as_mut(), from, out) {
        // Kept as it is: it may say that the reader of the export went away.
        Err(error @ LedgerError::Io { .. }) => Err(error.into()),
        done => Ok(done.map_err(explain::ledger)?),
    };
    if let Some(path) = &args.output {
        let lines = pieces::write(path, entries)?;
        say!("{lines} entries written to {}", path.display());
        return Ok(());
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    entries(&mut out)?;
    Ok(out.flush()?)
}

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let (mut reader, _) = args.source.open()?;
    let begins = reader.beginning().map_err(explain::ledger)?.sequence;
    let head = reader.head().map_err(explain::ledger)?;
    let end = head.map_or(0, |head| head.sequence + 1);
    let first = args.entry.unwrap_or(end.saturating_sub(args.last).max(begins));
    let most = if args.entry.is_some() { 1 } else { args.last };
    let mut entries: Vec<Entry> = Vec::new();
    while (entries.len() as u64) < most {
        let from = first + entries.len() as u64;
        let left = usize::try_from(most).unwrap_or(usize::MAX) - entries.len();
        let page = reader.read(from, left).map_err(explain::ledger)?;
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    if let (Some(wanted), true) = (args.entry, entries.is_empty()) {
        let why = format!("there is no entry {wanted}; the last one is {}", end.saturating_sub(1));
        return Err(Failure::refused("no-entry", why).into());
    }
    if args.json || args.entry.is_some() {
        let lines = entries.iter().map(export_line).collect::<Result<Vec<_>, _>>();
        let text = lines.map_err(explain::ledger)?.join("\n") + "\n";
        return paper::deliver(&text, None);
    }
    say!("{}", table(&entries));
    Ok(())
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["ENTRY", "TIME", "DOCUMENTS", "EVENTS"]);
    for entry in entries {
        let documents = entry.leaves.len().to_string();
        table.add_row([entry.sequence.to_string(), entry.at.to_string(), documents, events(entry)]);
    }
    table
}

/// The kinds of the events in an entry, as they are stored.
fn events(entry: &Entry) -> String {
    #[derive(serde::Deserialize)]
    struct Stored {
        genesis: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        records: Vec<Record>,
    }
    #[derive(serde::Deserialize)]
    struct Record {
        events: Vec<Kind>,
    }
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
    }
    let Ok(stored) = serde_json::from_slice::<Stored>(&entry.payload) else {
        return "(can't be read)".into();
    };
    if stored.genesis.is_some() {
        return "the beginning".into();
    }
    let mut counted: Vec<(String, u32)> = Vec::new();
    for event in stored.records.into_iter().flat_map(|record| record.events) {
        match counted.last_mut() {
            Some((kind, count)) if *kind == event.kind => *count += 1,
            _ => counted.push((event.kind, 1)),
        }
    }
    let shown = |(kind, count): &(String, u32)| {
        if *count == 1 { kind.clone() } else { format!("{count} x {kind}") }
    };
    counted.iter().map(shown).collect::<Vec<_>>().join(", ")
}
