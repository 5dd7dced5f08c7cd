//! Client signatures: what a client signs when the administrator demands signed requests.
//!
//! Headers `Tenure-Signature: <key id>.<signature, base64url>` and `Tenure-Date: <RFC 3339>`. The signed bytes bind
//! method, path, date, idempotency key and body, so a recorded request can only be repeated as itself, for the few
//! minutes the server accepts its date, and the idempotency key makes even that harmless.
//! Which keys and dates are accepted, and whether a signature is demanded, is the server's decision.

use tenure_document::Hash;

/// The header that carries a client signature.
pub const SIGNATURE_HEADER: &str = "Tenure-Signature";
/// The header that dates a signed request.
pub const DATE_HEADER: &str = "Tenure-Date";
/// The header that makes a repeated request harmless.
pub const IDEMPOTENCY_HEADER: &str = "Idempotency-Key";

/// The bytes a client signs for one request. `path` is path and query as sent, `date` the text of the date header;
/// a missing idempotency key is empty.
pub fn signed_bytes(
    method: &str,
    path: &str,
    date: &str,
    idempotency_key: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut bytes =
        format!("TENURE-REQUEST-V1\n{method}\n{path}\n{date}\n{idempotency_key}\n").into_bytes();
    bytes.extend_from_slice(Hash::of(body).as_bytes());
    bytes
}

/// Key ID and signature text of a header value.
pub fn split_header(value: &str) -> Option<(&str, &str)> {
    value.split_once('.').filter(|(key, signature)| !key.is_empty() && !signature.is_empty())
}
