//! The wizard's page: a whole exchange between a device and its publisher's office, in a browser on this machine.
//!
//! Kept here: the one-time token of the address opens a session and is good for nothing else; every step is a plain form;
//! what is next is said in words, with the file to carry where there is one.
//! Deliberately not here: what comes next (the wizard plans, these pages show it), the office's own portal.

mod choose;
mod devices;
mod door;
mod first;
mod guest;
mod outcome;

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
use guest::Guest;

pub(crate) static WIZARD: Area = Area {
    name: "License wizard",
    cookie: "tenure_wizard",
    home: "/",
    door: "/closed",
    leave: "/leave",
    leave_words: "Leave",
    menu: &[("/", "One device", Icon::Chip), ("/devices", "Many devices", Icon::Box)],
    after_setup: "",
    prefix: "",
    rail: &[],
};

/// The wizard's page as a router: `/`, `/enter`, `/closed`, `/office`, `/choose`, `/run`, `/papers…`, `/devices…`,
/// `/assets/…`, `/theme`. `None` when the system has no randomness to give.
pub fn wizard(backend: Arc<dyn Backend>, options: SiteOptions) -> Option<Router> {
    let site: Site<Guest> = Site::new(backend, &WIZARD, options)?;
    let router = Router::new()
        .route("/", get(first::home))
        .route("/enter", get(door::enter))
        .route("/closed", get(door::closed))
        .route("/leave", post(door::leave).get(to_home))
        .route("/office", post(first::office).get(to_home))
        .route("/choose", post(choose::choose).get(to_home))
        .route("/run", post(outcome::run).get(to_home))
        .route("/papers", post(outcome::bring).get(to_home))
        .route("/papers/{name}", get(outcome::paper))
        .route("/devices", get(devices::show_list).post(devices::begin))
        .route("/devices/report.csv", get(devices::report))
        .route("/theme", post(theme))
        .route("/assets/{name}", get(asset))
        .with_state(site)
        .layer(axum::middleware::map_response(secure))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Some(router)
}

async fn to_home() -> Response {
    see_other("/")
}

async fn theme(State(site): State<Site<Guest>>, entered: Entered<Guest>) -> Response {
    site.choose_theme(&entered.form)
}
