//! The route table: every path of the office's API stands here once, with its description.
//!
//! Kept here: a route exists only together with its OpenAPI operation, so the description and the router can't
//! differ. Deliberately not here: what is answered; pages, which are mounted beside it.

use axum::Router;
use tenure_shell::fallback::closed;
use tenure_shell::openapi::{About, description};
use tenure_shell::route;
use tenure_shell::route::Routes;
use utoipa::openapi::OpenApi;

use crate::app::App;
use crate::container::{exchange, reports};
use crate::hosts::check;
use crate::portal::{activate, containers as portal_containers, contexts, look_up};
use crate::public;
use crate::staff::{
    activations, approvals, catalog, containers, customers, entitlements, exports, host_keys,
    imports, journal, lines, login, policies, status, usage, users, webhooks,
};

/// What the staff asks.
fn staff_plane() -> Routes<App> {
    Routes::new()
        .route(route!(login::login))
        .route(route!(login::logout))
        .route(route!(login::setup_state, login::setup))
        .route(route!(login::password))
        .route(route!(users::list, users::create))
        .route(route!(users::change, users::delete))
        .route(route!(policies::list, policies::change))
        .route(route!(status::status))
        .route(route!(journal::journal))
        .route(route!(journal::verify))
        .route(route!(approvals::list))
        .route(route!(approvals::detail))
        .route(route!(approvals::approve))
        .route(route!(approvals::reject))
        .route(route!(webhooks::list, webhooks::create))
        .route(route!(webhooks::detail, webhooks::change, webhooks::delete))
        .route(route!(webhooks::rotate))
        .route(route!(webhooks::test))
        .route(route!(webhooks::deliveries))
        .route(route!(usage::list))
        .route(route!(usage::days))
        .route(route!(imports::import))
        .route(route!(exports::export))
}

/// What the staff asks about what is sold and what was bought.
fn sales_plane() -> Routes<App> {
    Routes::new()
        .route(route!(catalog::products))
        .route(route!(catalog::product_detail, catalog::set_product, catalog::retire_product))
        .route(route!(catalog::relations, catalog::relate, catalog::unrelate))
        .route(route!(catalog::models))
        .route(route!(catalog::model_detail, catalog::set_model, catalog::retire_model))
        .route(route!(customers::list, customers::create))
        .route(route!(customers::detail, customers::update))
        .route(route!(customers::forget))
        .route(route!(entitlements::list, entitlements::create))
        .route(route!(entitlements::detail, entitlements::change))
        .route(route!(entitlements::add_order))
        .route(route!(entitlements::suspend))
        .route(route!(entitlements::resume))
        .route(route!(entitlements::withdraw))
        .route(route!(lines::extend))
        .route(route!(lines::upgrade))
        .route(route!(lines::replace))
        .route(route!(lines::reduce))
        .route(route!(activations::list, activations::assign))
        .route(route!(activations::detail))
        .route(route!(activations::give_back))
        .route(route!(activations::withdraw))
        .route(route!(activations::replace))
        .route(route!(containers::list))
        .route(route!(containers::detail, containers::change))
        .route(route!(containers::push_update))
        .route(route!(containers::lost))
        .route(route!(containers::broken))
        .route(route!(containers::rule))
        .route(route!(containers::revoke))
        .route(route!(containers::refund))
        .route(route!(containers::accept))
}

/// What the staff asks about host keys.
fn host_plane() -> Routes<App> {
    Routes::new()
        .route(route!(host_keys::list, host_keys::issue))
        .route(route!(host_keys::detail))
        .route(route!(host_keys::revoke))
        .route(route!(host_keys::file))
        .route(route!(host_keys::group, host_keys::change))
        .route(route!(host_keys::add))
}

/// What the holder of an activation ID asks.
fn portal_plane() -> Routes<App> {
    Routes::new()
        .route(route!(look_up::look_up))
        .route(route!(look_up::containers))
        .route(route!(activate::activate))
        .route(route!(portal_containers::give_back))
        .route(route!(portal_containers::push_update))
        .route(route!(portal_containers::replace))
        .route(route!(contexts::read))
}

/// What containers ask, who bring what they signed, and applications licensed by host keys.
fn container_plane() -> Routes<App> {
    Routes::new()
        .route(route!(exchange::exchange))
        .route(route!(reports::receipt))
        .route(route!(reports::usage))
        .route(route!(check::check))
        .route(route!(check::papers))
}

/// What machines ask about the office itself.
fn public_plane() -> Routes<App> {
    Routes::new()
        .route(route!(public::health))
        .route(route!(public::metrics))
        .route(route!(public::version))
        .route(route!(public::openapi))
}

fn all() -> Routes<App> {
    staff_plane()
        .merge(sales_plane())
        .merge(host_plane())
        .merge(portal_plane())
        .merge(container_plane())
        .merge(public_plane())
}

/// The description of the whole API.
pub fn api_description() -> OpenApi {
    description(
        all().description(),
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
    all().router().with_state(app)
}

/// The router of a listener: API, pages if there are any, and answers for everything else.
pub(crate) fn router(app: App, pages: Option<Router>) -> Router {
    let api = api(app);
    closed(match pages {
        Some(pages) => api.merge(pages),
        None => api,
    })
}
