//! The journal and the proof of it.
//!
//! Kept here: all of it is read from the ledger beside the writer, on a blocking thread, few readings at a time and one
//! proof, which rests while others want something: it can't hold up a grant or a login. Deliberately not here: what an event means (the leasing floor words it).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::value::RawValue;
use tenure_api::{JournalAudit, JournalCheck, JournalRow, ListQuery, Page};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::list;
use tenure_shell::problem::Refused;

use crate::access::Read;
use crate::app::App;
use crate::audit_job::{Means, proven};
use crate::courtesy::Rests;
use crate::past::{unreadable, unreadable_event};

/// Entries read from the ledger at once.
const PAGE: usize = 500;
/// The most entries one question to the journal looks through.
const ENTRIES_MAX: usize = 20_000;

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
    let page = app.beside(move |app| rows(app, &query)).await??;
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
    let own = app.clone();
    let prove = move || {
        let mut rests = Rests::new(own.engine.pulse(), own.edge.uptime);
        proven(own.engine.history(), &mut |_| rests.rest()).map_err(|fault| unreadable(&fault))
    };
    let check = app.edge.proofs.run(prove).await??;
    Ok(json(StatusCode::OK, &check))
}

/// Begin to check the whole ledger in the background: every entry's hash, link, and signature.
///
/// One check at a time: while one is under way, this tells of that one.
#[utoipa::path(
    post, path = "/api/v1/journal/verification", tag = "journal", operation_id = "begin_verification",
    responses((status = 202, description = "The check that is under way", body = JournalAudit)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn begin_verification(
    State(app): State<App>,
    permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let now = app.query(|_, now| now.at).await?;
    let by = permit.by();
    let audit = app
        .beside(move |app| {
            let history = app.engine.history().apart().map_err(|fault| unreadable(&fault))?;
            let uptime = app.edge.uptime;
            let rests = Rests::new(app.engine.pulse(), uptime);
            app.audits.begin(Means { history, rests, uptime }, by, now)
        })
        .await??;
    Ok(json(StatusCode::ACCEPTED, &audit))
}

/// The latest check of the whole ledger: how far it is, or what it found.
#[utoipa::path(
    get, path = "/api/v1/journal/verification", tag = "journal", operation_id = "show_verification",
    responses((status = 200, description = "The latest check since the server was started", body = JournalAudit)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn verification(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &app.audits.told()))
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
    let mut shown = Shown::of(query);
    let mut end = last.map_or(0, |last| last + 1);
    let mut looked = 0;
    'pages: while end > begins && looked < ENTRIES_MAX {
        let from = end.saturating_sub(PAGE as u64).max(begins);
        let entries = history
            .page_of::<Box<RawValue>>(from, (end - from) as usize)
            .map_err(|fault| unreadable(&fault))?;
        looked += entries.len().max(1);
        for entry in entries.into_iter().rev() {
            if query.from.is_some_and(|from| entry.at < from) {
                break 'pages;
            }
            if query.to.is_some_and(|to| entry.at >= to) {
                continue;
            }
            let events: Vec<_> =
                entry.records.into_iter().flat_map(|record| record.events).zip(0..).collect();
            for (event, index) in events.into_iter().rev() {
                let row = || {
                    let event = serde_json::from_str(event.get())
                        .map_err(|fault| unreadable_event(entry.sequence, &fault))?;
                    Ok(crate::row::journal_row(entry.sequence, index, entry.at, &event))
                };
                shown.take(row)?;
            }
        }
        end = from;
    }
    let (page, size) = (query.page(), query.size());
    Ok(Page { items: shown.rows, page, size, total: shown.total })
}

/// The rows of one page, out of all that come by. An event is read only when somebody looks at its row: most of the time
/// of a page would go into the others.
struct Shown<'q> {
    query: &'q ListQuery,
    first: u64,
    rows: Vec<JournalRow>,
    total: u64,
}

impl<'q> Shown<'q> {
    fn of(query: &'q ListQuery) -> Self {
        let first = u64::from(query.page() - 1) * u64::from(query.size());
        Self { query, first, rows: Vec::new(), total: 0 }
    }

    fn take(&mut self, row: impl FnOnce() -> Result<JournalRow, Refused>) -> Result<(), Refused> {
        let is_chosen = self.query.q.is_some() || self.query.feature.is_some();
        let after = self.first + u64::from(self.query.size());
        let on_page = (self.first..after).contains(&self.total);
        let row = (is_chosen || on_page).then(row).transpose()?;
        if row.as_ref().is_some_and(|row| !matches(row, self.query)) {
            return Ok(());
        }
        self.rows.extend(row.filter(|_| on_page));
        self.total += 1;
        Ok(())
    }
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
