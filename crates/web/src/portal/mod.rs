//! The portal: what a customer or a technician does with nothing but activation IDs.
//!
//! Kept here: activation IDs never stand in an address; they live in the visitor's session on the server.
//! Every step works with plain forms; the sequence is enter, choose, name the device, check, fetch the update,
//! hand in the receipt.
//! Deliberately not here: any decision. The pages call the portal plane of the REST API and show its answers.

mod bridge;
mod choose;
mod containers;
mod device;
mod door;
mod receipt;
mod visitor;
mod wishes;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use crate::assets::asset;
use crate::backend::Backend;
use crate::headers::secure;
use crate::icon::Icon;
use crate::site::{Area, Entered, SiteOptions, Visit, see_other};
use visitor::{Portal, Visitor};

static AREA: Area = Area {
    name: "License portal",
    cookie: "tenure_portal",
    home: "/portal",
    door: "/portal",
    leave: "/portal/leave",
    leave_words: "Forget my IDs",
    menu: &[
        ("/portal/licenses", "Licenses", Icon::Key),
        ("/portal/containers", "Devices", Icon::Chip),
        ("/portal/receipt", "Receipt", Icon::Up),
    ],
    after_setup: "",
    prefix: "",
    rail: &[],
};

/// Where browsers of other sites may post to: a device's page hands its context over here.
pub const PORTAL_BRIDGE: &str = "/portal/bridge";

/// The portal as a router: `/portal…`, `/assets/…`, `/theme`, and `/`, where most who type an address are customers.
/// `None` when the system has no randomness to give.
pub fn portal(backend: Arc<dyn Backend>, options: SiteOptions) -> Option<Router> {
    let site = Portal::new(backend, &AREA, options)?;
    let router = Router::new()
        .route("/", get(to_start))
        .route("/portal", get(door::start))
        .route("/portal/enter", post(door::enter).get(to_start))
        .route("/portal/add", post(door::add).get(to_licenses))
        .route("/portal/leave", post(door::leave).get(to_start))
        .route("/portal/licenses", get(choose::licenses).post(choose::choose))
        .route("/portal/device", get(device::ask).post(device::give))
        .route("/portal/activate", post(device::activate).get(to_licenses))
        .route("/portal/containers", get(containers::list))
        .route("/portal/containers/{serial}", get(containers::show))
        .route(
            "/portal/containers/{serial}/update",
            post(wishes::update).get(containers::to_container),
        )
        .route(
            "/portal/containers/{serial}/return",
            post(wishes::give_back).get(containers::to_container),
        )
        .route(
            "/portal/containers/{serial}/replace",
            post(wishes::replace).get(containers::to_container),
        )
        .route("/portal/receipt", get(receipt::ask).post(receipt::take))
        .route(PORTAL_BRIDGE, post(bridge::arrive).get(to_start))
        .route("/portal/bridge/activate", post(bridge::activate).get(to_start))
        .route("/portal/{*elsewhere}", get(elsewhere))
        .route("/theme", post(theme))
        .route("/assets/{name}", get(asset))
        .with_state(site)
        .layer(axum::middleware::map_response(secure))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Some(router)
}

async fn to_start() -> Response {
    see_other("/portal")
}

async fn to_licenses() -> Response {
    see_other("/portal/licenses")
}

async fn theme(State(site): State<Portal>, entered: Entered<Visitor>) -> Response {
    site.choose_theme(&entered.form)
}

async fn elsewhere(State(site): State<Portal>, visit: Visit<Visitor>) -> Response {
    site.nothing_here(&visit)
}
