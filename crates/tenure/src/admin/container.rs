//! `tenure admin container`: the ferry of a running license server, by REST instead of by its data folder.
//!
//! Documents go to files or standard output exactly as the server made them.
//! Deliberately not here: what is in a document; `tenure inspect` shows that.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, count_or_unlimited, instant, instant_or},
    problem::failure,
};
use crate::{exit::Failure, offline::paper};
use clap::Subcommand;
use std::{fs, path::PathBuf};
use tenure_api::{
    ContainerAnswer, ItemRow, ListQuery, OfficeStatus, Page, SyncOutcome, SyncRound, UsageReportRow,
};
use tenure_document::Update;

/// What to do with the container.
#[derive(Debug, Subcommand)]
pub enum ContainerCommand {
    /// Serial, generation, sequence, keyset, items.
    Show,
    /// The items it holds.
    Items(ListFlags),
    /// The context document, for the publisher to issue updates to.
    Context {
        /// File to write; standard output by default.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Apply an update file.
    Update {
        /// The publisher's file.
        file: PathBuf,
        /// File to write the receipt to.
        #[arg(long, value_name = "FILE")]
        receipt: Option<PathBuf>,
    },
    /// The publisher's office that the server asks for updates, and how that went.
    Office,
    /// Ask the office for updates now.
    Sync,
    /// A report of use for the publisher: sums by day and feature, without names.
    Usage {
        /// An earlier report, by its number in the list.
        #[arg(long, value_name = "NUMBER", conflicts_with = "list")]
        number: Option<u64>,
        /// The reports that were made, and nothing else.
        #[arg(long)]
        list: bool,
        /// File to write; standard output by default.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// The receipt document: proof of what has been applied.
    Receipt {
        /// File to write; standard output by default.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Carries out the command.
pub fn run(at: &Connection, out: &Output, command: &ContainerCommand) -> anyhow::Result<()> {
    let client = at.client()?;
    match command {
        ContainerCommand::Show => show(out, &client.container().map_err(failure)?),
        ContainerCommand::Office => office(out, &client.office().map_err(failure)?),
        ContainerCommand::Sync => synced(out, &client.sync_with_office().map_err(failure)?),
        ContainerCommand::Usage { list: true, .. } => {
            reports(out, &client.usage_reports(&ListQuery::default()).map_err(failure)?)
        }
        ContainerCommand::Usage { number, output, .. } => {
            let number = match number {
                Some(number) => *number,
                None => client.make_usage_report().map_err(failure)?.to_sequence,
            };
            write_document(out, output.as_ref(), client.usage_report(number).map_err(failure)?)
        }
        ContainerCommand::Items(flags) => {
            items(out, &client.items(&flags.list()).map_err(failure)?, flags)
        }
        ContainerCommand::Context { output } => {
            write_document(out, output.as_ref(), client.context().map_err(failure)?)
        }
        ContainerCommand::Receipt { output } => {
            write_document(out, output.as_ref(), client.receipt().map_err(failure)?)
        }
        ContainerCommand::Update { file, receipt } => {
            let update = paper::bytes_of::<Update>(file)?;
            let answer = client.apply_update(update).map_err(failure)?;
            if let Some(receipt) = receipt {
                fs::write(receipt, &answer.receipt).map_err(|error| {
                    Failure::fault(format!("can't write {}: {error}", receipt.display()))
                })?;
            }
            let sentence = if answer.already_applied {
                format!("nothing new: sequence {} had been applied before", answer.sequence)
            } else {
                format!(
                    "applied {} operations, now at sequence {}",
                    answer.results.len(),
                    answer.sequence
                )
            };
            out.said(&answer, &sentence)
        }
    }
}

fn write_document(out: &Output, file: Option<&PathBuf>, text: String) -> anyhow::Result<()> {
    match file {
        None => out.line(text.trim_end()),
        Some(file) => {
            fs::write(file, &text).map_err(|error| {
                Failure::fault(format!("can't write {}: {error}", file.display()))
            })?;
            out.said(
                &serde_json::json!({"written": file}),
                &format!("written to {}", file.display()),
            )
        }
    }
}

fn show(out: &Output, container: &ContainerAnswer) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(container);
    }
    let certified =
        if container.certified { "yes" } else { "no: apply the publisher's first update" };
    out.facts(&[
        ("serial", container.serial.clone()),
        ("name", container.name.clone()),
        ("container", container.id.to_string()),
        ("generation", container.generation.to_string()),
        ("sequence", container.sequence.to_string()),
        ("items", container.items.to_string()),
        ("keyset version", container.keyset_version.to_string()),
        ("revocation sequence", container.revocation_sequence.to_string()),
        ("certified", certified.to_owned()),
        ("time never below", instant(container.time_high_water)),
    ])
}

fn reports(out: &Output, page: &Page<UsageReportRow>) -> anyhow::Result<()> {
    use Column::{Number, Text};
    let columns = [Number("number"), Text("days before"), Text("made"), Text("office has it")];
    out.page(page, &columns, "no report was made yet", |report| {
        vec![
            report.to_sequence.to_string(),
            instant(report.until),
            instant(report.at),
            if report.taken { "yes" } else { "not by this server" }.to_owned(),
        ]
    })
}

fn office(out: &Output, office: &OfficeStatus) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(office);
    }
    let Some(address) = &office.address else {
        return out.line(
            "no office is configured: set `office.url` in tenure.toml, or carry context and update as files",
        );
    };
    let asks = match office.polls {
        true => format!("every {} s", office.interval_seconds),
        false => "not by itself (property polling.enabled)".to_owned(),
    };
    let last = office.last.as_ref().map_or("none since the server started".to_owned(), |round| {
        format!("{}, {}", instant(round.at), words(round))
    });
    out.facts(&[
        ("office", address.clone()),
        ("asked", asks),
        ("last exchange", last),
        ("failures in a row", office.failures.to_string()),
    ])
}

