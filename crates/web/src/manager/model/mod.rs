//! The model: its text, checking, trying, putting in force, its history.

use axum::Router;

use crate::staff::Pages;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
}
