//! What a technician does with a device: take files out, put an update in.
//!
//! Kept here: a refused update says which rule refused it and what to do next; the receipt is offered at once.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::UpdateAnswer;

use super::look::{container_page, path_of, sorry};
use super::technician::{Technician, api};
use crate::backend::Trouble;
use crate::component::{Badge, Notice, Tone};
use crate::download::document_file;
use crate::given::document;
use crate::icon::Icon;
use crate::qr::QrImage;
use crate::site::{Frame, Inside, Posted, Site, refusal, show};
use crate::words;

/// `GET /containers/{serial}/context.tnr`.
pub(crate) async fn context_file(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
    Path(serial): Path<String>,
) -> Response {
    match api(&site, &inside).get_text(&path_of(&serial, "/context")).await {
        Ok(text) => document_file(&format!("{serial}.context.tnr"), text),
        Err(trouble) => sorry(&site, &inside, &trouble),
    }
}

/// `GET /containers/{serial}/receipt.tnr`.
pub(crate) async fn receipt_file(
    State(site): State<Site<Technician>>,
    inside: Inside<Technician>,
    Path(serial): Path<String>,
) -> Response {
    match api(&site, &inside).get_text(&path_of(&serial, "/receipt")).await {
        Ok(text) => document_file(&format!("{serial}.receipt.tnr"), text),
        Err(trouble) => {
            let notice = Some(refusal(&trouble));
            container_page(&site, &inside, &serial, trouble.status(), notice).await
        }
    }
}

#[derive(Template)]
#[template(path = "device/applied.html")]
struct AppliedPage {
    frame: Frame,
    notice: Notice,
    serial: String,
    results: Vec<(u64, Badge)>,
    code: Option<QrImage>,
}

/// The notice after an update was taken.
pub(super) fn taken(answer: &UpdateAnswer) -> Notice {
    match (answer.already_applied, answer.results.len()) {
        (true, _) => Notice::new(
            Tone::Good,
            "The device had this update already",
            "Nothing was new in it. That is no mistake: take the receipt back to the office.",
        ),
        (false, count) => Notice::new(
            Tone::Good,
            format!("{} applied", words::so_many(count as u64, "change", "changes")),
            "The device has its new licenses. Take the receipt back to the office.",
        ),
    }
}

/// The notice after an update was refused.
pub(super) fn refused(trouble: &Trouble) -> Notice {
    let advice = words::update_advice(trouble.code());
    let detail = trouble.detail();
    let text = match (advice.is_empty(), detail.is_empty()) {
        (true, _) => detail,
        (false, true) => advice.to_owned(),
        (false, false) => format!("{detail} {advice}"),
    };
    Notice::new(Tone::Bad, trouble.title(), text)
}

/// The results of an update, one badge each.
pub(super) fn results(answer: &UpdateAnswer) -> Vec<(u64, Badge)> {
    answer.results.iter().map(|one| (one.sequence, words::op_result(&one.result))).collect()
}

/// `POST /containers/{serial}/update`.
pub(crate) async fn update(
    State(site): State<Site<Technician>>,
    Path(serial): Path<String>,
    Posted { inside, form }: Posted<Technician>,
) -> Response {
    let text = match document(&form).await {
        Ok(text) => text,
        Err(fault) => {
            let notice = Notice::new(Tone::Bad, "There is no update yet", fault.to_string());
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return container_page(&site, &inside, &serial, status, Some(notice)).await;
        }
    };
    let body = axum::body::Bytes::from(text);
    let kind = "text/plain; charset=utf-8";
    let answer: Result<UpdateAnswer, Trouble> =
        api(&site, &inside).post_bytes(&path_of(&serial, "/update"), kind, body).await;
    match answer {
        Ok(answer) => {
            let page = AppliedPage {
                frame: site.frame(&inside.visit, "The update is applied"),
                notice: taken(&answer),
                results: results(&answer),
                code: None,
                serial,
            };
            show(StatusCode::OK, &page)
        }
        Err(trouble) if trouble.status() == StatusCode::UNAUTHORIZED => {
            sorry(&site, &inside, &trouble)
        }
        Err(trouble) => {
            let notice = Some(refused(&trouble));
            container_page(&site, &inside, &serial, trouble.status(), notice).await
        }
    }
}
