//! What is answered where no route stands.
//!
//! Kept here: an unknown path and a wrong method are problem documents that say where to look.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::problem::Code;

/// The router with answers for everything that is none of its routes.
pub fn closed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(nothing_here).method_not_allowed_fallback(wrong_method)
}

async fn nothing_here(request: Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    Code::NoSuchPath
        .says(format!("There is nothing at `{path}`. GET /openapi.json lists what there is."))
        .into_response()
}

async fn wrong_method(request: Request) -> Response {
    let method = request.method();
    Code::MethodNotAllowed
        .says(format!("`{method}` is not possible here; `Allow` lists what is."))
        .into_response()
}
