//! Settings of these pages, the servers they reach, and what runs here.
//!
//! Kept here: settings of a manager of its own can be seen and changed while no license server answers, so nothing in
//! this room but the state of the servers asks one.

use axum::Router;
use axum::routing::{get, post};

use crate::staff::Pages;

mod about;
mod authority;
mod places;
mod preferences;
mod servers;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/settings", get(preferences::page).post(preferences::save))
        .route("/settings/unlock", post(preferences::unlock))
        .route("/settings/servers/new", get(places::new).post(places::add))
        .route("/settings/servers/{number}", get(places::edit).post(places::change))
        .route("/settings/servers/{number}/remove", get(places::ask).post(places::remove))
        .route("/servers", get(servers::list))
        .route("/servers/switch", post(servers::switch))
        .route("/about", get(about::page))
}
