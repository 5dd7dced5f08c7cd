//! The story of one device or one feature, out of the ledger.
//!
//! Kept here: what was held at the beginning comes out of the state of that instant, everything after it out of
//! the entries; one question reads a bounded number of them and says where it stopped.
//! Deliberately not here: what an event means to them (the leasing floor).

use std::ops::ControlFlow;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use tenure_api::{
    FeatureTimeline, HoldingRow, ListQuery, Page, Problem, TimelineAnswer, TimelineRow,
};
use tenure_document::Time;
use tenure_leasing::{Subject, Timeline};
use tenure_ledger::{History, Journal, LedgerError};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{Path, Query};
use tenure_shell::list::check;
use tenure_shell::problem::{Code, Refused};

use crate::access::Read;
use crate::app::App;
use crate::client::device::host_id;
use crate::machine::LeasingMachine;
use crate::past::{unreadable, unreadable_event};

/// The most entries that one question reads.
const ENTRIES_MAX: u64 = 100_000;
/// The most rows that one question gathers.
const ROWS_MAX: usize = 20_000;
/// The most leases that an answer tells from grant to end.
const HOLDINGS_MAX: usize = 1_000;
/// So far back a story begins where nothing else is said.
const DEFAULT_BACK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Query of a timeline.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// Begins here; a week before its end by default.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Ends before this instant; now by default.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Page, from 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// Rows on a page, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    size: Option<u32>,
}

/// What a device was granted, renewed, gave back and was denied, oldest first; renewals in a row are counted in one.
#[utoipa::path(
    get, path = "/api/v1/devices/{type}/{value}/timeline", tag = "devices", operation_id = "show_device_timeline",
    params(
        ("type" = String, Path, description = "Host ID type, for example STRING"),
        ("value" = String, Path, description = "Host ID value"),
        TimelineQuery,
    ),
    responses(
        (status = 200, description = "The story of the device; empty for one that never asked", body = TimelineAnswer),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path((kind, value)): Path<(String, String)>,
    Query(asked): Query<TimelineQuery>,
) -> Result<Response, Refused> {
    let host = host_id(&kind, &value)?;
    let Told { from, to, complete, rows, holdings, holdings_total } =
        story(&app, Subject::Host(host.clone()), asked).await?;
    let Page { items, page, size, total } = rows;
    let answer = TimelineAnswer {
        host,
        from,
        to,
        complete,
        items,
        page,
        size,
        total,
        holdings,
        holdings_total,
    };
    Ok(json(StatusCode::OK, &answer))
}

