//! `tenure admin history|explain`: what was, out of the server's ledger.
//!
//! Deliberately not here: how the past is put together; the server folds it and words it, this shows.

use super::{
    connect::Connection,
    devices, features,
    leases::{LEASE_COLUMNS, lease_cells, lease_table},
    list::none_fit,
    output::{Column, Output, count_or_unlimited, instant},
    pools,
    problem::failure,
    queue, records, reservations,
};
use clap::{Args, Subcommand, ValueEnum};
use tenure_api::{HistoryAnswer, HistoryOf, ListQuery, Page};
use tenure_document::{LeaseId, Time};

/// A past instant.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The instant (RFC 3339), such as 2026-11-22T05:41:00Z.
    #[arg(long)]
    at: Time,
    /// One list of that instant; without it features and leases.
    #[arg(long, value_enum)]
    what: Option<What>,
    #[command(flatten)]
    rows: Rows,
}

/// Which list.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Features with seats used and free.
    Features,
    /// Devices that held something.
    Devices,
    /// Leases: who held what.
    Leases,
    /// Requests that had been refused.
    Denials,
    /// What each pool should have had, had, and had in use.
    Pools,
    /// Who waited.
    Queue,
    /// Groups of reservations.
    Reservations,
}

/// Which rows of it.
#[derive(Debug, Args)]
struct Rows {
    /// Page, from 1.
    #[arg(long, requires = "what", value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[arg(long, requires = "what", value_parser = clap::value_parser!(u32).range(1..=1000))]
    size: Option<u32>,
    /// Member to sort by; `-` before it for descending, as in `--sort=-used`.
    #[arg(long, requires = "what", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Only rows that contain this text.
    #[arg(long, short = 'q', requires = "what")]
    query: Option<String>,
    /// Only rows of this feature.
    #[arg(long, requires = "what")]
    feature: Option<String>,
}

/// What is to be explained.
#[derive(Debug, Subcommand)]
pub enum ExplainCommand {
    /// Why a lease was granted, and why from there; also of a lease that has ended.
    Lease {
        /// Lease ID, L-….
        lease: LeaseId,
    },
    /// Why a request was denied, and what would have helped.
    Denial {
        /// Denial ID, D-….
        denial: String,
    },
}

/// `explain lease|denial`
pub fn explain(at: &Connection, out: &Output, command: &ExplainCommand) -> anyhow::Result<()> {
    let client = at.patient_client()?;
    let answer = match command {
        ExplainCommand::Lease { lease } => client.explain_lease(*lease),
        ExplainCommand::Denial { denial } => client.explain_denial(denial),
    }
    .map_err(failure)?;
    out.said(&answer, answer.text.trim_end())
}

/// `history --at`
pub fn history(at: &Connection, out: &Output, args: &HistoryArgs) -> anyhow::Result<()> {
    let client = at.patient_client()?;
    let Some(what) = args.what else {
        let answer = client.history(args.at).map_err(failure)?;
        return if out.is_json() { out.value(&answer) } else { features_and_leases(out, &answer) };
    };
    let Rows { page, size, sort, query, feature } = &args.rows;
    let list = ListQuery {
        page: *page,
        size: *size,
        sort: sort.clone(),
        q: query.clone(),
        feature: feature.clone(),
        ..ListQuery::default()
    };
    let what = match what {
        What::Features => HistoryOf::Features,
        What::Devices => HistoryOf::Devices,
        What::Leases => HistoryOf::Leases,
        What::Denials => HistoryOf::Denials,
        What::Pools => HistoryOf::Pools,
        What::Queue => HistoryOf::Queue,
        What::Reservations => HistoryOf::Reservations,
    };
    let answer = client.history_of(args.at, what, &list).map_err(failure)?;
    if out.is_json() {
        return out.value(&answer);
    }
    headline(out, &answer)?;
    one_list(out, what, answer, &args.rows)
}

fn headline(out: &Output, answer: &HistoryAnswer) -> anyhow::Result<()> {
    out.line(&format!("at {} (ledger entry {})", instant(answer.at), answer.sequence))
}

fn features_and_leases(out: &Output, answer: &HistoryAnswer) -> anyhow::Result<()> {
    headline(out, answer)?;
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

fn one_list(
    out: &Output,
    what: HistoryOf,
    answer: HistoryAnswer,
    rows: &Rows,
) -> anyhow::Result<()> {
    let filters = [("--query", rows.query.clone()), ("--feature", rows.feature.clone())];
    let empty = |all: &str| none_fit(&filters, all);
    let (page, size) = (answer.page.unwrap_or(1), answer.size.unwrap_or(1));
    let total = answer.total.unwrap_or(0);
    match what {
        HistoryOf::Features => {
            let page = Page { items: answer.features, page, size, total };
            out.page(&page, features::COLUMNS, &empty("no features then"), features::cells)
        }
        HistoryOf::Devices => {
            let page = Page { items: answer.devices, page, size, total };
            out.page(
                &page,
                devices::COLUMNS,
                &empty("no device held anything then"),
                devices::cells,
            )
        }
        HistoryOf::Leases => {
            let page = Page { items: answer.leases, page, size, total };
            out.page(&page, LEASE_COLUMNS, &empty("no live leases then"), lease_cells)
        }
        HistoryOf::Denials => {
            let page = Page { items: answer.denials, page, size, total };
            let empty = empty("no denials until then");
            out.page(&page, records::DENIAL_COLUMNS, &empty, records::denial_cells)
        }
        HistoryOf::Pools => pools::pool_rows(out, &answer.pools),
        HistoryOf::Queue => {
            let page = Page { items: answer.queue, page, size, total };
            out.page(&page, queue::COLUMNS, &empty("nobody waited then"), queue::cells)
        }
        HistoryOf::Reservations => {
            let page = Page { items: answer.reservations, page, size, total };
            let empty = empty("nothing was reserved then");
            out.page(&page, reservations::COLUMNS, &empty, reservations::cells)
        }
    }
}
