//! What makes a form that is sent twice one act.
//!
//! Kept here: what was refused is another act when it is mended; what may have been done is the same one again.
//! Deliberately not here: what keeps the API from doing it twice.

use axum::http::StatusCode;

use crate::outside::fresh_token;

/// The key of a form that is shown with this status, after the one that was sent.
pub(crate) fn once(sent: &str, status: StatusCode) -> String {
    let may_be_done = status.is_server_error() && !sent.is_empty();
    let kept = may_be_done.then(|| sent.to_owned());
    kept.or_else(fresh_token).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_have_been_done_keeps_its_key() {
        for status in [StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT] {
            assert_eq!(once("k", status), "k");
            assert_ne!(once("", status), "");
        }
        for status in [StatusCode::OK, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY] {
            assert_ne!(once("k", status), "k");
        }
    }
}
