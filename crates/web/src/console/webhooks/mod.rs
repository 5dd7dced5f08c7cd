//! Web hooks: which other systems are told of changes, what became of the messages, and the secrets.
//!
//! Kept here: a secret is shown on the page that answers its making, and nowhere else; whoever is no administrator gets
//! the page that says so. Deliberately not here: sending, and which addresses are allowed (the API).

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod act;
mod form;
mod pages;

/// The pages of this room. The form for a new one stands beside the folder, as that of users does.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/webhooks", get(pages::list))
        .route("/console/webhooks.csv", get(pages::file))
        .route("/console/new-webhook", get(form::new).post(form::make))
        .route("/console/webhooks/{id}", get(pages::detail))
        .route("/console/webhooks/{id}/deliveries.csv", get(pages::deliveries_file))
        .route("/console/webhooks/{id}/edit", get(form::edit).post(form::change))
        .route("/console/webhooks/{id}/switch", get(act::to_hook).post(act::switch))
        .route("/console/webhooks/{id}/test", get(act::to_hook).post(act::test))
        .route("/console/webhooks/{id}/secret", get(act::ask_secret).post(act::secret))
        .route("/console/webhooks/{id}/delete", get(act::ask_delete).post(act::delete))
}
