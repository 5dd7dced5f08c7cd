//! Pages for people that stand beside an API on the same listener.
//!
//! Kept here: a browser that asks for a page and gets a problem gets it as a page; programs, and whatever is asked of the
//! API, get the problem document. Deliberately not here: how a page looks (the pages bring that with them).

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::problem::PROBLEM_JSON;

/// Largest problem that is shown as a page.
const PROBLEM_MAX: usize = 64 * 1024;

/// A problem as a page: its HTML.
pub type ProblemPage = fn(&Problem) -> String;

/// Pages that stand beside the API.
pub struct Pages {
    /// Their routes.
    pub router: Router,
    /// Exact paths that pages of other sites may send to; their handlers see to it.
    pub open_to_other_sites: &'static [&'static str],
    /// What a browser gets where no page stands, or none can be answered.
    pub problem: ProblemPage,
}

/// Whether a person in a browser asks for a page with this.
pub(crate) fn is_for_eyes(request: &Request<Body>) -> bool {
    !request.uri().path().starts_with("/api/") && takes_html(request.headers())
}

fn takes_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| {
        accept
            .to_str()
            .is_ok_and(|accept| accept.split(',').any(|kind| kind.trim().starts_with("text/html")))
    })
}

/// The answer with its problem as a page; any other answer as it is.
pub(crate) async fn shown(page: ProblemPage, answer: Response) -> Response {
    if answer.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != PROBLEM_JSON) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, PROBLEM_MAX).await.unwrap_or_default();
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.remove(CONTENT_LENGTH);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(CONTENT_TYPE, kind);
    Response::from_parts(parts, Body::from(page(&problem)))
}
