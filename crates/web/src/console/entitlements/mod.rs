//! Entitlements: what a customer bought, under one activation ID.
//!
//! Kept here: what takes something away asks first; what waits for a second person says so and leads there; what the
//! API refuses is shown where it was typed.

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod act;
mod catalog;
mod detail;
mod edit;
mod line_act;
mod line_fields;
mod list;
mod make;
mod order;
mod state_act;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/entitlements", get(list::list))
        .route("/console/entitlements.csv", get(list::file))
        .route("/console/entitlements/new", get(make::new).post(make::make))
        .route("/console/entitlements/{id}", get(detail::detail))
        .route("/console/entitlements/{id}/edit", get(edit::ask).post(edit::change))
        .route("/console/entitlements/{id}/order", get(order::ask).post(order::take))
        .route(
            "/console/entitlements/{id}/suspend",
            get(state_act::ask_suspend).post(state_act::suspend),
        )
        .route(
            "/console/entitlements/{id}/resume",
            get(state_act::ask_resume).post(state_act::resume),
        )
        .route(
            "/console/entitlements/{id}/withdraw",
            get(state_act::ask_withdraw).post(state_act::withdraw),
        )
        .route(
            "/console/entitlements/{id}/lines/{line}/extend",
            get(line_act::ask_extend).post(line_act::extend),
        )
        .route(
            "/console/entitlements/{id}/lines/{line}/upgrade",
            get(line_act::ask_upgrade).post(line_act::upgrade),
        )
        .route(
            "/console/entitlements/{id}/lines/{line}/replace",
            get(line_act::ask_replace).post(line_act::replace),
        )
        .route(
            "/console/entitlements/{id}/lines/{line}/reduce",
            get(line_act::ask_reduce).post(line_act::reduce),
        )
}
