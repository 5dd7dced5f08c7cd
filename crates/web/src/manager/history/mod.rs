//! History: who held what at an instant, and the stories of devices and features.
//!
//! Kept here: whatever was asked for stands in the address. Deliberately not here: how the past is put together; the
//! server folds it out of its journal.

use axum::Router;
use axum::routing::get;

use crate::staff::Pages;

mod cells;
mod instant;
mod lanes;
mod story;
mod story_file;

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/history", get(instant::page))
        .route("/history.csv", get(instant::file))
        .route("/history/device/{kind}/{value}", get(story::of_device))
        .route("/history/device/{kind}/{value}/events.csv", get(story_file::of_device))
        .route("/history/feature/{name}", get(story::of_feature))
        .route("/history/feature/{name}/events.csv", get(story_file::of_feature))
}
