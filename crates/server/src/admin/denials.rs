//! Denials: who was refused what, why, and what would have helped.
//!
//! Kept here: the newest come first; only what the state keeps for display is shown, the journal has them all.
//! Deliberately not here: the wording of reasons and remedies (the leasing floor).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{DenialQuery, DenialRow, ListQuery, Page};
use tenure_leasing::{DenialFilter, DenialId};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use crate::access::Read;
use crate::app::App;
use crate::row::denial_row;

/// The latest denials, newest first; `q` also searches the reason.
#[utoipa::path(
    get, path = "/api/v1/denials", tag = "denials", operation_id = "list_denials", params(DenialQuery),
    responses((status = 200, description = "A page of denials", body = Page<DenialRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<DenialQuery>,
) -> Result<Response, Refused> {
    let reason = query.reason.clone();
    let query = ListQuery::from(query);
    let filter = filter(&query);
    let all = tenure_leasing::Page::ALL;
    let mut rows = app.query(move |leasing, _| leasing.denial_rows(&filter, all)).await?.rows;
    if let Some(reason) = reason {
        rows.retain(|row| row.denied.reason.code() == reason);
    }
    Ok(json(StatusCode::OK, &paged(rows, &query)?))
}

/// The denials that a query is about.
pub(crate) fn filter(query: &ListQuery) -> DenialFilter {
    DenialFilter { feature: query.feature.clone(), ..DenialFilter::default() }
}

/// The page of denials that is asked for, now or of a past instant.
pub(crate) fn paged(
    rows: Vec<tenure_leasing::DenialRow>,
    query: &ListQuery,
) -> Result<Page<DenialRow>, Refused> {
    let (from, to) = (query.from, query.to);
    let within =
        |row: &DenialRow| from.is_none_or(|from| row.at >= from) && to.is_none_or(|to| row.at < to);
    let rows = rows.into_iter().map(denial_row).filter(within).collect();
    const SORTERS: &[Sorter<DenialRow>] = &[
        ("at", |row| row.at.into()),
        ("feature", |row| row.feature.as_str().into()),
        ("reason", |row| row.reason.as_str().into()),
        ("holder", |row| row.holder.host.value.as_str().into()),
        ("user", |row| row.holder.user.as_deref().into()),
    ];
    page(rows, query, SORTERS, |row: &DenialRow| {
        let holder = &row.holder;
        vec![
            row.id.as_str(),
            row.feature.as_str(),
            row.reason.as_str(),
            holder.host.value.as_str(),
            holder.user.as_deref().unwrap_or_default(),
            holder.name.as_deref().unwrap_or_default(),
        ]
    })
}

/// One denial.
#[utoipa::path(
    get, path = "/api/v1/denials/{id}", tag = "denials", operation_id = "show_denial",
    params(("id" = String, Path, description = "Denial ID, for example D-17")),
    responses((status = 200, description = "The denial", body = DenialRow)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let gone = || Code::NotFound.says("No denial of that ID is kept; the latest ones are.");
    let id: DenialId = id.parse().map_err(|_| gone())?;
    let found = app.query(move |leasing, _| leasing.denial_row(id)).await?;
    Ok(json(StatusCode::OK, &found.map(denial_row).ok_or_else(gone)?))
}
