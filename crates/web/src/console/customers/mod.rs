//! Customers: who buys, and what they have.
//!
//! Kept here: forgetting says what is erased and what stays before it is done; who may only look sees no buttons.

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod form;
mod pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/customers", get(pages::list))
        .route("/console/customers.csv", get(pages::file))
        .route("/console/customers/new", get(form::new).post(form::make))
        .route("/console/customers/{id}", get(pages::detail))
        .route("/console/customers/{id}/edit", get(form::edit).post(form::change))
        .route("/console/customers/{id}/forget", get(pages::ask_forget).post(pages::forget))
}
