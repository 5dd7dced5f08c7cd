//! The `Idempotency-Key` of a request, and what makes a repeat of it recognizable.
//!
//! Kept here: a repeat is the same principal, key, method, path and body. Deliberately not here: who asks, and
//! how long an answer is kept (the ledger).

use axum::http::request::Parts;
use tenure_api::signature::IDEMPOTENCY_HEADER;
use tenure_ledger::Idempotency;

use crate::extract::header;
use crate::problem::{Code, Refused};

/// Longest idempotency key.
const KEY_LENGTH_MAX: usize = 255;

/// The key as it came.
///
/// # Errors
/// 400 when it is empty, too long, no plain text, or there are two.
pub fn idempotency_key(parts: &Parts) -> Result<Option<&str>, Refused> {
    let key = header(&parts.headers, IDEMPOTENCY_HEADER)?;
    if key.is_some_and(|key| key.is_empty() || key.len() > KEY_LENGTH_MAX) {
        return Err(Code::BadHeader
            .says(format!("`{IDEMPOTENCY_HEADER}` must have 1 to {KEY_LENGTH_MAX} characters.")));
    }
    Ok(key)
}

/// Path and query as they came.
pub fn path_and_query(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |path| path.as_str())
}

/// What makes a repeat recognizable; none without a key.
///
/// # Errors
/// As [`idempotency_key`].
pub fn idempotency(
    parts: &Parts,
    body: &[u8],
    principal: impl FnOnce() -> String,
) -> Result<Option<Idempotency>, Refused> {
    let Some(key) = idempotency_key(parts)? else {
        return Ok(None);
    };
    let method = parts.method.as_str().as_bytes();
    let request = [method, b"\n", path_and_query(parts).as_bytes(), b"\n", body];
    Ok(Some(Idempotency::of_parts(&principal(), key, &request)))
}
