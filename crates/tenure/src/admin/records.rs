//! `tenure admin denials|journal|history`: what happened, from the ledger.
//!
//! Deliberately not here: proof that the ledger was not altered; `tenure ledger verify --data DIR` walks the chain on
//! the machine that has it.

use super::{
    connect::Connection,
    leases::lease_table,
    list::ListFlags,
    output::{Column, Output, count_or_unlimited, holder, instant, instant_or},
    problem::failure,
};
use crate::exit::Failure;
use clap::{Args, Subcommand};
use tenure_document::Time;

/// The ledger's events.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Events, one row each; newest first with --sort=-sequence.
    List(ListFlags),
    /// Walk the ledger's hash chain and signatures; needs --data on the server's machine.
    Verify,
}

/// A past instant.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The instant (RFC 3339), such as 2026-11-22T05:41:00Z.
    #[arg(long)]
    at: Time,
}

/// `denials`
pub fn denials(at: &Connection, out: &Output, flags: &ListFlags) -> anyhow::Result<()> {
    let page = at.client()?.denials(&flags.list()).map_err(failure)?;
    use Column::{Number, Text};
    let columns = [
        Text("when"),
        Text("holder"),
        Text("feature"),
        Text("version"),
        Number("count"),
        Text("why"),
        Text("remedy"),
        Text("recovered"),
    ];
    out.page(&page, &columns, "no denials: everybody got what they asked for", |row| {
        vec![
            instant(row.at),
            holder(&row.holder),
            row.feature.clone(),
            row.version.to_string(),
            row.count.to_string(),
            format!("{} [{}]", row.explanation, row.reason),
            row.remedy.as_ref().map_or_else(String::new, |remedy| remedy.text.clone()),
            instant_or(row.recovered_at, ""),
        ]
    })
}

/// `journal …`
pub fn journal(at: &Connection, out: &Output, command: &JournalCommand) -> anyhow::Result<()> {
    match command {
        JournalCommand::List(flags) => {
            let page = at.client()?.journal(&flags.list()).map_err(failure)?;
            let columns = [Column::Number("entry"), Column::Text("when"), Column::Text("event"), Column::Text("what happened")];
            out.page(&page, &columns, "the journal is empty", |row| {
                vec![format!("{}.{}", row.sequence, row.index), instant(row.at), row.event.clone(), row.summary.clone()]
            })
        }
        JournalCommand::Verify => match at.data() {
            Some(data) => crate::offline::verify_ledger(data),
            None => Err(Failure::usage("the chain is verified where the ledger is")
                .hint("run it on the server's machine with --data DIR, or `tenure ledger verify --data DIR`")
                .into()),
        },
    }
}

/// `history --at`
pub fn history(at: &Connection, out: &Output, args: &HistoryArgs) -> anyhow::Result<()> {
    let answer = at.client()?.history(args.at).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    out.line(&format!("at {} (ledger entry {})", instant(answer.at), answer.sequence))?;
    use Column::{Number, Text};
    let columns =
        [Text("feature"), Text("version"), Number("total"), Number("used"), Number("free")];
    out.rows(
        &columns,
        answer.features.iter().map(|row| {
            vec![
                row.name.clone(),
                row.version.to_string(),
                count_or_unlimited(row.total),
                row.used.to_string(),
                count_or_unlimited(row.available),
            ]
        }),
    )?;
    lease_table(out, &answer.leases)
}
