//! A context goes in, an update comes out.
//!
//! Kept here: the same context gets the same update, however often it is sent; what the context says is recorded before
//! anything is answered. Deliberately not here: the way from one to the other (`issue`).

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tenure_api::Problem;
use tenure_api::office::IssuedUpdate;
use tenure_api::office::exchange::UPDATE_MEDIA_TYPE;
use tenure_issuing::office::Asker;
use tenure_shell::answer::json;
use tenure_shell::body::whole;
use tenure_shell::idempotency::idempotency;
use tenure_shell::problem::Refused;

use crate::app::App;
use crate::issue;

/// Send a container's context, get its update.
#[utoipa::path(
    post, path = "/api/v1/exchange", tag = "containers", operation_id = "exchange",
    request_body(content = String, description = "The context: armored, JSON or the text of a QR code",
        content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The update; as text alone where `Accept` asks for it", content(
            (IssuedUpdate = "application/json"), (String = "application/vnd.tenure.update"),
        )),
        (status = 409, description = "The container's history does not fit, or it is given up", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn exchange(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, bytes) = whole(request, &app.edge).await?;
    let context = issue::read_context(&app, bytes.clone()).await?;
    let key = idempotency(&parts, &bytes, || format!("container:{}", context.id))?;
    let by = Asker::Container(context.id);
    let answer = match issue::exchange(&app, &context, by, Vec::new(), key).await {
        Ok(outcome) => {
            let finding = issue::finding(&outcome.events);
            issue::issued(&app, context.id, Some(&context), Some(finding)).await?
        }
        Err(refused) => issue::farewell(&app, &context).await?.ok_or(refused)?,
    };
    Ok(update_answer(&parts.headers, answer))
}

/// The update as JSON, or alone where that was asked for.
pub(crate) fn update_answer(asked: &HeaderMap, answer: IssuedUpdate) -> Response {
    if !wants_text(asked) {
        return json(StatusCode::OK, &answer);
    }
    let name = format!("attachment; filename=\"{}\"", answer.file_name);
    let mut response = Bytes::from(answer.update).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(UPDATE_MEDIA_TYPE));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn wants_text(asked: &HeaderMap) -> bool {
    let accepted = asked.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(UPDATE_MEDIA_TYPE)
    })
}