/// What came of an exchange; one that failed is a failure of the command.
fn synced(out: &Output, round: &SyncRound) -> anyhow::Result<()> {
    if round.outcome == SyncOutcome::Failed {
        if out.is_json() {
            out.value(round)?;
        }
        let code = round.code.clone().unwrap_or_default();
        let failure = match code.as_str() {
            "unreachable" | "untrusted" | "garbled" => Failure::fault(words(round)),
            code => Failure::refused(code.to_owned(), words(round)),
        };
        return Err(failure.into());
    }
    out.said(round, &words(round))
}

fn words(round: &SyncRound) -> String {
    let at = round.sequence.map_or(String::new(), |sequence| format!(", at sequence {sequence}"));
    let receipt = if round.receipt_taken { "" } else { "; the office has no receipt yet" };
    match round.outcome {
        SyncOutcome::Updated => format!("{} operations applied{at}{receipt}", round.applied),
        SyncOutcome::InStep => format!("nothing new{at}"),
        SyncOutcome::Failed => {
            format!("no exchange with the office: {}", round.detail.as_deref().unwrap_or_default())
        }
    }
}

fn items(out: &Output, page: &Page<ItemRow>, flags: &ListFlags) -> anyhow::Result<()> {
    use Column::{Number, Text};
    let columns = [
        Text("item"),
        Text("feature"),
        Text("version"),
        Number("count"),
        Number("used"),
        Text("kind"),
        Text("state"),
        Text("start"),
        Text("expiry"),
    ];
    let empty = "no items: apply an update with `tenure admin container update FILE`";
    out.page(page, &columns, &flags.or_none_fit(empty), |item| {
        vec![
            item.id.clone(),
            item.feature.clone(),
            item.version.to_string(),
            count_or_unlimited(item.count),
            item.used.to_string(),
            item.kind.clone(),
            item.state.clone(),
            instant_or(item.start, ""),
            instant_or(item.expiry, "permanent"),
        ]
    })
}
