//! Signing in to a device: its agent's token, typed once.
//!
//! A wrong token is answered alike whatever is wrong with it; the agent itself slows down who guesses.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::device::DeviceContainers;

use super::technician::Technician;
use crate::backend::Trouble;
use crate::component::{Notice, Tone};
use crate::icon::Icon;
use crate::site::{Entered, Frame, Posted, Site, Visit, refusal, see_other, show};

#[derive(Template)]
#[template(path = "device/sign_in.html")]
struct SignInPage {
    frame: Frame,
    notice: Option<Notice>,
    fault: Option<&'static str>,
}

/// `GET /sign-in`.
pub(crate) async fn ask(
    State(site): State<Site<Technician>>,
    visit: Visit<Technician>,
    RawQuery(query): RawQuery,
) -> Response {
    if visit.holds.is_some() && query.is_none() {
        return see_other("/");
    }
    page(&site, &visit, StatusCode::OK, None, None)
}

fn page(
    site: &Site<Technician>,
    visit: &Visit<Technician>,
    status: StatusCode,
    notice: Option<Notice>,
    fault: Option<&'static str>,
) -> Response {
    let frame = site.frame(visit, "Sign in to this device");
    show(status, &SignInPage { frame, notice, fault })
}

/// `POST /sign-in`.
pub(crate) async fn sign_in(
    State(site): State<Site<Technician>>,
    Entered { visit, form }: Entered<Technician>,
) -> Response {
    let token = form.text("token");
    if token.is_empty() || token.len() > 512 {
        let fault = Some("Enter the token of this device.");
        return page(&site, &visit, StatusCode::UNPROCESSABLE_ENTITY, None, fault);
    }
    let asked: Result<DeviceContainers, Trouble> =
        site.api(&visit, Some(token)).get("/api/v1/containers").await;
    match asked {
        Ok(_) => site.open(&visit, Technician { token: token.to_owned() }, "/"),
        Err(trouble) if trouble.status() == StatusCode::UNAUTHORIZED => {
            let fault = Some("This is not the token of this device.");
            page(&site, &visit, StatusCode::FORBIDDEN, None, fault)
        }
        Err(trouble) => {
            let notice = match trouble {
                Trouble::Broken => Notice::new(
                    Tone::Bad,
                    "The device gave no answer",
                    "Its agent may be starting. Try again in a moment.",
                ),
                ref trouble => refusal(trouble),
            };
            page(&site, &visit, trouble.status(), Some(notice), None)
        }
    }
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(
    State(site): State<Site<Technician>>,
    posted: Posted<Technician>,
) -> Response {
    site.close(&posted.inside.visit)
}
