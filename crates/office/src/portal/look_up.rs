//! What stands under activation IDs, and where it is.
//!
//! Kept here: reading only; unknown IDs are named as they were typed. Deliberately not here: changes (`activate`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{LookUpAnswer, LookUpRequest, PortalContainers};
use tenure_shell::answer::json;
use tenure_shell::body::Json;
use tenure_shell::login::Source;
use tenure_shell::problem::Refused;

use super::gate::{known, unknown};
use crate::app::App;
use crate::rows::portal::{containers as container_rows, entitlement_row};

/// What stands under one or several activation IDs.
#[utoipa::path(
    post, path = "/api/v1/portal/look-up", tag = "portal", operation_id = "look_up",
    request_body = LookUpRequest,
    responses(
        (status = 200, description = "Those that are known", body = LookUpAnswer),
        (status = 404, description = "None of them is known", body = Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many unknown IDs came from here", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn look_up(
    State(app): State<App>,
    source: Source,
    Json(request): Json<LookUpRequest>,
) -> Result<Response, Refused> {
    let found = known(&app, &source, &request.activation_ids).await?;
    if let ([], Some(first)) = (found.ids.as_slice(), found.unknown.first()) {
        return Err(unknown(first));
    }
    let ids = found.ids;
    let entitlements = app
        .query(move |office, now| {
            let seen = office.look_up(&ids, now.at);
            seen.iter().flatten().map(|one| entitlement_row(office, one)).collect()
        })
        .await?;
    Ok(json(StatusCode::OK, &LookUpAnswer { entitlements, unknown: found.unknown }))
}

/// The containers that hold something of activation IDs.
#[utoipa::path(
    post, path = "/api/v1/portal/containers", tag = "portal", operation_id = "portal_containers",
    request_body = LookUpRequest,
    responses(
        (status = 200, description = "The containers", body = PortalContainers),
        (status = 404, description = "None of the IDs is known", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn containers(
    State(app): State<App>,
    source: Source,
    Json(request): Json<LookUpRequest>,
) -> Result<Response, Refused> {
    let found = known(&app, &source, &request.activation_ids).await?;
    if let ([], Some(first)) = (found.ids.as_slice(), found.unknown.first()) {
        return Err(unknown(first));
    }
    let ids = found.ids;
    let containers = app.query(move |office, _| container_rows(office, &ids)).await?;
    Ok(json(StatusCode::OK, &PortalContainers { containers, unknown: found.unknown }))
}
