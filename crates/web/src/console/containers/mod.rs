//! Containers: state, generations, moves, and what staff rules about them.

use axum::Router;

use crate::staff::Pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
}
