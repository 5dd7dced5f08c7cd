//! Reading requests: bodies, query strings and path parameters, each refusal a problem document.
//!
//! Kept here: nothing is read past the limits; a JSON error names the member that is wrong; unknown query
//! parameters are refused, not ignored. Deliberately not here: who asks (`access`).

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, IF_MATCH};
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, IgnoredAny};
use tenure_document::{Limits, read_json};

use crate::asked::Asked;
use crate::member::{member_at, offset};
use crate::problem::{Code, Refused};

/// Reads a whole body within its limits of size and time.
pub async fn body_bytes(
    headers: &HeaderMap,
    body: Body,
    size_max: usize,
    time_max: Duration,
) -> Result<Bytes, Refused> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > size_max as u64) {
        return Err(too_large(size_max));
    }
    match tokio::time::timeout(time_max, to_bytes(body, size_max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(fault)) if is_length_limit(&fault) => Err(too_large(size_max)),
        Ok(Err(_)) => {
            Err(Code::MalformedRequest.says("The connection broke while the body was read."))
        }
        Err(_elapsed) => Err(Code::SlowRequest
            .says(format!("The body must arrive within {} seconds.", time_max.as_secs()))),
    }
}

fn too_large(size_max: usize) -> Refused {
    Code::BodyTooLarge.says(format!("A body may have at most {size_max} bytes."))
}

fn is_length_limit(fault: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(fault);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Parses a JSON body that must be declared as JSON.
pub fn json<T: Asked>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Refused> {
    if !is_json(headers) {
        return Err(
            Code::UnsupportedMediaType.says("Send the body as `Content-Type: application/json`.")
        );
    }
    let asked: T = serde_json::from_slice(bytes).map_err(|fault| malformed(bytes, &fault))?;
    if asked.holds_map()
        && let Err(fault) = read_json::<IgnoredAny>(bytes, Limits::PAYLOAD)
    {
        return Err(Code::MalformedRequest.says(fault.to_string()));
    }
    Ok(asked)
}

/// The same, where an empty body stands for the default.
pub fn json_or_default<T: Asked + Default>(
    headers: &HeaderMap,
    bytes: &[u8],
) -> Result<T, Refused> {
    if bytes.is_empty() { Ok(T::default()) } else { json(headers, bytes) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence =
        only.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}

fn malformed(bytes: &[u8], fault: &serde_json::Error) -> Refused {
    let text = fault.to_string();
    let said = text.rsplit_once(" at line ").map_or(text.as_str(), |(said, _)| said);
    let place = format!("line {}, column {}", fault.line(), fault.column());
    let mut member = member_at(bytes, offset(bytes, fault.line(), fault.column()));
    if said.starts_with("missing field") {
        // The object is wrong, not the last member that it has.
        member.truncate(member.rfind('.').unwrap_or(0));
    }
    Code::MalformedRequest.says(match (fault.is_data(), member.is_empty()) {
        (true, false) => format!("`{member}`: {said} ({place})"),
        (true, true) => format!("{said} ({place})"),
        (false, _) => format!("The body is not JSON: {said} ({place})"),
    })
}

/// A query string; unknown parameters are refused when `T` refuses unknown members.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        match AxumQuery::<T>::try_from_uri(&parts.uri) {
            Ok(AxumQuery(value)) => Ok(Self(value)),
            Err(fault) => {
                let text = fault.body_text();
                let said =
                    text.rsplit_once("query string: ").map_or(text.as_str(), |(_, said)| said);
                Err(Code::BadParameter.says(said.to_owned()))
            }
        }
    }
}

/// A query string where none is taken.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Path parameters.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Code::NotFound.says("The path names nothing that can exist here.")),
        }
    }
}

/// The text of one header; refused when it is not plain text or comes more than once.
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    match (first.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        _ => Err(Code::BadHeader.says(format!("`{name}` must come once and be plain text."))),
    }
}

/// The revision that a change expects (`If-Match`, RFC 9110 13.1.1); none where any will do.
pub fn revision(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    match header(headers, IF_MATCH.as_str())? {
        None | Some("*") => Ok(None),
        Some(tag) => tag.trim_matches('"').parse().map(Some).map_err(|_| {
            Code::BadHeader
                .says("`If-Match` is the revision as the server answered it, such as \"3\".")
        }),
    }
}
