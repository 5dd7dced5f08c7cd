//! The route table: every path of the server stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation, so the description and the router can't
//! differ. Deliberately not here: what is answered.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use tenure_shell::route;
use tenure_shell::route::Routes;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

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
fn client_plane() -> Routes<App> {
    Routes::new()
        .route(route!(checkout::checkout))
        .route(route!(lease::renew))
        .route(route!(lease::renew_many))
        .route(route!(checkout::preview))
        .route(route!(device::set))
        .route(route!(usage::consume))
        .route(route!(usage::batch))
        .route(route!(usage::undo))
        .route(route!(chain::chain))
}

/// What administrators ask.
fn admin_plane() -> Routes<App> {
    Routes::new()
        .route(route!(login::login))
        .route(route!(login::logout))
        .route(route!(login::setup_state, login::setup))
        .route(route!(login::password))
        .route(route!(features::list))
        .route(route!(features::summary))
        .route(route!(features::detail))
        .route(route!(devices::list))
        .route(route!(devices::detail, devices::drop))
        .route(route!(leases::list))
        .route(route!(queue::list))
        .route(route!(denials::list))
        .route(route!(denials::detail))
        .route(route!(journal::journal))
        .route(route!(journal::verify))
        .route(route!(journal::verification, journal::begin_verification))
        .route(route!(history::history))
        .route(route!(explanation::lease))
        .route(route!(explanation::denial))
        .route(route!(timeline::show))
        .route(route!(timeline::of_feature))
        .route(route!(series::show))
        .route(route!(overview::show))
        .route(route!(control::properties, control::set_properties))
        .route(route!(users::list, users::create))
        .route(route!(users::change, users::delete))
        .route(route!(keys::list, keys::add))
        .route(route!(keys::revoke))
        .route(route!(reservations::list, reservations::create))
        .route(route!(reservations::export))
        .route(route!(reservations::import))
        .route(route!(reservations::check))
        .route(route!(reservations::detail, reservations::replace, reservations::delete))
        .route(route!(control::host_ids))
        .route(route!(container::show))
        .route(route!(container::items))
        .route(route!(container::context))
        .route(route!(container::update))
        .route(route!(container::receipt))
        .route(route!(office::show))
        .route(route!(office::sync))
        .route(route!(reports::list, reports::make))
        .route(route!(reports::download))
        .route(route!(model::show, model::set, model::delete))
        .route(route!(model::check))
        .route(route!(model::preview))
        .route(route!(model_history::history))
        .route(route!(model_history::version))
        .route(route!(model_history::diff))
        .route(route!(model_history::rollback))
        .route(route!(pools::list))
        .route(route!(control::status))
        .route(route!(control::suspend))
        .route(route!(control::resume))
        .route(route!(what_if::begin, what_if::list))
        .route(route!(what_if::show, what_if::cancel))
}

/// What stands on every listener. One lease is looked at and given back by holders and administrators alike.
fn both_planes() -> Routes<App> {
    Routes::new()
        .route(route!(lease::show, lease::release))
        .route(route!(ticket::show, ticket::cancel))
        .route(route!(public::health))
        .route(route!(public::metrics))
        .route(route!(public::version))
        .route(route!(public::openapi))
}

/// The description of the whole API.
pub fn api_description() -> OpenApi {
    let all = client_plane().merge(admin_plane()).merge(both_planes());
    description(all.description(), about())
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
    let api = planes.merge(both_planes()).router().with_state(app);
    closed(match pages {
        Some(pages) => api.merge(pages),
        None => api,
    })
}
