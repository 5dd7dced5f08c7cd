//! Settings of these pages, the servers they reach, and what runs here.

use axum::Router;

use crate::staff::Pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
}
