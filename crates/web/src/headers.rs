//! The security headers of every page.
//!
//! Kept here: no script, style, image or frame from anywhere but this server, and none within the page's text;
//! forms go nowhere else, except from the two pages of the bridge, which name the one origin they go to.
//! Referrer policy is `same-origin`, not `no-referrer`: under the latter browsers send `Origin: null` with
//! forms, and the origin check would refuse our own.

use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::Response;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Where else the forms of one answer may go: an origin, `https://office.example`.
#[derive(Debug, Clone)]
pub(crate) struct FormsGoTo(pub(crate) String);

/// Gives an answer the headers it does not have.
pub(crate) async fn secure(mut response: Response) -> Response {
    let goes_to = response.extensions_mut().remove::<FormsGoTo>();
    let policy = match &goes_to {
        None => HeaderValue::from_static(POLICY),
        Some(FormsGoTo(origin)) => HeaderValue::from_str(&format!("{POLICY} {origin}"))
            .unwrap_or(HeaderValue::from_static(POLICY)),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let isolate = HeaderValue::from_static("same-origin");
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), isolate.clone());
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), isolate);
    let permissions = HeaderValue::from_static("camera=(), geolocation=(), microphone=()");
    headers.insert(HeaderName::from_static("permissions-policy"), permissions);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
