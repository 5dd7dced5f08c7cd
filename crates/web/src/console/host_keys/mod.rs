//! Host keys: licenses bound to the name of a host, how many users they have, and their files.
//!
//! Kept here: revoking asks first and says what follows; a file is fetched when it is wanted and kept nowhere.
//! Deliberately not here: who is counted (the API).

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod form;
mod pages;
mod revoke;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/host-keys", get(pages::list))
        .route("/console/host-keys.csv", get(pages::sheet_of_all))
        .route("/console/host-keys/new", get(form::new).post(form::make))
        .route("/console/host-keys/{group}", get(pages::detail))
        .route("/console/host-keys/{group}/edit", get(form::edit).post(form::change))
        .route("/console/host-keys/{group}/hosts", get(form::more).post(form::add))
        .route("/console/host-keys/{group}/{key}/file", get(pages::file))
        .route("/console/host-keys/{group}/{key}/revoke", get(revoke::ask).post(revoke::revoke))
}
