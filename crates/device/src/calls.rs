//! The handlers: three calls that a device needs, and those for looking.
//!
//! Kept here: everything about containers needs the token; health and version do not.
//! Deliberately not here: what happens to a container.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tenure_api::device::{
    ContextQuery, DeviceContainerDetail, DeviceContainers, DoctorAnswer, DocumentForm,
    RECEIPT_MEDIA_TYPE,
};
use tenure_api::{Problem, UpdateAnswer, VersionAnswer};
use tenure_document::{qr_text, read_document};
use tenure_shell::answer::{json, json_bytes};
use tenure_shell::body::File;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::Refused;
use utoipa::ToSchema;

use crate::app::{App, Owner};

/// The containers of this device.
#[utoipa::path(
    get, path = "/api/v1/containers", tag = "containers", operation_id = "list_containers",
    responses((status = 200, description = "All of them", body = DeviceContainers)),
    security(("bearer" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _owner: Owner,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let containers = app.device(|device| device.containers()).await?;
    Ok(json(StatusCode::OK, &DeviceContainers { containers }))
}

/// One container with its content.
#[utoipa::path(
    get, path = "/api/v1/containers/{serial}", tag = "containers", operation_id = "show_container",
    params(("serial" = String, Path, description = "Serial, `T-XXXX-XXXX-XXXX`")),
    responses((status = 200, description = "The container and its items", body = DeviceContainerDetail)),
    security(("bearer" = [])),
)]
pub(crate) async fn detail(
    State(app): State<App>,
    _owner: Owner,
    Path(serial): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let detail = app.device(move |device| device.detail(&serial)).await?;
    Ok(json(StatusCode::OK, &detail))
}

/// The context: what the publisher needs to make an update. A file to send, or the text of a QR code.
#[utoipa::path(
    get, path = "/api/v1/containers/{serial}/context", tag = "containers", operation_id = "get_context",
    params(("serial" = String, Path, description = "Serial"), ContextQuery),
    responses((status = 200, description = "The document", body = String, content_type = "text/plain")),
    security(("bearer" = [])),
)]
pub(crate) async fn context(
    State(app): State<App>,
    _owner: Owner,
    Path(serial): Path<String>,
    Query(query): Query<ContextQuery>,
) -> Result<Response, Refused> {
    let text = app
        .device(move |device| {
            let armored = device.context(&serial)?;
            Ok(match query.form {
                DocumentForm::Armor => armored,
                DocumentForm::Qr => qr_text(&read_document(armored.as_bytes())?)?,
            })
        })
        .await?;
    Ok(file(text, "context.tnr"))
}

/// Apply an update: the bytes of its file, in any form. Repeating it is harmless.
#[utoipa::path(
    post, path = "/api/v1/containers/{serial}/update", tag = "containers", operation_id = "apply_update",
    params(("serial" = String, Path, description = "Serial")),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Applied, or was before; with `Accept: application/vnd.tenure.receipt` the receipt alone",
            body = UpdateAnswer),
        (status = 409, description = "For another container, or out of order", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "Not an update that can be trusted", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    _owner: Owner,
    Path(serial): Path<String>,
    headers: HeaderMap,
    File(bytes): File,
) -> Result<Response, Refused> {
    let answer = app.device(move |device| device.apply(&serial, &bytes)).await?;
    if wants_receipt(&headers) {
        return Ok(file(answer.receipt, "receipt.tnr"));
    }
    Ok(json(StatusCode::OK, &answer))
}

/// The receipt: proof of what was applied. A file to send back.
#[utoipa::path(
    get, path = "/api/v1/containers/{serial}/receipt", tag = "containers", operation_id = "get_receipt",
    params(("serial" = String, Path, description = "Serial")),
    responses((status = 200, description = "The armored document", body = String, content_type = "text/plain")),
    security(("bearer" = [])),
)]
pub(crate) async fn receipt(
    State(app): State<App>,
    _owner: Owner,
    Path(serial): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let text = app.device(move |device| device.receipt(&serial)).await?;
    Ok(file(text, "receipt.tnr"))
}

/// Which traits of the machine match, which changed, and what to do.
#[utoipa::path(
    get, path = "/api/v1/doctor", tag = "containers", operation_id = "doctor",
    responses((status = 200, description = "Every container", body = DoctorAnswer)),
    security(("bearer" = [])),
)]
pub(crate) async fn doctor(
    State(app): State<App>,
    _owner: Owner,
    Query(NoQuery {}): Query<NoQuery>,
) -> Result<Response, Refused> {
    let answer = app.device(|device| device.doctor()).await?;
    Ok(json(StatusCode::OK, &answer))
}

/// Whether the agent answers. It says nothing about containers: that needs the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AgentHealth {
    /// `ok`.
    pub(crate) status: String,
}

/// Whether the agent answers.
#[utoipa::path(
    get, path = "/health", tag = "health", operation_id = "health",
    responses((status = 200, description = "It does", body = AgentHealth)),
)]
pub(crate) async fn health(Query(NoQuery {}): Query<NoQuery>) -> Response {
    json(StatusCode::OK, &AgentHealth { status: "ok".to_owned() })
}

/// What runs here.
#[utoipa::path(
    get, path = "/version", tag = "health", operation_id = "version",
    responses((status = 200, description = "Program and API version", body = VersionAnswer)),
)]
pub(crate) async fn version(Query(NoQuery {}): Query<NoQuery>) -> Response {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    json(
        StatusCode::OK,
        &VersionAnswer { name: "tenure".to_owned(), version, api: "v1".to_owned() },
    )
}

/// This API as OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "health", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(crate) async fn openapi(State(app): State<App>, Query(NoQuery {}): Query<NoQuery>) -> Response {
    json_bytes(StatusCode::OK, app.description())
}

fn wants_receipt(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| value.as_bytes() == RECEIPT_MEDIA_TYPE.as_bytes())
}

fn file(text: String, name: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
