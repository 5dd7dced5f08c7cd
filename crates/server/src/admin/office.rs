//! The office over HTTP: how the exchange with it stands, and having one now.
//!
//! Kept here: an exchange that failed is an answer like any other, with its code. Deliberately not here: the exchange
//! (in_step), where the office is: that is configuration, and no request changes it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{OfficeStatus, Problem, SyncRound};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::problem::Refused;

use crate::access::{Offline, Read};
use crate::app::App;
use crate::in_step;

/// Whether and how often the server asks its publisher's office for updates, and how that went.
#[utoipa::path(
    get, path = "/api/v1/office", tag = "container", operation_id = "show_office",
    responses((status = 200, description = "The office", body = OfficeStatus)),
    security(("bearer" = ["read"]), ()),
)]
pub(crate) async fn show(
    State(app): State<App>,
    _permit: Permit<Read>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &in_step::status(&app).await?))
}

/// Ask the office for updates now.
#[utoipa::path(
    post, path = "/api/v1/office/sync", tag = "container", operation_id = "sync_with_office",
    responses(
        (status = 200, description = "What came of it; `failed` with its code when there was no exchange", body = SyncRound),
        (status = 404, description = "No office is configured", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = ["offline"])),
)]
pub(crate) async fn sync(
    State(app): State<App>,
    _permit: Permit<Offline>,
) -> Result<Response, Refused> {
    Ok(json(StatusCode::OK, &in_step::round(&app).await?))
}
