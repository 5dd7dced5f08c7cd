//! The office's end of the bridge: a browser that reaches both carries context, update and receipt as forms.
//!
//! The device's page posts here from another site, so there is no cookie and no session in [`arrive`]: what it does,
//! it does by the signed document alone, as `POST /api/v1/exchange` does for anybody. The answer goes back only when
//! the person presses the button, only to the origin that the form named, and carries the device's own nonce.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::IssuedUpdate;

use super::door::not_known;
use super::receipt::hand_in;
use super::visitor::{CARRY_MAX, Carry, Portal, Visitor, ids_in, look_up};
use crate::backend::Trouble;
use crate::component::{Link, Notice};
use crate::form::Form;
use crate::headers::FormsGoTo;
use crate::icon::Icon;
use crate::origin::origin_of;
use crate::site::{Carried, Entered, Frame, Visit, refusal, show};
use crate::words;

#[derive(Template)]
#[template(path = "portal/bridge.html")]
struct BridgePage {
    frame: Frame,
    notice: Option<Notice>,
    carry: Arc<Carry>,
    update: Option<IssuedUpdate>,
    changes: String,
    typed: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/bridge_done.html")]
struct DonePage {
    frame: Frame,
    notice: Notice,
    lines: Vec<String>,
    origin: String,
}

/// The device that a form speaks for.
fn carry_of(form: &Form) -> Option<Carry> {
    let back = form.text("return_to").to_owned();
    let origin = origin_of(&back)?;
    let (context, state) = (form.text("context").to_owned(), form.text("state").to_owned());
    let fits = context.len() <= CARRY_MAX && state.len() <= 200 && back.len() <= 2_000;
    fits.then_some(Carry { context, back, origin, state })
}

fn broken(site: &Portal, visit: &Visit<Visitor>) -> Response {
    let text = "The device's page sent a form that is not complete. Go back to it and begin the bridge again.";
    let next = Link { href: "/portal".to_owned(), words: "To the portal".to_owned() };
    let title = "The bridge did not hold";
    site.error(visit, StatusCode::BAD_REQUEST, title, text, next)
}

/// `POST /portal/bridge`: a context, or at the end a receipt, comes over from a device's page.
pub(crate) async fn arrive(
    State(site): State<Portal>,
    Carried { visit, form }: Carried<Visitor>,
) -> Response {
    let Some(carry) = carry_of(&form) else {
        return broken(&site, &visit);
    };
    let api = site.api(&visit, None);
    let receipt = form.text("receipt");
    if !receipt.is_empty() {
        return match hand_in(&api, receipt).await {
            Ok((notice, done)) => {
                let frame = site.frame(&visit, "The circle is closed");
                let page = DonePage { frame, notice, lines: done.lines, origin: carry.origin };
                show(StatusCode::OK, &page)
            }
            Err(trouble) => site.sorry(&visit, &trouble),
        };
    }
    let context = Bytes::copy_from_slice(carry.context.as_bytes());
    let kind = "text/plain; charset=utf-8";
    let answer: Result<IssuedUpdate, Trouble> =
        api.post_bytes("/api/v1/exchange", kind, context).await;
    let carry = Arc::new(carry);
    match answer {
        Ok(update) => page(&site, &visit, &carry, Reply::of(update)),
        Err(trouble) => {
            let reply = Reply { notice: Some(refusal(&trouble)), ..Reply::default() };
            page(&site, &visit, &carry, reply)
        }
    }
}

#[derive(Default)]
struct Reply {
    notice: Option<Notice>,
    update: Option<IssuedUpdate>,
    typed: String,
    fault: Option<String>,
}

impl Reply {
    fn of(update: IssuedUpdate) -> Self {
        Self { update: Some(update), ..Self::default() }
    }
}

fn page(site: &Portal, visit: &Visit<Visitor>, carry: &Arc<Carry>, reply: Reply) -> Response {
    let status = match (&reply.notice, &reply.fault) {
        (None, None) => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let changes = reply.update.as_ref().map_or(String::new(), |update| {
        let count = update.to_sequence.saturating_sub(update.from_sequence);
        words::so_many(count, "change", "changes")
    });
    let title = match &reply.update {
        Some(update) if !update.is_empty() => "The update for your device is ready",
        _ => "Your device and the office are connected",
    };
    let page = BridgePage {
        frame: site.frame(visit, title),
        notice: reply.notice,
        carry: carry.clone(),
        update: reply.update.filter(|update| !update.is_empty()),
        changes,
        typed: reply.typed,
        fault: reply.fault,
    };
    let mut response = show(status, &page);
    response.extensions_mut().insert(FormsGoTo(carry.origin.clone()));
    response
}

/// After an activation that began at the bridge: the update, ready to be carried back.
pub(super) fn carry_back(
    site: &Portal,
    visit: &Visit<Visitor>,
    carry: &Arc<Carry>,
    update: IssuedUpdate,
) -> Response {
    page(site, visit, carry, Reply::of(update))
}

/// `POST /portal/bridge/activate`: activation IDs for the device at the other end.
pub(crate) async fn activate(
    State(site): State<Portal>,
    Entered { visit, form }: Entered<Visitor>,
) -> Response {
    let Some(carry) = carry_of(&form).map(Arc::new) else {
        return broken(&site, &visit);
    };
    let typed = form.text("ids").to_owned();
    let ids = ids_in(&typed);
    let again = |notice, fault| {
        let reply = Reply { notice, update: None, typed: typed.clone(), fault };
        page(&site, &visit, &carry, reply)
    };
    if ids.is_empty() {
        return again(None, Some("Enter the activation ID of your order.".to_owned()));
    }
    match look_up(&site.api(&visit, None), &ids).await {
        Ok(answer) if answer.entitlements.is_empty() => {
            again(None, Some(not_known(&answer.unknown)))
        }
        Ok(answer) => {
            let ids = answer.entitlements.into_iter().map(|one| one.activation_id).collect();
            let carry = Some(carry.clone());
            let to = if answer.unknown.is_empty() {
                "/portal/licenses"
            } else {
                "/portal/licenses?some"
            };
            site.open(&visit, Visitor { ids, basket: Vec::new(), carry }, to)
        }
        Err(trouble) => again(Some(refusal(&trouble)), None),
    }
}
