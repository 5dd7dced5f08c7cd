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
    let one = "/console/entitlements/{id}";
    let line = format!("{one}/lines/{{line}}");
    Router::new()
        .route("/console/entitlements", get(list::list))
        .route("/console/entitlements.csv", get(list::file))
        .route("/console/entitlements/new", get(make::new).post(make::make))
        .route(one, get(detail::detail))
        .route(&format!("{one}/edit"), get(edit::ask).post(edit::change))
        .route(&format!("{one}/order"), get(order::ask).post(order::take))
        .route(&format!("{one}/suspend"), get(state_act::ask_suspend).post(state_act::suspend))
        .route(&format!("{one}/resume"), get(state_act::ask_resume).post(state_act::resume))
        .route(&format!("{one}/withdraw"), get(state_act::ask_withdraw).post(state_act::withdraw))
        .route(&format!("{line}/extend"), get(line_act::ask_extend).post(line_act::extend))
        .route(&format!("{line}/upgrade"), get(line_act::ask_upgrade).post(line_act::upgrade))
        .route(&format!("{line}/replace"), get(line_act::ask_replace).post(line_act::replace))
        .route(&format!("{line}/reduce"), get(line_act::ask_reduce).post(line_act::reduce))
}
