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
    let one = "/console/customers/{id}";
    Router::new()
        .route("/console/customers", get(pages::list))
        .route("/console/customers.csv", get(pages::file))
        .route("/console/customers/new", get(form::new).post(form::make))
        .route(one, get(pages::detail))
        .route(&format!("{one}/edit"), get(form::edit).post(form::change))
        .route(&format!("{one}/forget"), get(pages::ask_forget).post(pages::forget))
}
