//! The journal and the proof of it.
//!
//! Kept here: all of it is read from the ledger beside the writer, few readings at a time and one proof, so that it can't
//! hold up an exchange or a login; password hashes and what tells who a customer is are not shown, the rest of an event
//! is shown as it is stored.
//! Deliberately not here: what an event means in a sentence (`journal_text`).

use std::ops::ControlFlow;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use tenure_api::{JournalCheck, JournalRow, ListQuery, Page};
use tenure_document::Time;
use tenure_issuing::office::Event;
use tenure_ledger::LedgerError;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::list;
use tenure_shell::problem::{Code, Refused};

use super::journal_text::sentence;
use crate::access::Auditor;
use crate::app::App;
use crate::reading::{backwards, unreadable};

/// The most entries one question to the journal looks through.
const ENTRIES_MAX: usize = 20_000;

/// What happened, newest first; `q` searches kind and sentence, `from` and `to` bound the time.
///
/// One question looks through the newest 20,000 entries before `to`.
#[utoipa::path(
    get, path = "/api/v1/journal", tag = "journal", operation_id = "list_journal", params(ListQuery),
    responses((status = 200, description = "A page of events", body = Page<JournalRow>)),
    security(("bearer" = ["auditor"])),
)]
pub(crate) async fn journal(
    State(app): State<App>,
    _permit: Permit<Auditor>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refused> {
    list::check(&query)?;
    if query.feature.is_some() {
        return Err(Code::BadParameter.says("The journal is not narrowed by `feature`."));
    }
    let page = app.reading(move |app| rows(app, &query)).await??;
    Ok(json(StatusCode::OK, &page))
}

/// Whether the ledger is whole: every entry's hash, link, and signature.
#[utoipa::path(
    get, path = "/api/v1/journal/verify", tag = "journal", operation_id = "verify_journal",
    responses((status = 200, description = "The first damage, or none", body = JournalCheck)),
    security(("bearer" = ["auditor"])),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    _permit: Permit<Auditor>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let own = app.clone();
    let check = app.edge.proofs.run(move || checked(&own)).await??;
    Ok(json(StatusCode::OK, &check))
}

fn checked(app: &App) -> Result<JournalCheck, Refused> {
    let history = app.engine.history();
    match history.audit(&mut |_| {}) {
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
}

fn rows(app: &App, query: &ListQuery) -> Result<Page<JournalRow>, Refused> {
    let wanted = query.q.as_deref().map(str::to_lowercase);
    let mut rows = Vec::new();
    backwards(app, query.to, ENTRIES_MAX, |sequence, at, index, event| {
        if query.from.is_some_and(|from| at < from) {
            return ControlFlow::Break(());
        }
        if query.to.is_none_or(|to| at < to) {
            let row = row(sequence, index, at, &event);
            let fits = wanted.as_deref().is_none_or(|wanted| {
                row.event.contains(wanted) || row.summary.to_lowercase().contains(wanted)
            });
            if fits {
                rows.push(row);
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(Page::cut(rows, query))
}

fn row(sequence: u64, index: u32, at: Time, event: &Event) -> JournalRow {
    let mut data = serde_json::to_value(event).unwrap_or_default();
    let kind = data.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    hide(&mut data);
    JournalRow { sequence, index, at, event: kind, summary: sentence(event), data }
}

/// Takes out what must not be shown, wherever it stands.
fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("password_hash");
            members.remove("facts");
            members.remove("salt");
            members.values_mut().for_each(hide);
        }
        Value::Array(values) => values.iter_mut().for_each(hide),
        _ => {}
    }
}
