//! Users of the office: who may log in, what each may do, and how much a day without a second person.
//!
//! Kept here: roles are shown with what they allow; a change of oneself leads to the door, as it ends one's sessions.
//! Deliberately not here: one's own password (`staff::door`); that the last administrator stays (the API).

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod act;
mod form;
mod pages;

/// The pages of this room. The form for a new one stands beside the folder, so that it shades no user's name.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/users", get(pages::list))
        .route("/console/users.csv", get(pages::file))
        .route("/console/new-user", get(act::new).post(act::make))
        .route("/console/users/{name}", get(act::edit).post(act::change))
        .route("/console/users/{name}/password", get(act::to_user).post(act::password))
        .route("/console/users/{name}/delete", get(act::ask_delete).post(act::delete))
}
