//! Coming in by the address that the wizard printed, and going out.
//!
//! Kept here: the token counts once; a used address says where to find a new one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::wizard::WizardEntry;

use super::guest::Guest;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::site::{Frame, Posted, Site, Visit, see_other, show};

#[derive(Template)]
#[template(path = "wizard/closed.html")]
struct ClosedPage {
    frame: Frame,
    notice: Option<Notice>,
}

/// `GET /enter?token=…`.
pub(crate) async fn enter(
    State(site): State<Site<Guest>>,
    visit: Visit<Guest>,
    RawQuery(query): RawQuery,
) -> Response {
    if visit.holds.is_some() {
        return see_other("/");
    }
    let query = query.unwrap_or_default();
    let token = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "token")
        .map_or_else(String::new, |(_, token)| token.into_owned());
    let entered: Result<(), Trouble> =
        site.api(&visit, None).post("/api/v1/wizard/enter", &WizardEntry { token }, "").await;
    match entered {
        Ok(()) => site.open(&visit, Guest, "/"),
        Err(trouble) => {
            let notice = Notice::new(Tone::Bad, "This address does not open", trouble.detail());
            page(&site, &visit, trouble.status(), Some(notice))
        }
    }
}

/// `GET /closed`.
pub(crate) async fn closed(State(site): State<Site<Guest>>, visit: Visit<Guest>) -> Response {
    if visit.holds.is_some() {
        return see_other("/");
    }
    page(&site, &visit, StatusCode::FORBIDDEN, None)
}

fn page(
    site: &Site<Guest>,
    visit: &Visit<Guest>,
    status: StatusCode,
    notice: Option<Notice>,
) -> Response {
    show(status, &ClosedPage { frame: site.frame(visit, "The wizard is closed here"), notice })
}

/// `POST /leave`.
pub(crate) async fn leave(State(site): State<Site<Guest>>, posted: Posted<Guest>) -> Response {
    site.close(&posted.inside.visit)
}
