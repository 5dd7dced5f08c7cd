//! What waits for staff, and how the business stands.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::site::show;
use crate::staff::{Desk, Member, Pages};

/// The pages of this room.
pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/console", get(front))
}

#[derive(Template)]
#[template(path = "console/overview/front.html")]
struct FrontPage {
    desk: Desk,
}

async fn front(me: Member) -> Response {
    show(StatusCode::OK, &FrontPage { desk: me.desk("Overview") })
}