/// Who was granted, renewed, gave back and was denied a feature, oldest first; renewals in a row are counted in one.
#[utoipa::path(
    get, path = "/api/v1/features/{name}/timeline", tag = "features", operation_id = "show_feature_timeline",
    params(("name" = String, Path, description = "Feature name"), TimelineQuery),
    responses(
        (status = 200, description = "The story of the feature", body = FeatureTimeline),
        (status = 404, description = "No item of this server has that feature, and nobody asked for it in that time",
            body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "That part of the ledger is archived", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn of_feature(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(feature): Path<String>,
    Query(asked): Query<TimelineQuery>,
) -> Result<Response, Refused> {
    let told = story(&app, Subject::Feature(feature.clone()), asked).await?;
    if told.rows.total == 0 && told.holdings_total == 0 {
        let name = feature.clone();
        let known = app
            .query(move |leasing, now| leasing.feature_rows(now).iter().any(|row| row.name == name))
            .await?;
        if !known {
            return Err(Code::NotFound.says("No item of this server has that feature."));
        }
    }
    let Told { from, to, complete, rows, holdings, holdings_total } = told;
    let Page { items, page, size, total } = rows;
    let answer = FeatureTimeline {
        feature,
        from,
        to,
        complete,
        items,
        page,
        size,
        total,
        holdings,
        holdings_total,
    };
    Ok(json(StatusCode::OK, &answer))
}

/// A story as far as it was read.
struct Told {
    from: Time,
    to: Time,
    complete: bool,
    rows: Page<TimelineRow>,
    holdings: Vec<HoldingRow>,
    holdings_total: u64,
}

async fn story(app: &App, subject: Subject, asked: TimelineQuery) -> Result<Told, Refused> {
    let TimelineQuery { from, to, page, size } = asked;
    let query = ListQuery { page, size, from, to, ..ListQuery::default() };
    check(&query)?;
    let now = app.query(|_, now| now.at).await?;
    let to = to.unwrap_or(Time::from_millis(now.as_millis().saturating_add(1)));
    app.beside(move |app| told(app, subject, (from, to), &query)).await?
}

fn told(
    app: &App,
    subject: Subject,
    (from, to): (Option<Time>, Time),
    query: &ListQuery,
) -> Result<Told, Refused> {
    let history = app.engine.history();
    let wanted = from.unwrap_or(to.minus(DEFAULT_BACK));
    let just_before = Time::from_millis(wanted.as_millis().saturating_sub(1));
    let (before, wanted) = match history.sequence_at(just_before) {
        // Nobody asked for what is archived: the story begins with the ledger.
        Err(LedgerError::Archived { begins, .. }) if from.is_none() => {
            let first = history.page::<LeasingMachine>(begins, 1);
            let first = first.map_err(|fault| unreadable(&fault))?;
            (Some(begins), first.first().map_or(wanted, |entry| entry.at))
        }
        found => (found.map_err(|fault| unreadable(&fault))?, wanted),
    };
    let state = before.map(|sequence| app.past.after(&app.engine, sequence)).transpose()?;
    let mut timeline = Timeline::begin(state.as_deref().map(|machine| &machine.0), subject);
    drop(state);
    let first = before.map_or(0, |sequence| sequence + 1);
    let (reached, complete) = note(history, &mut timeline, first, to)?;
    let (rows, holdings) = timeline.told();
    let to = if complete { to } else { reached.unwrap_or(wanted) };
    Ok(Told {
        from: wanted,
        to,
        complete,
        rows: Page::cut(rows.into_iter().map(row), query),
        holdings_total: holdings.len() as u64,
        holdings: holdings.into_iter().take(HOLDINGS_MAX).map(holding).collect(),
    })
}

/// Notes what happened from entry `first` on until `to`, or until it is enough for one question: the time of the last
/// entry that was noted, and whether that is all.
fn note(
    history: &History,
    timeline: &mut Timeline,
    first: u64,
    to: Time,
) -> Result<(Option<Time>, bool), Refused> {
    let (mut reached, mut complete, mut fault) = (None, true, None);
    let mut each = |entry: Journal<Box<RawValue>>| {
        if entry.at >= to {
            return ControlFlow::Break(());
        }
        complete = entry.sequence - first < ENTRIES_MAX && timeline.len() < ROWS_MAX;
        if !complete {
            return ControlFlow::Break(());
        }
        reached = Some(entry.at);
        for event in entry.records.iter().flat_map(|record| &record.events) {
            if let Err(why) = timeline.note_stored(entry.sequence, entry.at, event.get()) {
                fault = Some(unreadable_event(entry.sequence, &why));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    };
    let walked = history.walk_at_once(first..u64::MAX, &mut each);
    walked.map_err(|fault| unreadable(&fault))?;
    fault.map_or(Ok((reached, complete)), Err)
}

fn holding(held: tenure_leasing::Holding) -> HoldingRow {
    HoldingRow {
        lease: held.lease,
        holder: held.holder,
        feature: held.feature,
        count: held.count,
        from: held.from,
        to: held.to,
        end: held.end.map(str::to_owned),
    }
}

fn row(row: tenure_leasing::TimelineRow) -> TimelineRow {
    TimelineRow {
        sequence: row.sequence,
        at: row.at,
        last_at: row.last,
        what: row.what.to_owned(),
        lease: row.lease,
        denial: row.denial.map(|id| id.to_string()),
        usage: row.usage.map(|id| id.to_string()),
        holder: row.holder,
        feature: row.feature,
        count: row.count,
        times: row.times,
        detail: row.detail,
    }
}
