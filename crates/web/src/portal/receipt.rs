//! The receipt comes back: the proof that a device applied its update.
//!
//! Needs no session: the receipt is signed by the device and speaks for itself. A newer context is a receipt too
//! and is taken in its place.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::office::{IssuedUpdate, ReceiptAnswer};
use tenure_document::{Context, Payload, read_document};

use super::visitor::{Portal, Visitor};
use crate::backend::{Api, Trouble};
use crate::component::{Notice, Tone};
use crate::given::document;
use crate::icon::Icon;
use crate::site::{Entered, Frame, Visit, refusal, show};
use crate::words;

#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    notice: Option<Notice>,
    done: Option<Done>,
}

/// What a receipt told.
pub(super) struct Done {
    pub(super) serial: String,
    pub(super) lines: Vec<String>,
}

/// `GET /portal/receipt`.
pub(crate) async fn ask(State(site): State<Portal>, visit: Visit<Visitor>) -> Response {
    page(&site, &visit, StatusCode::OK, None, None)
}

fn page(
    site: &Portal,
    visit: &Visit<Visitor>,
    status: StatusCode,
    notice: Option<Notice>,
    done: Option<Done>,
) -> Response {
    let frame = site.frame(visit, "Hand in a receipt");
    show(status, &ReceiptPage { frame, notice, done })
}

/// `POST /portal/receipt`.
pub(crate) async fn take(
    State(site): State<Portal>,
    Entered { visit, form }: Entered<Visitor>,
) -> Response {
    let text = match document(&form).await {
        Ok(text) => text,
        Err(fault) => {
            let notice = Notice::new(Tone::Bad, "There is no receipt yet", fault.to_string());
            return page(&site, &visit, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), None);
        }
    };
    match hand_in(&site.api(&visit, None), &text).await {
        Ok((notice, done)) => page(&site, &visit, StatusCode::OK, Some(notice), Some(done)),
        Err(trouble) => page(&site, &visit, trouble.status(), Some(refusal(&trouble)), None),
    }
}

/// Gives the office a receipt, or a context in its place.
pub(super) async fn hand_in(api: &Api<'_>, text: &str) -> Result<(Notice, Done), Trouble> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let kind = "text/plain; charset=utf-8";
    let is_context =
        read_document(text.as_bytes()).is_ok_and(|envelope| envelope.payload_type == Context::TYPE);
    if is_context {
        let update: IssuedUpdate = api.post_bytes("/api/v1/exchange", kind, bytes).await?;
        let text = "A newer context proves the same as a receipt.";
        let notice = Notice::new(Tone::Good, "The office knows how far the device is", text);
        let lines = vec![match update.is_empty() {
            true => "Nothing more waits for it.".to_owned(),
            false => "Another update waits for it.".to_owned(),
        }];
        return Ok((notice, Done { serial: update.serial, lines }));
    }
    let answer: ReceiptAnswer = api.post_bytes("/api/v1/receipts", kind, bytes).await?;
    let title = match answer.already_known {
        true => "This receipt was handed in before; all is well",
        false => "Thank you. The office has the receipt",
    };
    let mut lines = Vec::new();
    if !answer.confirmed.is_empty() {
        let count = answer.confirmed.len() as u64;
        lines.push(format!(
            "{} confirmed in the device.",
            words::so_many(count, "activation", "activations")
        ));
    }
    if !answer.returned.is_empty() {
        let count = answer.returned.len() as u64;
        lines.push(format!("{} returned.", words::so_many(count, "activation", "activations")));
    }
    lines.push(match answer.outstanding {
        0 => "Nothing more waits for it: the circle is closed.".to_owned(),
        more => format!(
            "{} it does not have yet; another update waits for it.",
            words::so_many(more, "change", "changes")
        ),
    });
    Ok((Notice::new(Tone::Good, title, ""), Done { serial: answer.serial, lines }))
}
