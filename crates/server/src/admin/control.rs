//! The server as a whole: status, suspend and resume, properties, host IDs.
//!
//! Kept here: properties are what the leasing floor lists; the configuration of the process is not among them,
//! so no request can move a listener or change how one logs in. Deliberately not here: bounds of values.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    HostIds, ListQuery, Page, PageQuery, PropertiesChange, Property, PropertyValues, Status,
    SuspendRequest,
};
use tenure_document::Time;
use tenure_leasing::{Command, PropertyKind, PropertyValue};
use tenure_ledger::{ClockAlarm, Fault};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::{Json, OptionalJson};
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, Read};
use crate::app::App;

/// Alarms older than this are in the journal only.
const ALARM_SHOWN_MS: i64 = 24 * 3600 * 1000;

/// How the server is doing.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "server", operation_id = "show_status",
    responses((status = 200, description = "Status", body = Status)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn status(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    answer(&app).await
}

/// Grant nothing new until resumed; renewals and returns go on.
#[utoipa::path(
    post, path = "/api/v1/suspend", tag = "server", operation_id = "suspend",
    request_body = SuspendRequest,
    responses((status = 200, description = "Status", body = Status)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn suspend(
    State(app): State<App>,
    permit: Permit<Admin>,
    OptionalJson(request): OptionalJson<SuspendRequest>,
) -> Result<Response, Refused> {
    let reason = Some(request.reason).filter(|reason| !reason.is_empty());
    app.submit(Command::Suspend { by: permit.by(), reason }, None).await?;
    answer(&app).await
}

/// Grant again.
#[utoipa::path(
    post, path = "/api/v1/resume", tag = "server", operation_id = "resume",
    responses((status = 200, description = "Status", body = Status)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn resume(
    State(app): State<App>,
    permit: Permit<Admin>,
) -> Result<Response, Refused> {
    app.submit(Command::Resume { by: permit.by() }, None).await?;
    answer(&app).await
}

async fn answer(app: &App) -> Result<Response, Refused> {
    let (seen, now) = app.query(|leasing, now| (leasing.status(now), now.at)).await?;
    let engine = app.engine.status();
    let mut alarms = recent_alarms(app, now).await?;
    alarms.extend(engine.clock_alarms.iter().map(alarm_words));
    if seen.clock_alarm {
        alarms.push(format!(
            "the clock is {} s behind the time that is certain",
            seen.clock_behind_ms / 1000
        ));
    }
    if let Some(until) = seen.reconciling_until {
        alarms.push(format!(
            "the ledger was found to be behind: nothing new is granted until {until}"
        ));
    }
    alarms.extend(app.alarms.sentences());
    Ok(json(
        StatusCode::OK,
        &Status {
            suspended: seen.suspended.is_some(),
            reason: seen.suspended.and_then(|suspension| suspension.reason),
            now,
            sequence: engine.sequence,
            head: engine.head,
            leases: seen.leases as u64,
            degraded: engine.degraded,
            alarms,
        },
    ))
}

/// What the ledger recorded of its clocks during the last day.
async fn recent_alarms(app: &App, now: Time) -> Result<Vec<String>, Refused> {
    let engine = app.engine.clone();
    let asked = tokio::task::spawn_blocking(move || engine.clock_alarms_blocking()).await;
    let recorded = asked.unwrap_or(Err(Fault::Bug))?;
    let since = Time::from_millis(now.as_millis().saturating_sub(ALARM_SHOWN_MS));
    let recent = recorded.iter().filter(|recorded| recorded.at >= since);
    Ok(recent.map(|recorded| alarm_words(&recorded.alarm)).collect())
}

fn alarm_words(alarm: &ClockAlarm) -> String {
    match alarm {
        ClockAlarm::Gap { from, to } => format!("nothing was recorded from {from} to {to}"),
        ClockAlarm::SetBack { floor, wall } => {
            format!("the clock showed {wall} at start, after an entry of {floor}")
        }
        ClockAlarm::Jump { expected, wall } => {
            format!("the clock jumped from {expected} to {wall}")
        }
    }
}

/// All properties with their values, defaults and what each does.
#[utoipa::path(
    get, path = "/api/v1/properties", tag = "server", operation_id = "list_properties", params(PageQuery),
    responses((status = 200, description = "A page of properties", body = Page<Property>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn properties(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    listed(&app, &query).await
}

/// Change properties; `null` returns one to its default.
#[utoipa::path(
    patch, path = "/api/v1/properties", tag = "server", operation_id = "change_properties",
    request_body = PropertiesChange,
    responses((status = 200, description = "All properties", body = Page<Property>)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn set_properties(
    State(app): State<App>,
    permit: Permit<Admin>,
    Json(PropertiesChange(wanted)): Json<PropertiesChange>,
) -> Result<Response, Refused> {
    let changes = property_changes(wanted)?;
    app.submit(Command::SetProperties { by: permit.by(), changes }, None).await?;
    let all = ListQuery { size: Some(tenure_api::list::MAX_SIZE), ..ListQuery::default() };
    listed(&app, &all).await
}

/// New values of properties as the leasing floor takes them.
pub(super) fn property_changes(
    wanted: BTreeMap<String, serde_json::Value>,
) -> Result<BTreeMap<String, Option<PropertyValue>>, Refused> {
    let read = |(key, value): (String, serde_json::Value)| match serde_json::from_value(value) {
        Ok(value) => Ok((key, value)),
        Err(_) => Err(Code::BadValue.says(format!(
            "`{key}`: a property is true or false, a whole number, a text, or null."
        ))),
    };
    wanted.into_iter().map(read).collect()
}

async fn listed(app: &App, query: &ListQuery) -> Result<Response, Refused> {
    let rows = app.query(|leasing, _| leasing.property_rows()).await?;
    let rows = rows
        .into_iter()
        .map(|row| Property {
            name: row.key.to_owned(),
            value: value(&row.value),
            default: value(&row.default),
            editable: row.fixed.is_none(),
            group: row.key.split('.').next().unwrap_or_default().to_owned(),
            description: row.description.to_owned(),
            values: Some(values(row.kind)),
        })
        .collect();
    const SORTERS: &[Sorter<Property>] =
        &[("name", |row| row.name.as_str().into()), ("group", |row| row.group.as_str().into())];
    let page = page(rows, query, SORTERS, |row| vec![row.name.as_str(), row.description.as_str()])?;
    Ok(json(StatusCode::OK, &page))
}

fn values(kind: PropertyKind) -> PropertyValues {
    match kind {
        PropertyKind::Flag { .. } => PropertyValues::Flag,
        PropertyKind::Number { min, max, .. } => PropertyValues::Number { min, max },
        PropertyKind::Word { words } => {
            PropertyValues::Word { words: words.iter().map(|word| (*word).to_owned()).collect() }
        }
        PropertyKind::Names { max } => PropertyValues::Names { max: max as u64 },
        PropertyKind::Fixed { reason } => PropertyValues::Fixed { reason: reason.to_owned() },
    }
}

fn value(value: &PropertyValue) -> serde_json::Value {
    match value {
        PropertyValue::Flag(flag) => (*flag).into(),
        PropertyValue::Number(number) => (*number).into(),
        PropertyValue::Word(word) => word.as_str().into(),
    }
}

/// What identifies the machine the server runs on.
#[utoipa::path(
    get, path = "/api/v1/host-ids", tag = "server", operation_id = "list_host_ids",
    responses((status = 200, description = "Host IDs, most stable first", body = HostIds)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn host_ids(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Response {
    json(StatusCode::OK, &HostIds { host_ids: app.host_ids.clone() })
}
