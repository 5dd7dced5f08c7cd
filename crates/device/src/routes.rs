//! The route table of the agent: every path stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation. Deliberately not here: what is answered.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::calls;

fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(calls::list))
        .routes(routes!(calls::detail))
        .routes(routes!(calls::context))
        .routes(routes!(calls::update))
        .routes(routes!(calls::receipt))
        .routes(routes!(calls::doctor))
        .routes(routes!(calls::health))
        .routes(routes!(calls::version))
        .routes(routes!(calls::openapi))
}

/// The description of the agent's API.
pub fn api_description() -> OpenApi {
    let about = About {
        title: "Tenure device agent",
        text: "The containers of one device, for programs and the browser on it. Errors are RFC 9457 problem documents \
               with a stable `code`.",
        schemes: Vec::new(),
    };
    description(all().into_openapi(), about)
}

/// The same as JSON text.
pub(crate) fn description_text() -> Vec<u8> {
    serde_json::to_vec(&api_description()).unwrap_or_default()
}

/// The router.
pub(crate) fn router(app: App) -> Router {
    let (router, _) = all().split_for_parts();
    closed(router).with_state(app)
}

/// The router with pages beside it.
pub(crate) fn with_pages(app: App, pages: Router) -> Router {
    let (router, _) = all().split_for_parts();
    closed(router.with_state(app).merge(pages))
}
