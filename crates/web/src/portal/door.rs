//! The first page: activation IDs in, a session out.
//!
//! Kept here: what was typed stays in the field when it is not known; an ID that is not known is answered like
//! one that is withdrawn, because the API does.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::visitor::{IDS_MAX, Portal, Visitor, ids_in, look_up};
use crate::component::{Notice, Tone};
use crate::icon::Icon;
use crate::site::{Entered, Frame, Posted, Visit, refusal, see_other, show};

#[derive(Template)]
#[template(path = "portal/start.html")]
struct StartPage {
    frame: Frame,
    notice: Option<Notice>,
    typed: String,
    fault: Option<String>,
}

/// `GET /portal`.
pub(crate) async fn start(
    State(site): State<Portal>,
    visit: Visit<Visitor>,
    RawQuery(query): RawQuery,
) -> Response {
    let ended = query.as_deref() == Some("ended");
    if visit.holds.is_some() && !ended {
        return see_other("/portal/licenses");
    }
    let notice = ended.then(|| {
        let text =
            "IDs are forgotten after an hour without use. Enter them again; nothing else was lost.";
        Notice::new(Tone::Tell, "Please enter your activation ID again", text)
    });
    let frame = site.frame(&visit, "Activate your licenses");
    show(StatusCode::OK, &StartPage { frame, notice, typed: String::new(), fault: None })
}

/// `POST /portal/enter`.
pub(crate) async fn enter(
    State(site): State<Portal>,
    Entered { visit, form }: Entered<Visitor>,
) -> Response {
    let typed = form.text("ids").to_owned();
    let ids = ids_in(&typed);
    let again = |status, notice, fault: Option<String>| {
        let frame = site.frame(&visit, "Activate your licenses");
        show(status, &StartPage { frame, notice, typed: typed.clone(), fault })
    };
    if ids.is_empty() {
        let fault = "Enter the activation ID of your order.".to_owned();
        return again(StatusCode::UNPROCESSABLE_ENTITY, None, Some(fault));
    }
    let answer = match look_up(&site.api(&visit, None), &ids).await {
        Ok(answer) => answer,
        Err(trouble) => return again(trouble.status(), Some(refusal(&trouble)), None),
    };
    if answer.entitlements.is_empty() {
        let fault = not_known(&answer.unknown);
        return again(StatusCode::UNPROCESSABLE_ENTITY, None, Some(fault));
    }
    let ids = answer.entitlements.into_iter().map(|one| one.activation_id).collect();
    let to = if answer.unknown.is_empty() { "/portal/licenses" } else { "/portal/licenses?some" };
    site.open(&visit, Visitor { ids, ..Visitor::default() }, to)
}

pub(super) fn not_known(unknown: &[String]) -> String {
    let named = unknown.first().map(String::as_str).unwrap_or_default();
    let which = match unknown.len() {
        0 | 1 => format!("“{named}” is not known."),
        more => format!("“{named}” and {} more are not known.", more - 1),
    };
    format!(
        "{which} Compare it with your order: each group has five characters; the last one checks the others."
    )
}

/// `POST /portal/add`: one more ID in the same session.
pub(crate) async fn add(
    State(site): State<Portal>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    let ids = ids_in(form.text("ids"));
    let answer = match look_up(&site.api(&inside.visit, None), &ids).await {
        Ok(answer) => answer,
        Err(trouble) => return site.sorry(&inside.visit, &trouble),
    };
    let any_unknown = !answer.unknown.is_empty() || ids.is_empty();
    site.change(&inside, |holds| {
        for found in answer.entitlements {
            if !holds.ids.contains(&found.activation_id) && holds.ids.len() < IDS_MAX {
                holds.ids.push(found.activation_id);
            }
        }
    });
    see_other(if any_unknown { "/portal/licenses?some" } else { "/portal/licenses" })
}

/// `POST /portal/leave`.
pub(crate) async fn leave(State(site): State<Portal>, posted: Posted<Visitor>) -> Response {
    site.close(&posted.inside.visit)
}
