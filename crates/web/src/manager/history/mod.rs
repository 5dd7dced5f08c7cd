//! Who held what at an instant, and what happened to a device or a feature.

use axum::Router;

use crate::staff::Pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
}
