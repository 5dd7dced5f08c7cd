//! Reservations: groups, their entries, and whether each can be satisfied.
//!
//! Kept here: changes gather in a list in the session and are submitted together, all or nothing; whoever changes a
//! group changes what he has seen, or is shown what somebody else did meanwhile. Deliberately not here: whether
//! something fits; the server decides.

use axum::Router;
use axum::routing::{get, post};

use crate::staff::Pages;

mod draft;
mod entry;
mod export;
mod fresh;
mod group;
mod import;
mod list;
mod pending;
mod unfit;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/reservations", get(list::page))
        .route("/reservations.csv", get(list::file))
        .route("/reservations/new", get(fresh::page).post(fresh::act))
        .route("/reservations/import", get(import::page).post(import::look))
        .route("/reservations/import/apply", post(import::apply).get(import::to_page))
        .route("/reservations/export", get(export::all))
        .route("/reservations/{id}", get(group::page).post(pending::act))
        .route("/reservations/{id}/submit", post(pending::submit).get(group::to_page))
        .route("/reservations/{id}/rebase", post(pending::rebase).get(group::to_page))
        .route("/reservations/{id}/export", get(export::one))
        .route("/reservations/{id}/entries.csv", get(export::entries))
        .route("/reservations/{id}/delete", get(group::ask_delete).post(group::delete))
}
