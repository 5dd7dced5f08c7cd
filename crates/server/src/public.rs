//! Health, metrics, version and the API's own description: for machines, without a login.
//!
//! Kept here: health says in one word whether grants are served, and why not; metrics tell figures and feature
//! names, no users and no devices. Deliberately not here: anything that changes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use tenure_api::VersionAnswer;
use tenure_document::Time;
use tenure_shell::answer::{json, json_bytes};
use tenure_shell::extract::{NoQuery, Query};
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::state_metrics::{Figures, state_registry};
use crate::wire::{HealthReport, Standing};

/// Whether grants are served: ledger, disk, container and certificate.
#[utoipa::path(
    get, path = "/health", tag = "health", operation_id = "health",
    responses(
        (status = 200, description = "Grants are served", body = HealthReport),
        (status = 503, description = "They are not; `reason` says why", body = HealthReport),
    ),
)]
pub(crate) async fn health(State(app): State<App>, Query(NoQuery {}): Query<NoQuery>) -> Response {
    let engine = app.engine.status();
    let container = app
        .query(|leasing, now| {
            let status = leasing.status(now);
            let container = leasing.container();
            Standing {
                certified: container.certificate().is_some(),
                revoked: container.is_revoked(),
                clock_behind: container.is_clock_behind(),
                items: u32::try_from(container.items().len()).unwrap_or(u32::MAX),
                suspended: status.suspended.is_some(),
            }
        })
        .await;
    let report = HealthReport::of(&engine, container, &app.edge.certificate_states());
    let status = if report.serves() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &report)
}

/// Figures for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(
    State(app): State<App>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let engine = app.engine.status();
    let polls = app.waiters.len();
    let figures = app
        .query(move |leasing, now| {
            let status = leasing.status(now);
            let denials = leasing.denial_counts([Time::EARLIEST; 2]).reasons.into_iter();
            let denials = denials.map(|(reason, [kept, _])| (reason.code(), kept)).collect();
            let (leases, devices) = (status.leases, status.devices);
            let queue = leasing.queue_lengths();
            Figures { features: leasing.feature_rows(now), leases, devices, denials, queue, polls }
        })
        .await
        .ok();
    let registry = state_registry(&engine, &app.alarms, figures.as_ref());
    let text = app
        .edge
        .metrics
        .text(&registry)
        .map_err(|_| Code::Internal.says("The figures can't be written."))?;
    let mut response = text.into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    Ok(response)
}

/// What runs here.
#[utoipa::path(
    get, path = "/version", tag = "health", operation_id = "version",
    responses((status = 200, description = "Program and API version", body = VersionAnswer)),
)]
pub(crate) async fn version(Query(NoQuery {}): Query<NoQuery>) -> Response {
    json(
        StatusCode::OK,
        &VersionAnswer {
            name: "tenure".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            api: "v1".to_owned(),
        },
    )
}

/// This API as OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "health", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn openapi(State(app): State<App>, Query(NoQuery {}): Query<NoQuery>) -> Response {
    json_bytes(StatusCode::OK, app.api_description())
}
