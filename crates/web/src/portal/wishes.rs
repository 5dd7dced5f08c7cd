//! What a visitor can ask for a device: its update, a return, a replacement.
//!
//! Kept here: fetching an update is a form, not a link, because the office takes note of it; a return and a
//! replacement ask once and say what will happen; sending the same answer twice does it once.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{
    IssuedUpdate, LossWhy, PortalContainer, PortalPushRequest, PortalReplacement,
    PortalReplacementRequest, PortalReturnRequest,
};

use super::containers::{found, list_with, show_notice};
use super::visitor::{Portal, Visitor};
use crate::backend::Trouble;
use crate::component::{Link, Notice, Tone};
use crate::download::document_file;
use crate::outside::fresh_token;
use crate::site::{Frame, Inside, Posted, refusal, see_other, show};

#[derive(Template)]
#[template(path = "portal/question.html")]
struct QuestionPage {
    frame: Frame,
    text: String,
    points: Vec<&'static str>,
    action: String,
    fields: Vec<(&'static str, String)>,
    button: &'static str,
    back: Link,
    /// The most that can be given back, where it is more than one.
    most: Option<u32>,
    once: String,
}

/// The activation ID under which the visitor may speak for a container.
fn spokesman<'c>(one: &'c PortalContainer, holds: &Visitor) -> &'c str {
    let ids = one.activations.iter().map(|held| held.activation_id.as_str());
    ids.into_iter().find(|id| holds.ids.iter().any(|own| own == id)).unwrap_or_default()
}

/// `POST /portal/containers/{serial}/update`: the file.
pub(crate) async fn update(
    State(site): State<Portal>,
    Path(serial): Path<String>,
    Posted { inside, .. }: Posted<Visitor>,
) -> Response {
    let one = match found(&site, &inside, &serial).await {
        Ok(one) => one,
        Err(response) => return response,
    };
    let activation_id = spokesman(&one, &inside.holds).to_owned();
    let asked = PortalPushRequest { activation_id, serial: serial.clone() };
    let api = site.api(&inside.visit, None);
    let answer: Result<IssuedUpdate, Trouble> = api.post("/api/v1/portal/push", &asked, "").await;
    match answer {
        Ok(update) => document_file(&update.file_name, update.update),
        Err(trouble) => show_notice(&site, &inside, &serial, Some(refusal(&trouble)), false).await,
    }
}

/// `POST /portal/containers/{serial}/return`: asks, then does.
pub(crate) async fn give_back(
    State(site): State<Portal>,
    Path(serial): Path<String>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    let one = match found(&site, &inside, &serial).await {
        Ok(one) => one,
        Err(response) => return response,
    };
    let number = form.text("activation");
    let Some(held) = one.activations.iter().find(|held| held.activation == number) else {
        return site.nothing_here(&inside.visit);
    };
    if form.text("sure") != "yes" {
        let name = if one.name.is_empty() { &one.serial } else { &one.name };
        let page = QuestionPage {
            frame: site.frame(&inside.visit, "Return this license?"),
            text: format!("{} × {}, from {name}.", held.quantity, held.product),
            points: vec![
                "The next update takes the license out of the device: fetch it and carry it there.",
                "Until the receipt is back, the license does not count as free.",
                "After the receipt it is free again, at once or after a waiting time your vendor set.",
            ],
            action: format!("/portal/containers/{serial}/return"),
            fields: vec![("activation", number.to_owned())],
            button: "Return it",
            most: Some(held.quantity).filter(|most| *most > 1),
            back: back_to(&serial),
            once: fresh_token().unwrap_or_default(),
        };
        return show(StatusCode::OK, &page);
    }
    let asked = PortalReturnRequest {
        activation_id: held.activation_id.clone(),
        activation: number.to_owned(),
        // All of it, unless fewer were asked for; what is no number the API refuses by its own words.
        quantity: form.text("quantity").parse().ok().filter(|asked| *asked < held.quantity),
    };
    let api = site.api(&inside.visit, None);
    let answer: Result<IssuedUpdate, Trouble> =
        api.post("/api/v1/portal/returns", &asked, form.text("once")).await;
    match answer {
        Ok(_) => see_other(&format!("/portal/containers/{serial}?returned")),
        Err(trouble) => show_notice(&site, &inside, &serial, Some(refusal(&trouble)), false).await,
    }
}

fn back_to(serial: &str) -> Link {
    Link { href: format!("/portal/containers/{serial}"), words: "No, go back".to_owned() }
}

/// `POST /portal/containers/{serial}/replace`: asks, then does.
pub(crate) async fn replace(
    State(site): State<Portal>,
    Path(serial): Path<String>,
    Posted { inside, form }: Posted<Visitor>,
) -> Response {
    let one = match found(&site, &inside, &serial).await {
        Ok(one) => one,
        Err(response) => return response,
    };
    let why = match form.text("why") {
        "broken" => LossWhy::Broken,
        _ => LossWhy::Lost,
    };
    if form.text("sure") != "yes" {
        return show(StatusCode::OK, &loss_question(&site, &inside, &one, why));
    }
    let activation_id = spokesman(&one, &inside.holds).to_owned();
    let asked = PortalReplacementRequest { activation_id, serial: serial.clone(), why };
    let api = site.api(&inside.visit, None);
    let answer: Result<PortalReplacement, Trouble> =
        api.post("/api/v1/portal/replacements", &asked, form.text("once")).await;
    match answer {
        // It holds nothing any more, so it may be in no list: the notice stands over those that are left.
        Ok(answer) => {
            let notice = Notice::new(Tone::Good, "The device is given up", answer.explanation)
                .then("/portal/licenses", "Activate on another device");
            list_with(&site, &inside, Some(notice)).await
        }
        Err(trouble) => show_notice(&site, &inside, &serial, Some(refusal(&trouble)), false).await,
    }
}

fn loss_question(
    site: &Portal,
    inside: &Inside<Visitor>,
    one: &PortalContainer,
    why: LossWhy,
) -> QuestionPage {
    let name = if one.name.is_empty() { &one.serial } else { &one.name };
    let (title, text, word) = match why {
        LossWhy::Lost => (
            "Report this device as lost?",
            format!("{name} ({}) is gone for good.", one.serial),
            "lost",
        ),
        LossWhy::Broken => (
            "Report this device as broken?",
            format!("{name} ({}) can't be used any more.", one.serial),
            "broken",
        ),
    };
    QuestionPage {
        frame: site.frame(&inside.visit, title),
        text,
        points: vec![
            "This device takes no updates any more, and other devices learn that it is revoked. This can't be undone.",
            "Its licenses become free, so that you can activate them on another device.",
            "If you have replaced many devices lately, your vendor has to approve it first.",
        ],
        action: format!("/portal/containers/{}/replace", one.serial),
        fields: vec![("why", word.to_owned())],
        button: "Give it up",
        most: None,
        back: back_to(&one.serial),
        once: fresh_token().unwrap_or_default(),
    }
}
