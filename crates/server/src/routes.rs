//! The route table: every path of the server stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation, so the description and the router can't
//! differ. Deliberately not here: what is answered.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{
    container, control, denials, devices, explanation, features, history, journal, keys, leases,
    login, model, model_history, office, overview, pools, queue, reports, reservations, series,
    timeline, users, what_if,
};
use crate::app::App;
use crate::client::{chain, checkout, device, lease, ticket, usage};
use crate::options::Plane;
use crate::public;

/// What applications and devices ask.
fn client_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(checkout::checkout))
        .routes(routes!(lease::renew))
        .routes(routes!(lease::renew_many))
        .routes(routes!(checkout::preview))
        .routes(routes!(device::set))
        .routes(routes!(usage::consume))
        .routes(routes!(usage::batch))
        .routes(routes!(usage::undo))
        .routes(routes!(chain::chain))
}

/// What administrators ask.
fn admin_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(login::setup_state, login::setup))
        .routes(routes!(login::password))
        .routes(routes!(features::list))
        .routes(routes!(features::summary))
        .routes(routes!(features::detail))
        .routes(routes!(devices::list))
        .routes(routes!(devices::detail, devices::drop))
        .routes(routes!(leases::list))
        .routes(routes!(queue::list))
        .routes(routes!(denials::list))
        .routes(routes!(denials::detail))
        .routes(routes!(journal::journal))
        .routes(routes!(journal::verify))
        .routes(routes!(journal::verification, journal::begin_verification))
        .routes(routes!(history::history))
        .routes(routes!(explanation::lease))
        .routes(routes!(explanation::denial))
        .routes(routes!(timeline::show))
        .routes(routes!(timeline::of_feature))
        .routes(routes!(series::show))
        .routes(routes!(overview::show))
        .routes(routes!(control::properties, control::set_properties))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change, users::delete))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::revoke))
        .routes(routes!(reservations::list, reservations::create))
        .routes(routes!(reservations::export))
        .routes(routes!(reservations::import))
        .routes(routes!(reservations::check))
        .routes(routes!(reservations::detail, reservations::replace, reservations::delete))
        .routes(routes!(control::host_ids))
        .routes(routes!(container::show))
        .routes(routes!(container::items))
        .routes(routes!(container::context))
        .routes(routes!(container::update))
        .routes(routes!(container::receipt))
        .routes(routes!(office::show))
        .routes(routes!(office::sync))
        .routes(routes!(reports::list, reports::make))
        .routes(routes!(reports::download))
        .routes(routes!(model::show, model::set, model::delete))
        .routes(routes!(model::check))
        .routes(routes!(model::preview))
        .routes(routes!(model_history::history))
        .routes(routes!(model_history::version))
        .routes(routes!(model_history::diff))
        .routes(routes!(model_history::rollback))
        .routes(routes!(pools::list))
        .routes(routes!(control::status))
        .routes(routes!(control::suspend))
        .routes(routes!(control::resume))
        .routes(routes!(what_if::begin, what_if::list))
        .routes(routes!(what_if::show, what_if::cancel))
}

/// What stands on every listener. One lease is looked at and given back by holders and administrators alike.
fn both_planes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lease::show, lease::release))
        .routes(routes!(ticket::show, ticket::cancel))
        .routes(routes!(public::health))
        .routes(routes!(public::metrics))
        .routes(routes!(public::version))
        .routes(routes!(public::openapi))
}

/// The description of the whole API.
pub fn api_description() -> OpenApi {
    let all = client_plane().merge(admin_plane()).merge(both_planes());
    description(all.into_openapi(), about())
}

fn about() -> About {
    let lease = ApiKeyValue::with_description(
        "Authorization",
        "`Lease <token>`: the token that came with the lease",
    );
    About {
        title: "Tenure license server",
        text: "Leases of seats, granted durably. Errors are RFC 9457 problem documents with a stable `code`. Lists take \
               page, size, sort and q. State-changing requests may carry an Idempotency-Key.",
        schemes: vec![("lease", SecurityScheme::ApiKey(ApiKey::Header(lease)))],
    }
}

/// The same as JSON text.
pub(crate) fn description_text() -> Vec<u8> {
    serde_json::to_vec(&api_description()).unwrap_or_default()
}

/// The router of one listener: its planes, pages if there are any, and answers for everything else.
pub(crate) fn router(app: App, plane: Plane, pages: Option<Router>) -> Router {
    let planes = match plane {
        Plane::Both => client_plane().merge(admin_plane()),
        Plane::Client => client_plane(),
        Plane::Admin => admin_plane(),
    };
    let (router, _) = planes.merge(both_planes()).split_for_parts();
    let api = router.with_state(app);
    closed(match pages {
        Some(pages) => api.merge(pages),
        None => api,
    })
}
