//! What stands at the front: seats now and over time, denials, what expires, health.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::site::show;
use crate::staff::{Desk, Member, Pages};

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/", get(front))
}

#[derive(Template)]
#[template(path = "manager/dashboard/front.html")]
struct FrontPage {
    desk: Desk,
}

async fn front(me: Member) -> Response {
    show(StatusCode::OK, &FrontPage { desk: me.desk("Dashboard") })
}
