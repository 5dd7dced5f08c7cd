//! The route table: every path of the office's API stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation, so the description and the router can't
//! differ. Deliberately not here: what is answered; pages, which are mounted beside it.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::container::{exchange, reports};
use crate::public;
use crate::staff::{login, users};

/// What the staff asks.
fn staff_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(login::setup))
        .routes(routes!(login::password))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change, users::delete))
}

/// What containers ask: whoever brings what they signed.
fn container_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(exchange::exchange))
        .routes(routes!(reports::receipt))
        .routes(routes!(reports::usage))
}

/// What machines ask about the office itself.
fn public_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(public::health))
        .routes(routes!(public::metrics))
        .routes(routes!(public::version))
        .routes(routes!(public::openapi))
}

fn all() -> OpenApiRouter<App> {
    staff_plane().merge(container_plane()).merge(public_plane())
}

/// The description of the whole API.
pub fn api_description() -> OpenApi {
    description(
        all().into_openapi(),
        About {
            title: "Tenure office",
            text: "A publisher's back office: what is sold, to whom, and in which containers it is. Errors are RFC \
                   9457 problem documents with a stable `code`. Lists take page, size, sort and q. State-changing \
                   requests may carry an Idempotency-Key. Containers prove themselves by the signature of the \
                   document they send, customers by their activation ID, staff by a login.",
            schemes: Vec::new(),
        },
    )
}

/// The same as JSON text.
pub(crate) fn description_text() -> Vec<u8> {
    serde_json::to_vec(&api_description()).unwrap_or_default()
}

/// The router of the API, without anything for paths that are not there.
pub(crate) fn api(app: App) -> Router {
    let (router, _) = all().split_for_parts();
    router.with_state(app)
}

/// The router of a listener: API, pages if there are any, and answers for everything else.
pub(crate) fn router(app: App, pages: Option<Router>) -> Router {
    let api = api(app);
    closed(match pages {
        Some(pages) => api.merge(pages),
        None => api,
    })
}
