//! Reservations over HTTP: list, post, edit in place, delete, import, export.
//!
//! Kept here: a group is named by its number or its name; whoever saw a revision may change just that one (`If-Match`);
//! what is exported can be imported unchanged. Deliberately not here: whether a posting fits (leasing).

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ETAG, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tenure_api::{
    FeatureListQuery, ListQuery, Page, Problem, ReservationCheck, ReservationGroup,
    ReservationGroupRequest, ReservationGroupRow, ReservationImport,
};
use tenure_leasing::{Command, Event, Leasing, Refusal, ReservationChange, ReservationGroupId};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Path, Query, revision};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};
use utoipa::IntoParams;

use crate::access::{Read, Reservations};
use crate::app::App;
use crate::call::Call;
use crate::refusal::refused;
use crate::reservation_row::{check_group, exported, group, posting, row, unfit_entry};

/// How a posting treats what is there.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PostQuery {
    /// Seats that others hold now stay with them as long as they renew; otherwise their renewals are refused, newest
    /// first, until the reserved seats are free.
    #[serde(default)]
    keep_leases: bool,
}

/// How an import treats what is there.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// As when posting.
    #[serde(default)]
    keep_leases: bool,
    /// Groups whose name is there already are changed in place; otherwise the import is refused.
    #[serde(default)]
    replace: bool,
}

/// Which groups are exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Only this one, by name or number, as one group instead of a list.
    #[serde(default)]
    group: Option<String>,
}

/// All groups of reservations.
#[utoipa::path(
    get, path = "/api/v1/reservation-groups", tag = "reservations", operation_id = "list_reservation_groups",
    params(FeatureListQuery),
    responses((status = 200, description = "A page of groups", body = Page<ReservationGroupRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<FeatureListQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let feature = query.feature.clone();
    let rows = app.query(move |leasing, _| rows(leasing, feature.as_deref())).await?;
    Ok(json(StatusCode::OK, &paged(rows, &query)?))
}

/// All groups, or those that keep something of a feature.
pub(super) fn rows(leasing: &Leasing, feature: Option<&str>) -> Vec<ReservationGroupRow> {
    let wanted = |group: &tenure_leasing::ReservationStanding| {
        feature.is_none_or(|feature| group.has_feature(feature))
    };
    leasing.reservation_groups().filter(wanted).map(row).collect()
}

/// A page of groups.
pub(super) fn paged(
    rows: Vec<ReservationGroupRow>,
    query: &ListQuery,
) -> Result<Page<ReservationGroupRow>, Refused> {
    const SORTERS: &[Sorter<ReservationGroupRow>] = &[
        ("name", |row| row.name.as_str().into()),
        ("created_at", |row| row.created_at.into()),
        ("changed_at", |row| row.changed_at.into()),
        ("members", |row| row.members.into()),
        ("count", |row| row.count.into()),
        ("reserved", |row| row.reserved.into()),
        ("used", |row| row.used.into()),
        ("unsatisfiable", |row| row.unsatisfiable.into()),
    ];
    page(rows, query, SORTERS, |row| vec![row.name.as_str(), row.id.as_str()])
}

/// Post a group: all of it fits, or nothing is kept and the entries that don't fit are listed.
#[utoipa::path(
    post, path = "/api/v1/reservation-groups", tag = "reservations", operation_id = "create_reservation_group",
    params(PostQuery), request_body = ReservationGroupRequest,
    responses(
        (status = 201, description = "The group, and how it stands", body = ReservationGroup),
        (status = 409, description = "It does not fit (`entries` lists what does not), or the name is taken",
            body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["reservations"])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    permit: Permit<Reservations>,
    Query(query): Query<PostQuery>,
    call: Call,
) -> Result<Response, Refused> {
    let request: ReservationGroupRequest = call.json()?;
    let keep_leases = query.keep_leases;
    let change = ReservationChange::Post { posting: posting(request)?, keep_leases };
    let ids = submit(&app, permit.by(), change, Some(&call)).await?;
    let id = ids.first().copied().ok_or_else(|| Code::Internal.says("Nothing was posted."))?;
    shown(&app, StatusCode::CREATED, id).await
}

/// One group, by number or name, and how each entry stands.
#[utoipa::path(
    get, path = "/api/v1/reservation-groups/{id}", tag = "reservations", operation_id = "show_reservation_group",
    params(("id" = String, Path, description = "Number or name")),
    responses((status = 200, description = "The group", body = ReservationGroup)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let id = find(&app, id).await?;
    shown(&app, StatusCode::OK, id).await
}

/// Change a group in place: it becomes what is sent, and keeps its number and the order of its entries.
#[utoipa::path(
    put, path = "/api/v1/reservation-groups/{id}", tag = "reservations", operation_id = "replace_reservation_group",
    params(
        ("id" = String, Path, description = "Number or name"), PostQuery,
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision"),
    ),
    request_body = ReservationGroupRequest,
    responses(
        (status = 200, description = "The group, and how it stands", body = ReservationGroup),
        (status = 409, description = "It does not fit (`entries` lists what does not), or the name is taken",
            body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["reservations"])),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    permit: Permit<Reservations>,
    Path(id): Path<String>,
    Query(query): Query<PostQuery>,
    headers: HeaderMap,
    Json(request): Json<ReservationGroupRequest>,
) -> Result<Response, Refused> {
    let (id, expected) = (find(&app, id).await?, revision(&headers)?);
    let keep_leases = query.keep_leases;
    let change =
        ReservationChange::Replace { id, posting: posting(request)?, expected, keep_leases };
    submit(&app, permit.by(), change, None).await?;
    shown(&app, StatusCode::OK, id).await
}

