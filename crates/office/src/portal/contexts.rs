//! Contexts out of pictures and texts, for people who carry them by hand.
//!
//! Kept here: what is answered was proven by the container's own signature; nothing is recorded. Deliberately not here:
//! reading pictures (whoever composes gives a reader).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::ReadContext;
use tenure_document::{armor, read_document, summarize};
use tenure_shell::answer::json;
use tenure_shell::body::File;
use tenure_shell::problem::{Code, Refused};

use crate::app::App;
use crate::issue;
use crate::refusal::document_refused;

/// Read the context in a picture of a QR code, or in a text, and show what it says.
#[utoipa::path(
    post, path = "/api/v1/contexts/read", tag = "portal", operation_id = "read_context",
    request_body(content = String, description = "PNG, JPEG, or the context in any form of a text",
        content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The context", body = ReadContext),
        (status = 422, description = "There is no context in it", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn read(
    State(app): State<App>,
    headers: HeaderMap,
    File(bytes): File,
) -> Result<Response, Refused> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = match kind.starts_with("image/") {
        true => picture(&app, bytes).await?,
        false => bytes,
    };
    let context = issue::read_context(&app, text.clone()).await?;
    let envelope = read_document(&text).map_err(|error| document_refused(&error))?;
    let summary = summarize(&envelope);
    let answer = ReadContext {
        context: armor(&envelope, &summary),
        serial: context.id.serial(),
        name: context.name.clone(),
        kind: context.kind,
        items: context.items.len() as u64,
        at: context.at,
        summary,
    };
    Ok(json(StatusCode::OK, &answer))
}

async fn picture(app: &App, bytes: Bytes) -> Result<Bytes, Refused> {
    let Some(reader) = app.read_picture.clone() else {
        return Err(Code::UnsupportedMediaType
            .says("This office reads no pictures. Send the context as a file or as text."));
    };
    let text = app.beside(move || reader(&bytes)).await?;
    text.map(Bytes::from).map_err(|why| Code::BadValue.says(format!("{why}.")))
}
