//! Where a visitor goes on after a form: to a page of ours by `GET`, with a cookie, or to a notice.
//!
//! Kept here: nothing that a visitor sends leads to another host or ends a header. Deliberately not here: who the
//! visitor is.

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::backend::Trouble;
use crate::component::{Notice, Tone};

/// Whether a path is one of ours: no scheme, no other host, nothing that ends a header.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Goes on to another page of ours by `GET`.
pub(crate) fn see_other(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// The same answer, which also sets a cookie.
pub(super) fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

/// A notice for a call that was refused.
pub(crate) fn refusal(trouble: &Trouble) -> Notice {
    Notice::new(Tone::Bad, trouble.title(), trouble.detail())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_paths() {
        for own in ["/", "/portal", "/portal/containers/T-1"] {
            assert!(is_own_path(own), "{own}");
        }
        for foreign in
            ["", "portal", "//evil.example", "/\\evil.example", "/a\r\nb", "/ä", "https:/"]
        {
            assert!(!is_own_path(foreign), "{foreign}");
        }
    }
}
