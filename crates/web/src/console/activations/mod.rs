//! Activations: units of a line in a container.
//!
//! Kept here: whatever is done here reaches a container by its next update only, and every page that does something
//! says so. Deliberately not here: updates (containers), what was bought (entitlements).

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod acts;
mod pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    let one = "/console/activations/{activation}";
    Router::new()
        .route("/console/activations", get(pages::list))
        .route("/console/activations.csv", get(pages::file))
        .route("/console/activations/new", get(acts::new).post(acts::assign))
        .route(one, get(pages::detail))
        .route(&format!("{one}/return"), get(acts::ask_return).post(acts::give_back))
        .route(&format!("{one}/withdraw"), get(acts::ask_withdraw).post(acts::withdraw))
        .route(&format!("{one}/replace"), get(acts::ask_replace).post(acts::replace))
}