/// Delete a group: its seats are free for everybody. Leases go on.
#[utoipa::path(
    delete, path = "/api/v1/reservation-groups/{id}", tag = "reservations",
    operation_id = "delete_reservation_group",
    params(
        ("id" = String, Path, description = "Number or name"),
        ("If-Match" = Option<String>, Header, description = "Only if this is still its revision"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 412, description = "Somebody else has changed it", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["reservations"])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    permit: Permit<Reservations>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (id, expected) = (find(&app, id).await?, revision(&headers)?);
    submit(&app, permit.by(), ReservationChange::Delete { id, expected }, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// All groups as they would be posted: a file to keep, and to import here or elsewhere.
#[utoipa::path(
    get, path = "/api/v1/reservation-groups/export", tag = "reservations", operation_id = "export_reservations",
    params(ExportQuery),
    responses((status = 200, description = "A list of groups, or the one group asked for", body = ReservationImport)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn export(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Refused> {
    let wanted = match query.group {
        Some(group) => Some(find(&app, group).await?),
        None => None,
    };
    let groups = app
        .query(move |leasing, _| {
            let groups = leasing.reservation_groups();
            let groups = groups.filter(|group| wanted.is_none_or(|id| group.group.id == id));
            groups.map(|group| exported(group.group)).collect::<Vec<_>>()
        })
        .await?;
    match wanted {
        None => Ok(json(StatusCode::OK, &groups)),
        Some(id) => {
            Ok(json(StatusCode::OK, groups.first().ok_or_else(|| unknown(&id.to_string()))?))
        }
    }
}

/// Import one group or a list of groups: all of them fit, or nothing is kept.
#[utoipa::path(
    post, path = "/api/v1/reservation-groups/import", tag = "reservations", operation_id = "import_reservations",
    params(ImportQuery), request_body = ReservationImport,
    responses(
        (status = 200, description = "The groups that are new or changed, and how they stand",
            body = Vec<ReservationGroup>),
        (status = 409, description = "It does not fit (`entries` lists what does not), or a name is taken",
            body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = ["reservations"])),
)]
pub(crate) async fn import(
    State(app): State<App>,
    permit: Permit<Reservations>,
    Query(query): Query<ImportQuery>,
    call: Call,
) -> Result<Response, Refused> {
    let request: ReservationImport = call.json()?;
    let postings = request.groups().into_iter().map(posting).collect::<Result<Vec<_>, _>>()?;
    let ImportQuery { keep_leases, replace } = query;
    let change = ReservationChange::Import { postings, replace, keep_leases };
    let ids = submit(&app, permit.by(), change, Some(&call)).await?;
    let groups = app
        .query(move |leasing, _| {
            ids.into_iter()
                .filter_map(|id| leasing.reservation_group(id).map(group))
                .collect::<Vec<_>>()
        })
        .await?;
    Ok(json(StatusCode::OK, &groups))
}

/// What an import would do, and every entry that does not fit; nothing is changed.
#[utoipa::path(
    post, path = "/api/v1/reservation-groups/check", tag = "reservations", operation_id = "check_reservations",
    params(ImportQuery), request_body = ReservationImport,
    responses((status = 200, description = "What would happen", body = ReservationCheck)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn check(
    State(app): State<App>,
    permit: Permit<Read>,
    Query(query): Query<ImportQuery>,
    Json(request): Json<ReservationImport>,
) -> Result<Response, Refused> {
    let requests = request.groups();
    let postings = requests.iter().cloned().map(posting).collect::<Result<Vec<_>, _>>()?;
    let ImportQuery { keep_leases, replace } = query;
    let by = permit.by();
    let answer = app
        .query(move |leasing, now| {
            let groups: Vec<_> =
                requests.iter().map(|one| check_group(leasing, one, replace)).collect();
            if groups.iter().any(|group| group.what == "taken") {
                return Ok(ReservationCheck { fits: false, groups, entries: Vec::new() });
            }
            let change = ReservationChange::Import { postings, replace, keep_leases };
            match leasing.decide(&Command::ChangeReservations { by, change }, now) {
                Ok(_) => Ok(ReservationCheck { fits: true, groups, entries: Vec::new() }),
                Err(Refusal::ReservationsUnfit { entries }) => {
                    let entries = entries.iter().map(unfit_entry).collect();
                    Ok(ReservationCheck { fits: false, groups, entries })
                }
                Err(refusal) => Err(refused(refusal)),
            }
        })
        .await?;
    Ok(json(StatusCode::OK, &answer?))
}

/// Has a change decided; says which groups are new or changed. A posting may be repeated under the key of its call.
async fn submit(
    app: &App,
    by: String,
    change: ReservationChange,
    call: Option<&Call>,
) -> Result<Vec<ReservationGroupId>, Refused> {
    let once = call.map(|call| call.idempotency(|| format!("user:{by}"))).transpose()?;
    let once = once.flatten();
    let outcome = app.submit(Command::ChangeReservations { by, change }, once).await?;
    let groups = outcome.events.iter().flat_map(|event| match event {
        Event::ReservationsSet { groups, .. } => groups.as_slice(),
        _ => &[],
    });
    Ok(groups.map(|group| group.id).collect())
}

async fn shown(app: &App, status: StatusCode, id: ReservationGroupId) -> Result<Response, Refused> {
    let found = app.query(move |leasing, _| leasing.reservation_group(id).map(group)).await?;
    let group = found.ok_or_else(|| unknown(&id.to_string()))?;
    let mut response = json(status, &group);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", group.revision)) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// The group of a number or a name.
async fn find(app: &App, text: String) -> Result<ReservationGroupId, Refused> {
    let name = text.clone();
    let found = app.query(move |leasing, _| leasing.find_reservation_group(&name)).await?;
    found.ok_or_else(|| unknown(&text))
}

fn unknown(text: &str) -> Refused {
    let shown: String = text.chars().take(80).collect();
    Code::NotFound.says(format!("There is no group of reservations {shown:?}."))
}
