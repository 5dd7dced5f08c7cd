//! The page of a device: what a technician sees in a browser on, or beside, the device.
//!
//! Kept here: the agent's token is typed once and lives in a session on the device; every word of the page comes
//! from the agent's three calls and its doctor. The two directions of the bridge are forms.
//! Deliberately not here: what an update does (the agent applies it or says why not).

mod act;
mod bridge;
mod door;
mod look;
mod technician;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use crate::assets::asset;
use crate::backend::Backend;
use crate::headers::secure;
use crate::icon::Icon;
use crate::site::{Area, Entered, Site, SiteOptions, see_other};
use technician::{Page, Technician};

pub use technician::DEVICE_BRIDGE;

pub(crate) static DEVICE: Area = Area {
    name: "Device licenses",
    cookie: "tenure_device",
    home: "/",
    door: "/sign-in",
    leave: "/sign-out",
    leave_words: "Sign out",
    menu: &[("/", "Licenses", Icon::Key), ("/doctor", "Check-up", Icon::Pulse)],
    after_setup: "",
    prefix: "",
    rail: &[],
};

/// The device's page as a router: `/`, `/sign-in`, `/containers/…`, `/doctor`, `/bridge/…`, `/assets/…`, `/theme`.
/// `None` when the system has no randomness to give.
pub fn device(backend: Arc<dyn Backend>, options: SiteOptions) -> Option<Router> {
    let site = Site::new(backend, &DEVICE, options)?;
    let page = Page { site, bridges: Arc::default() };
    let router = Router::new()
        .route("/", get(look::home))
        .route("/sign-in", get(door::ask).post(door::sign_in))
        .route("/sign-out", post(door::sign_out).get(to_home))
        .route("/containers/{serial}", get(look::container))
        .route("/containers/{serial}/context", get(look::context))
        .route("/containers/{serial}/context.tnr", get(act::context_file))
        .route("/containers/{serial}/receipt.tnr", get(act::receipt_file))
        .route("/containers/{serial}/update", post(act::update).get(look::container))
        .route("/containers/{serial}/bridge", get(bridge::ask).post(bridge::begin))
        .route("/doctor", get(look::doctor))
        .route(DEVICE_BRIDGE, post(bridge::arrive).get(to_home))
        .route("/theme", post(theme))
        .route("/assets/{name}", get(asset))
        .with_state(page)
        .layer(axum::middleware::map_response(secure))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Some(router)
}

async fn to_home() -> Response {
    see_other("/")
}

async fn theme(State(site): State<Site<Technician>>, entered: Entered<Technician>) -> Response {
    site.choose_theme(&entered.form)
}
