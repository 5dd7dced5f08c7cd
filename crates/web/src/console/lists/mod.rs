//! Lists in, books out: imports that are looked through before anything is taken in, and exports.
//!
//! Kept here: nothing is taken in before its report was seen; every fault names line, column, and what to do.
//! Deliberately not here: reading lists (the API).

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::staff::Pages;

mod columns;
mod export;
mod import;
mod shelf;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/lists", get(import::front).post(import::look))
        .route("/console/lists/carry-out", post(import::carry_out))
        .route("/console/lists/columns/{name}", get(columns::template))
        .route("/console/lists/export/{name}", get(export::export))
        .layer(Extension(Arc::new(shelf::Shelf::default())))
}
