//! The journal, the proof of it, and the state at a past instant.
//!
//! Kept here: all of it is read from the ledger beside the writer, on a blocking thread, one reading at a time,
//! so that it can't hold up a grant. Deliberately not here: what an event means (the leasing floor words it).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{HistoryAnswer, JournalCheck, JournalRow, ListQuery, Page, Problem};
use tenure_document::Time;
use tenure_leasing::{LeaseFilter, LeaseOrder};
use tenure_ledger::LedgerError;

use crate::access::{Permit, Read};
use crate::answer::json;
use crate::app::App;
use crate::extract::{NoQuery, Query};
use crate::list;
use crate::machine::LeasingMachine;
use crate::problem::{Code, Refused};
use crate::row::{feature_row, lease_row};

/// Entries read from the ledger at once.
const PAGE: usize = 500;
/// The most entries one question to the journal looks through.
const ENTRIES_MAX: usize = 20_000;

/// Query of the history.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// The instant, RFC 3339.
    #[param(value_type = String, format = DateTime)]
    at: Time,
}

/// What happened, newest first; `q` searches kind and sentence, `from` and `to` bound the time.
///
/// One question looks through the newest 20,000 entries before `to`.
#[utoipa::path(
    get, path = "/api/v1/journal", tag = "journal", operation_id = "list_journal", params(ListQuery),
    responses((status = 200, description = "A page of events", body = Page<JournalRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn journal(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refused> {
    list::check(&query)?;
    let page = beside(&app, move |app| rows(app, &query)).await??;
    Ok(json(StatusCode::OK, &page))
}

/// Whether the ledger is whole: every entry's hash, link, and signature.
#[utoipa::path(
    get, path = "/api/v1/journal/verify", tag = "journal", operation_id = "verify_journal",
    responses((status = 200, description = "The first damage, or none", body = JournalCheck)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let check = beside(&app, |app| {
        let history = app.engine.history();
        match history.audit() {
            Ok(audit) => Ok(JournalCheck {
                whole: true,
                sequence: audit.head.map_or(0, |head| head.sequence),
                begins: audit.begins,
                head: audit.head.map(|head| head.hash),
                damage: None,
                detail: None,
            }),
            Err(LedgerError::Corrupt(found)) => Ok(JournalCheck {
                whole: false,
                sequence: found.sequence,
                begins: history.begins().unwrap_or_default(),
                head: None,
                damage: Some(found.damage.code().to_owned()),
                detail: Some(found.detail),
            }),
            Err(fault) => Err(unreadable(&fault)),
        }
    })
    .await??;
    Ok(json(StatusCode::OK, &check))
}

/// Who held what at a past instant.
#[utoipa::path(
    get, path = "/api/v1/history", tag = "journal", operation_id = "show_history", params(HistoryQuery),
    responses(
        (status = 200, description = "Usage and leases at that instant", body = HistoryAnswer),
        (status = 404, description = "The ledger begins later", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn history(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(HistoryQuery { at }): Query<HistoryQuery>,
) -> Result<Response, Refused> {
    let answer = beside(&app, move |app| {
        let found = app
            .engine
            .history()
            .state_at::<LeasingMachine>(at)
            .map_err(|fault| unreadable(&fault))?;
        let (machine, head) =
            found.ok_or_else(|| Code::NotFound.says("The ledger begins after that instant."))?;
        let leasing = machine.0;
        // Rights are judged as they were at that instant, by a clock that was right.
        let reading = tenure_container::Reading { wall: at, since_boot_ms: 0 };
        let now = tenure_leasing::Now { at, reading };
        let all = tenure_leasing::Page::ALL;
        let leases = leasing.lease_rows(&LeaseFilter::default(), LeaseOrder::OldestFirst, all).rows;
        Ok::<_, Refused>(HistoryAnswer {
            at,
            sequence: head.sequence,
            features: leasing.feature_rows(now).into_iter().map(feature_row).collect(),
            leases: leases.into_iter().filter(|row| row.expires > at).map(lease_row).collect(),
            figures: Default::default(),
        })
    })
    .await??;
    Ok(json(StatusCode::OK, &answer))
}

/// Runs a reading on a blocking thread.
async fn beside<T: Send + 'static>(
    app: &App,
    read: impl FnOnce(&App) -> T + Send + 'static,
) -> Result<T, Refused> {
    let app = app.clone();
    tokio::task::spawn_blocking(move || read(&app)).await.map_err(|_| {
        Code::Internal.says("The ledger could not be read. The server's log names the cause.")
    })
}

fn unreadable(fault: &LedgerError) -> Refused {
    if let LedgerError::Archived { .. } = fault {
        return Code::Archived.says(format!(
            "{fault}. On the server's machine: tenure ledger show --archive DIR, with that folder."
        ));
    }
    tracing::error!(fault = fault.chain(), "the journal can't be read");
    Code::StorageFailed.says("The ledger can't be read. The server's log names the cause.")
}

/// Walks back from the end until the entries or the limit run out.
fn rows(app: &App, query: &ListQuery) -> Result<Page<JournalRow>, Refused> {
    let history = app.engine.history();
    let head = history.head().map_err(|fault| unreadable(&fault))?;
    let last = match query.to {
        Some(to) => history.sequence_at(to).map_err(|fault| unreadable(&fault))?,
        None => head.map(|head| head.sequence),
    };
    let begins = history.begins().map_err(|fault| unreadable(&fault))?;
    let mut rows = Vec::new();
    let mut end = last.map_or(0, |last| last + 1);
    let mut looked = 0;
    'pages: while end > begins && looked < ENTRIES_MAX {
        let from = end.saturating_sub(PAGE as u64).max(begins);
        let entries = history
            .page::<LeasingMachine>(from, (end - from) as usize)
            .map_err(|fault| unreadable(&fault))?;
        looked += entries.len().max(1);
        for entry in entries.into_iter().rev() {
            if query.from.is_some_and(|from| entry.at < from) {
                break 'pages;
            }
            if query.to.is_some_and(|to| entry.at >= to) {
                continue;
            }
            let events = entry.records.into_iter().flat_map(|record| record.events);
            let of_entry: Vec<JournalRow> = events
                .zip(0..)
                .map(|(event, index)| {
                    crate::row::journal_row(entry.sequence, index, entry.at, &event)
                })
                .filter(|row| matches(row, query))
                .collect();
            rows.extend(of_entry.into_iter().rev());
        }
        end = from;
    }
    Ok(Page::cut(rows, query))
}

fn matches(row: &JournalRow, query: &ListQuery) -> bool {
    let text = query.q.as_deref().is_none_or(|wanted| {
        let wanted = wanted.to_lowercase();
        row.event.contains(&wanted) || row.summary.to_lowercase().contains(&wanted)
    });
    let feature = query.feature.as_deref().is_none_or(|feature| {
        row.data.get("feature").and_then(|value| value.as_str()) == Some(feature)
    });
    text && feature
}
