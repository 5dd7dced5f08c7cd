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
use crate::hosts::check;
use crate::portal::{activate, containers as portal_containers, contexts, look_up};
use crate::public;
use crate::staff::{
    activations, approvals, catalog, containers, customers, entitlements, exports, host_keys,
    imports, journal, lines, login, policies, status, usage, users, webhooks,
};

/// What the staff asks.
fn staff_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(login::setup_state, login::setup))
        .routes(routes!(login::password))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change, users::delete))
        .routes(routes!(policies::list, policies::change))
        .routes(routes!(status::status))
        .routes(routes!(journal::journal))
        .routes(routes!(journal::verify))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::detail))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::reject))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::detail, webhooks::change, webhooks::delete))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(usage::list))
        .routes(routes!(usage::days))
        .routes(routes!(imports::import))
        .routes(routes!(exports::export))
}

/// What the staff asks about what is sold and what was bought.
fn sales_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(catalog::products))
        .routes(routes!(catalog::product_detail, catalog::set_product, catalog::retire_product))
        .routes(routes!(catalog::relations, catalog::relate, catalog::unrelate))
        .routes(routes!(catalog::models))
        .routes(routes!(catalog::model_detail, catalog::set_model, catalog::retire_model))
        .routes(routes!(customers::list, customers::create))
        .routes(routes!(customers::detail, customers::update))
        .routes(routes!(customers::forget))
        .routes(routes!(entitlements::list, entitlements::create))
        .routes(routes!(entitlements::detail, entitlements::change))
        .routes(routes!(entitlements::add_order))
        .routes(routes!(entitlements::suspend))
        .routes(routes!(entitlements::resume))
        .routes(routes!(entitlements::withdraw))
        .routes(routes!(lines::extend))
        .routes(routes!(lines::upgrade))
        .routes(routes!(lines::replace))
        .routes(routes!(lines::reduce))
        .routes(routes!(activations::list, activations::assign))
        .routes(routes!(activations::detail))
        .routes(routes!(activations::give_back))
        .routes(routes!(activations::withdraw))
        .routes(routes!(activations::replace))
        .routes(routes!(containers::list))
        .routes(routes!(containers::detail, containers::change))
        .routes(routes!(containers::push_update))
        .routes(routes!(containers::lost))
        .routes(routes!(containers::broken))
        .routes(routes!(containers::rule))
        .routes(routes!(containers::revoke))
        .routes(routes!(containers::refund))
}

/// What the staff asks about host keys.
fn host_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(host_keys::list, host_keys::issue))
        .routes(routes!(host_keys::detail))
        .routes(routes!(host_keys::revoke))
        .routes(routes!(host_keys::file))
        .routes(routes!(host_keys::group, host_keys::change))
        .routes(routes!(host_keys::add))
}

/// What the holder of an activation ID asks.
fn portal_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(look_up::look_up))
        .routes(routes!(look_up::containers))
        .routes(routes!(activate::activate))
        .routes(routes!(portal_containers::give_back))
        .routes(routes!(portal_containers::push_update))
        .routes(routes!(portal_containers::replace))
        .routes(routes!(contexts::read))
}

/// What containers ask, who bring what they signed, and applications licensed by host keys.
fn container_plane() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(exchange::exchange))
        .routes(routes!(reports::receipt))
        .routes(routes!(reports::usage))
        .routes(routes!(check::check))
        .routes(routes!(check::papers))
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
