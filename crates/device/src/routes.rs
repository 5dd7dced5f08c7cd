//! The route table of the agent: every path stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation. Deliberately not here: what is answered.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use tenure_shell::route;
use tenure_shell::route::Routes;
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::calls;

fn all() -> Routes<App> {
    Routes::new()
        .route(route!(calls::list))
        .route(route!(calls::detail))
        .route(route!(calls::context))
        .route(route!(calls::update))
        .route(route!(calls::receipt))
        .route(route!(calls::doctor))
        .route(route!(calls::health))
        .route(route!(calls::version))
        .route(route!(calls::openapi))
}

/// The description of the agent's API.
pub fn api_description() -> OpenApi {
    let about = About {
        title: "Tenure device agent",
        text: "The containers of one device, for programs and the browser on it. Errors are RFC 9457 problem documents \
               with a stable `code`.",
        schemes: Vec::new(),
    };
    description(all().description(), about)
}

/// The same as JSON text.
pub(crate) fn description_text() -> Vec<u8> {
    serde_json::to_vec(&api_description()).unwrap_or_default()
}

/// The router.
pub(crate) fn router(app: App) -> Router {
    closed(all().router()).with_state(app)
}

/// The router with pages beside it.
pub(crate) fn with_pages(app: App, pages: Router) -> Router {
    closed(all().router().with_state(app).merge(pages))
}
