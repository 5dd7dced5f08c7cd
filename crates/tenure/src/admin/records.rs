//! `tenure admin denials|journal`: what happened, from the ledger.
//!
//! Deliberately not here: proof for somebody who does not trust the server; `tenure ledger verify --data DIR` walks the
//! chain of the files themselves.

use super::{
    connect::Connection,
    list::ListFlags,
    output::{Column, Output, holder, instant, instant_or},
    problem::failure,
};
use crate::exit::Failure;
use clap::Subcommand;
use tenure_api::DenialRow;

/// The ledger's events.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Events, one row each, newest first; oldest first with --sort=sequence.
    List(ListFlags),
    /// Have the server walk the ledger's whole hash chain and its signatures.
    Verify,
}

impl From<ListFlags> for JournalCommand {
    fn from(flags: ListFlags) -> JournalCommand {
        JournalCommand::List(flags)
    }
}

/// `denials`
pub fn denials(at: &Connection, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = at.client()?.denials(&flags.list()).map_err(failure)?;
    let empty = "no denials: everybody got what they asked for";
    out.page(&page, DENIAL_COLUMNS, &flags.or_none_fit(empty), denial_cells)
}

/// The columns of denials.
pub(super) const DENIAL_COLUMNS: &[Column] = &[
    Column::Text("id"),
    Column::Text("when"),
    Column::Text("holder"),
    Column::Text("feature"),
    Column::Text("version"),
    Column::Number("count"),
    Column::Text("why"),
    Column::Text("remedy"),
    Column::Text("recovered"),
];

/// One denial.
pub(super) fn denial_cells(row: &DenialRow) -> Vec<String> {
    vec![
        row.id.clone(),
        instant(row.at),
        holder(&row.holder),
        row.feature.clone(),
        row.version.to_string(),
        row.count.to_string(),
        format!("{} [{}]", row.explanation, row.reason),
        row.remedy.as_ref().map_or_else(String::new, |remedy| remedy.text.clone()),
        instant_or(row.recovered_at, ""),
    ]
}

/// `journal …`
pub fn journal(at: &Connection, out: &Output, command: &JournalCommand) -> anyhow::Result<()> {
    match command {
        JournalCommand::List(flags) => {
            let page = at.client()?.journal(&flags.list()).map_err(failure)?;
            let columns = [
                Column::Number("entry"),
                Column::Text("when"),
                Column::Text("event"),
                Column::Text("what happened"),
            ];
            out.page(&page, &columns, &flags.or_none_fit("the journal is empty"), |row| {
                vec![
                    format!("{}.{}", row.sequence, row.index),
                    instant(row.at),
                    row.event.clone(),
                    row.summary.clone(),
                ]
            })
        }
        JournalCommand::Verify => verify(at, out),
    }
}

fn verify(at: &Connection, out: &Output) -> anyhow::Result<()> {
    let check = at.patient_client()?.verify_journal().map_err(failure)?;
    let detail = check.detail.clone().unwrap_or_default();
    if check.whole {
        let head = check.head.map_or_else(String::new, |head| format!(", head {head}"));
        let from = match check.begins {
            0 => String::new(),
            begins => format!("from entry {begins}, before which it is archived, "),
        };
        return out.said(
            &check,
            &format!("the ledger is whole {from}up to entry {}{head}", check.sequence),
        );
    }
    if out.is_json() {
        out.value(&check)?;
    }
    Err(Failure::corrupt(format!("entry {} is damaged: {detail}", check.sequence)).into())
}
