//! Features: what is licensed, who holds it, what stands behind it.
//!
//! Kept here: one feature has many rows where it has many versions and items, so every list says what a row is.

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod item;
mod items;
mod one;
mod row;
mod summary;
mod terms;
mod versions;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/features", get(versions::list))
        .route("/features.csv", get(versions::file))
        .route("/features/summary", get(summary::list))
        .route("/features/summary.csv", get(summary::file))
        .route("/features/items", get(items::list))
        .route("/features/items.csv", get(items::file))
        .route("/features/items/{id}", get(item::show_one))
        .route("/features/{name}", get(one::show_one))
}
