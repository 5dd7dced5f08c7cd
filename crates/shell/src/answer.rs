//! JSON answers.
//!
//! Deliberately not here: statuses of refusals (each shell's own), problems (`problem`).

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde::Serialize;

/// A JSON answer.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    json_bytes(status, text(body))
}

/// The JSON text of an answer. Wire types have string keys only, so writing can't fail.
pub fn text<T: Serialize>(body: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    if serde_json::to_writer(&mut out, body).is_err() {
        out.clear();
    }
    out
}

/// A JSON answer whose bytes are there already.
pub fn json_bytes(status: StatusCode, bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
