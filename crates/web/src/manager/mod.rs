//! The manager: the pages of license servers, for the people who run them.
//!
//! A room for each part of the rail. Kept here: rooms don't know each other; what they share is `staff`.
//! Deliberately not here: the REST API, which decides everything.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use crate::assets::asset;
use crate::backend::Backend;
use crate::frame::Area;
use crate::headers::secure;
use crate::icon::Icon;
use crate::rail::{Entry, Section};
use crate::site::{Entered, SiteOptions};
use crate::staff::{Pages, Staff, door};

mod client_keys;
mod dashboard;
mod denials;
mod devices;
mod explained;
mod features;
mod ferry;
mod history;
mod holding;
mod journal;
mod leases;
mod model;
mod offline;
mod pools;
mod properties;
mod queue;
mod reservations;
mod settings;
mod suspend;
mod use_over_time;
mod users;
mod welcome;

const fn entry(href: &'static str, words: &'static str, icon: Icon) -> Entry {
    Entry { href, words, icon }
}

pub(crate) static MANAGER: Area = Area {
    name: "License manager",
    cookie: "tenure_manager",
    home: "/",
    door: "/login",
    leave: "/logout",
    leave_words: "Log out",
    menu: &[],
    after_setup: "/welcome",
    prefix: "",
    rail: &[
        Section { title: "", entries: &[entry("/", "Dashboard", Icon::Chart)] },
        Section {
            title: "Licenses",
            entries: &[
                entry("/features", "Features", Icon::Key),
                entry("/leases", "Leases", Icon::List),
                entry("/devices", "Devices", Icon::Chip),
                entry("/queue", "Queue", Icon::Queue),
            ],
        },
        Section {
            title: "Sharing",
            entries: &[
                entry("/pools", "Named license pools", Icon::Pool),
                entry("/model", "Model", Icon::File),
                entry("/reservations", "Reservations", Icon::Pin),
            ],
        },
        Section {
            title: "History",
            entries: &[
                entry("/history", "Who held what", Icon::Clock),
                entry("/denials", "Denials", Icon::Bad),
                entry("/journal", "Journal", Icon::Book),
            ],
        },
        Section {
            title: "Back office operations",
            entries: &[
                entry("/offline", "Updates and files", Icon::Swap),
                entry("/client-keys", "Client keys", Icon::Shield),
            ],
        },
        Section {
            title: "License server setup",
            entries: &[
                entry("/properties", "Properties", Icon::Gear),
                entry("/users", "Users", Icon::People),
            ],
        },
        Section {
            title: "License manager",
            entries: &[
                entry("/settings", "Settings", Icon::System),
                entry("/about", "About", Icon::Tell),
            ],
        },
    ],
};

/// The manager as a router at `/`, with `/assets/…` and `/theme`. `None` when the system has no randomness to give.
pub fn manager(backend: Arc<dyn Backend>, options: SiteOptions) -> Option<Router> {
    let site = Pages::new(backend, &MANAGER, options)?;
    let router = Router::new()
        .merge(door::routes(MANAGER.prefix))
        .merge(dashboard::routes())
        .merge(features::routes())
        .merge(leases::routes())
        .merge(devices::routes())
        .merge(queue::routes())
        .merge(pools::routes())
        .merge(model::routes())
        .merge(reservations::routes())
        .merge(history::routes())
        .merge(denials::routes())
        .merge(journal::routes())
        .merge(offline::routes())
        .merge(client_keys::routes())
        .merge(properties::routes())
        .merge(suspend::routes())
        .merge(users::routes())
        .merge(welcome::routes())
        .merge(settings::routes())
        .route("/theme", post(theme))
        .route("/assets/{name}", get(asset))
        .with_state(site)
        .layer(axum::middleware::map_response(secure))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Some(router)
}

async fn theme(State(site): State<Pages>, entered: Entered<Staff>) -> Response {
    site.choose_theme(&entered.form)
}
