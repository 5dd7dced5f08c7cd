//! `tenure ledger`: the ledger of a license server, running or not: prove it, export it, look at it.
//!
//! Invariants: reads only and takes no lock; a damaged entry is named and ends with the exit code of corruption.
//! Deliberately not here: the walk itself (`tenure_ledger`).

use super::paper;
use crate::{exit::Failure, explain, folder};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use comfy_table::Table;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use tenure_ledger::{Audit, Entry, Reader as _, SqliteReader, export, export_line, verify};

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Walk the whole ledger and name the first entry that is altered, missing or reordered.
    Verify(DataArg),
    /// Write the entries as lines of JSON.
    Export(ExportArgs),
    /// Show the last entries, or one of them.
    Show(ShowArgs),
}

/// The data folder.
#[derive(Debug, Args)]
pub struct DataArg {
    /// Data folder of the license server.
    #[arg(long, value_name = "DIR", env = "TENURE_DATA")]
    data: PathBuf,
}

/// Export entries.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    data: DataArg,
    /// The first entry.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    from: u64,
    /// Where they go; standard output when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Show entries.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    data: DataArg,
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
            LedgerCommand::Verify(args) => verify_ledger(&args.data),
            LedgerCommand::Export(args) => export_entries(&args),
            LedgerCommand::Show(args) => show(&args),
        }
    }
}

/// Walks the ledger of a data folder and says what it found.
///
/// # Errors
/// The first damaged entry, as corruption.
fn verify_ledger(data: &Path) -> anyhow::Result<()> {
    let key = folder::public_identity(data)?;
    let mut reader = open(data)?;
    let Audit { entries, documents, head } =
        verify(&mut reader, &key, &mut |_| {}).map_err(explain::ledger)?;
    let Some(head) = head else { return Err(Failure::corrupt("the ledger is empty").into()) };
    println!("the ledger is whole: {entries} entries, {documents} signed documents");
    println!("head: entry {}, {}, {}", head.sequence, head.at, head.hash);
    Ok(())
}

fn open(data: &Path) -> anyhow::Result<SqliteReader> {
    Ok(SqliteReader::open(data).map_err(explain::ledger)?)
}

fn export_entries(args: &ExportArgs) -> anyhow::Result<()> {
    folder::public_identity(&args.data.data)?;
    let mut reader = open(&args.data.data)?;
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let lines = export(&mut reader, args.from, &mut out).map_err(explain::ledger)?;
    out.flush()?;
    if let Some(path) = &args.output {
        println!("{lines} entries written to {}", path.display());
    }
    Ok(())
}

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let data = &args.data.data;
    folder::public_identity(data)?;
    let mut reader = open(data)?;
    let head = reader.head().map_err(explain::ledger)?;
    let end = head.map_or(0, |head| head.sequence + 1);
    let first = args.entry.unwrap_or(end.saturating_sub(args.last));
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
    println!("{}", table(&entries));
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
