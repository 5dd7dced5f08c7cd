//! The model in force: look at it, set it, delete it, check and preview another.
//!
//! Kept here: texts are read outside of the thread that decides, and only good ones come to it. Deliberately not here:
//! the language and what a model does (leasing), versions of the past (`model_history`).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ETAG, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tenure_api::{
    EndingLease, ModelAnswer, ModelCheck, ModelFinding, ModelPreview, ModelQuery, ModelRequest,
    ModelVersionRow, Problem,
};
use tenure_leasing::{Checked, Command, Diagnostic, LeaseRefusal, ModelVersion};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query, revision};
use tenure_shell::problem::{Code, Refused};

use crate::access::{Admin, Read};
use crate::admin::pools::pool_row;
use crate::app::App;
use crate::model_body::ModelBody;
use crate::refusal::{finding, refused};
use crate::reservation_row::unfit_entry;

/// Query of a deletion.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// Leases of its pools go on being renewed.
    keep_leases: Option<bool>,
}

/// The model in force.
#[utoipa::path(
    get, path = "/api/v1/model", tag = "model", operation_id = "show_model",
    responses((status = 200, description = "The model", body = ModelAnswer)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let version = app.query(|leasing, _| leasing.model_version()).await?;
    let version = version.ok_or_else(none_in_force)?;
    let model = answer(&app, version).await?;
    let mut response = json(StatusCode::OK, &model);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", model.version.version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// Put a model in force: its text, or JSON. As a whole or not at all.
#[utoipa::path(
    put, path = "/api/v1/model", tag = "model", operation_id = "set_model",
    params(
        ModelQuery,
        ("If-Match" = Option<String>, Header,
            description = "Only if this version is still in force; \"0\": only if none is"),
    ),
    request_body(content((String = "text/plain"), (ModelRequest = "application/json"))),
    responses(
        (status = 200, description = "In force", body = ModelAnswer),
        (status = 412, description = "Another version is in force", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "Faulty; `findings` tells all that is wrong", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn set(
    State(app): State<App>,
    permit: Permit<Admin>,
    headers: HeaderMap,
    body: ModelBody,
) -> Result<Response, Refused> {
    let expected = revision(&headers)?;
    let (checked, body) = checked(&app, body).await?;
    let findings = usable(&checked, &body.file())?;
    let ModelRequest { text, keep_leases, note, .. } = body.0;
    let set = Command::SetModel { by: permit.by(), text, keep_leases, note, expected };
    app.submit(set, None).await?;
    let version = app.query(|leasing, _| leasing.model_version()).await?;
    let version = version.ok_or_else(none_in_force)?;
    Ok(json(StatusCode::OK, &ModelAnswer { findings, ..answer(&app, version).await? }))
}

/// Have no model any more; what comes back falls to the default pool.
#[utoipa::path(
    delete, path = "/api/v1/model", tag = "model", operation_id = "delete_model",
    params(
        DeleteQuery,
        ("If-Match" = Option<String>, Header, description = "Only if this version is still in force"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 412, description = "Another version is in force", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    permit: Permit<Admin>,
    Query(query): Query<DeleteQuery>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let keep_leases = query.keep_leases.unwrap_or_default();
    let delete =
        Command::DeleteModel { by: permit.by(), keep_leases, expected: revision(&headers)? };
    app.submit(delete, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Tell everything that is wrong with a text, or was hardly meant. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/model/check", tag = "model", operation_id = "check_model", params(ModelQuery),
    request_body(content((String = "text/plain"), (ModelRequest = "application/json"))),
    responses((status = 200, description = "What was found, also where the text is faulty", body = ModelCheck)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn check(
    State(app): State<App>,
    _permit: Permit<Read>,
    body: ModelBody,
) -> Result<Response, Refused> {
    let (checked, body) = checked(&app, body).await?;
    Ok(json(StatusCode::OK, &model_check(&checked, &body.file())))
}

/// What a check of a text that is called `file` answers.
pub fn model_check(checked: &Checked, file: &str) -> ModelCheck {
    let model = checked.model.as_ref();
    ModelCheck {
        usable: model.is_some(),
        name: model.map(|model| model.name().to_owned()),
        pools: model.map_or(0, |model| model.pools().len()) as u64,
        rules: model.map_or(0, |model| model.rules().len()) as u64,
        findings: findings(&checked.findings, file),
    }
}

/// Tell what a model would do if it were put in force now: pools before and after, leases that would end. Changes
/// nothing.
#[utoipa::path(
    post, path = "/api/v1/model/preview", tag = "model", operation_id = "preview_model", params(ModelQuery),
    request_body(content((String = "text/plain"), (ModelRequest = "application/json"))),
    responses(
        (status = 200, description = "What would be", body = ModelPreview),
        (status = 422, description = "Faulty; `findings` tells all that is wrong", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["admin"])),
)]
pub(crate) async fn preview(
    State(app): State<App>,
    _permit: Permit<Admin>,
    body: ModelBody,
) -> Result<Response, Refused> {
    let (checked, body) = checked(&app, body).await?;
    let findings = usable(&checked, &body.file())?;
    let ModelRequest { text, keep_leases, .. } = body.0;
    let preview = app
        .query(move |leasing, now| leasing.preview_model(Some(&text), keep_leases, now))
        .await?
        .map_err(refused)?;
    let answer = ModelPreview {
        before: preview.before.into_iter().map(pool_row).collect(),
        after: preview.after.into_iter().map(pool_row).collect(),
        ending: preview.ending as u64,
        leases: preview.leases.into_iter().map(ending_lease).collect(),
        unfit: preview.unfit.iter().map(unfit_entry).collect(),
        findings,
    };
    Ok(json(StatusCode::OK, &answer))
}

fn ending_lease((row, why): (tenure_leasing::LeaseRow, LeaseRefusal)) -> EndingLease {
    let user = row.holder.user.iter().map(|user| format!(" user {user}"));
    let holder = format!("{}{}", row.holder.host, user.collect::<String>());
    EndingLease {
        id: row.id,
        holder,
        feature: row.feature,
        count: row.count,
        expires_at: row.expires,
        reason: why.code().to_owned(),
        explanation: why.to_string(),
    }
}

/// Reads a text with what the server knows, on a thread that may take its time.
async fn checked(app: &App, body: ModelBody) -> Result<(Checked, ModelBody), Refused> {
    let seen = app.query(|leasing, now| leasing.surroundings(now)).await?;
    app.beside(move |_| (seen.check(&body.0.text), body)).await
}

/// The warnings of a text that can be put in force; else everything that is wrong with it.
fn usable(checked: &Checked, file: &str) -> Result<Vec<ModelFinding>, Refused> {
    let found = findings(&checked.findings, file);
    if checked.model.is_some() {
        return Ok(found);
    }
    Err(crate::refusal::faulty_model(found).into())
}

fn findings(found: &[Diagnostic], file: &str) -> Vec<ModelFinding> {
    found.iter().map(|found| finding(found, file)).collect()
}

pub(super) fn none_in_force() -> Refused {
    refused(tenure_leasing::Refusal::NoModel)
}

/// A version with its text.
pub(super) async fn answer(app: &App, version: u64) -> Result<ModelAnswer, Refused> {
    let found = app
        .query(move |leasing, _| {
            let in_force = leasing.model().filter(|_| leasing.model_version() == Some(version));
            let row = leasing.model_versions().find(|row| row.version == version).cloned();
            (row, in_force.cloned())
        })
        .await?;
    let (Some(row), in_force) = found else {
        return Err(Code::NotFound.says(format!("There is no version {version} of the model.")));
    };
    let Some(text) = row.text.clone() else {
        return Err(
            Code::NotFound.says(format!("The text of version {version} is no longer kept."))
        );
    };
    let read = in_force.or_else(|| tenure_leasing::Model::parse(&text).ok().map(Arc::new));
    Ok(ModelAnswer {
        name: read.as_ref().map(|model| model.name().to_owned()).unwrap_or_default(),
        pools: read.as_ref().map_or(0, |model| model.pools().len()) as u64,
        rules: read.as_ref().map_or(0, |model| model.rules().len()) as u64,
        text: text.to_string(),
        findings: Vec::new(),
        version: version_row(&row),
    })
}

/// A version without its text.
pub(super) fn version_row(row: &ModelVersion) -> ModelVersionRow {
    ModelVersionRow {
        version: row.version,
        by: row.by.clone(),
        at: row.at,
        note: row.note.clone(),
        keep_leases: row.keep_leases,
        hash: row.hash,
        bytes: row.bytes,
        in_force: row.until.is_none(),
        until: row.until,
        deleted_by: row.deleted_by.clone(),
        has_text: row.text.is_some(),
    }
}
