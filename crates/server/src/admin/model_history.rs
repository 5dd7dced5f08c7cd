//! Versions of the model: all of them, one with its text, two compared, an earlier one put in force again.
//!
//! Kept here: comparing takes bounded time, off the async workers. Deliberately not here: how many texts are kept
//! (leasing).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use similar::{Algorithm, ChangeTag, TextDiff};
use tenure_api::{
    DiffQuery, ListQuery, ModelAnswer, ModelDiff, ModelVersionRow, Page, PageQuery, RollbackRequest,
};
use tenure_leasing::Command;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::list::{Sorter, page};
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, Read};
use crate::admin::model::{answer, none_in_force, version_row};
use crate::app::App;

/// After this long a comparison is given as far as it is found.
const DIFF_TIME_MAX: Duration = Duration::from_secs(2);

/// All versions of the model, the newest first.
#[utoipa::path(
    get, path = "/api/v1/model/history", tag = "model", operation_id = "list_model_versions", params(PageQuery),
    responses((status = 200, description = "A page of versions", body = Page<ModelVersionRow>)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn history(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refused> {
    let query = ListQuery::from(query);
    let rows = app
        .query(|leasing, _| leasing.model_versions().rev().map(version_row).collect::<Vec<_>>())
        .await?;
    const SORTERS: &[Sorter<ModelVersionRow>] = &[
        ("version", |row| row.version.into()),
        ("by", |row| row.by.as_str().into()),
        ("at", |row| row.at.into()),
        ("bytes", |row| row.bytes.into()),
    ];
    let page = page(rows, &query, SORTERS, |row| {
        vec![row.by.as_str(), row.note.as_deref().unwrap_or_default()]
    })?;
    Ok(json(StatusCode::OK, &page))
}

/// One version with its text.
#[utoipa::path(
    get, path = "/api/v1/model/history/{version}", tag = "model", operation_id = "show_model_version",
    params(("version" = u64, Path, description = "Number of the version")),
    responses((status = 200, description = "The version", body = ModelAnswer)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn version(
    State(app): State<App>,
    _permit: Permit<Read>,
    Path(version): Path<u64>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &answer(&app, version).await?))
}

/// What changed from one version to another.
#[utoipa::path(
    get, path = "/api/v1/model/diff", tag = "model", operation_id = "compare_model_versions", params(DiffQuery),
    responses((status = 200, description = "The difference", body = ModelDiff)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn diff(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(query): Query<DiffQuery>,
) -> Result<Response, Refused> {
    let last = app.query(|leasing, _| leasing.model_versions().next_back().map(|v| v.version));
    let to = match query.to {
        Some(to) => to,
        None => last.await?.ok_or_else(none_in_force)?,
    };
    let from = query.from.unwrap_or(to.saturating_sub(1));
    let (older, newer) = (text(&app, from).await?, text(&app, to).await?);
    let compared = app.beside(move |_| compare((from, &older), (to, &newer))).await?;
    Ok(json(StatusCode::OK, &compared))
}

/// Put an earlier version in force again; it becomes a new version.
#[utoipa::path(
    post, path = "/api/v1/model/rollback", tag = "model", operation_id = "roll_back_model",
    request_body = RollbackRequest,
    responses((status = 200, description = "In force", body = ModelAnswer)),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn rollback(
    State(app): State<App>,
    permit: Permit<Admin>,
    Json(request): Json<RollbackRequest>,
) -> Result<Response, Refused> {
    let RollbackRequest { version, keep_leases, note } = request;
    if version == 0 {
        return Err(Code::NotFound.says("Versions count from 1. DELETE /api/v1/model deletes it."));
    }
    let text = text(&app, version).await?.to_string();
    let note = Some(note.unwrap_or_else(|| format!("back to version {version}")));
    let set = Command::SetModel { by: permit.by(), text, keep_leases, note, expected: None };
    app.submit(set, None).await?;
    let now = app.query(|leasing, _| leasing.model_version()).await?.ok_or_else(none_in_force)?;
    Ok(json(StatusCode::OK, &answer(&app, now).await?))
}

/// The text of a version; version 0 is the empty one before the first.
async fn text(app: &App, version: u64) -> Result<Arc<str>, Refused> {
    if version == 0 {
        return Ok(Arc::from(""));
    }
    let found = app
        .query(move |leasing, _| {
            let row = leasing.model_versions().find(|row| row.version == version);
            row.map(|row| row.text.clone())
        })
        .await?;
    match found {
        Some(Some(text)) => Ok(text),
        Some(None) => {
            Err(Code::NotFound.says(format!("The text of version {version} is no longer kept.")))
        }
        None => Err(Code::NotFound.says(format!("There is no version {version} of the model."))),
    }
}

fn compare((from, older): (u64, &str), (to, newer): (u64, &str)) -> ModelDiff {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .timeout(DIFF_TIME_MAX)
        .diff_lines(older, newer);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count() as u64;
    let names = (format!("version {from}"), format!("version {to}"));
    let unified = diff.unified_diff().context_radius(3).header(&names.0, &names.1).to_string();
    ModelDiff {
        from,
        to,
        added: count(ChangeTag::Insert),
        removed: count(ChangeTag::Delete),
        unified,
    }
}
