//! An activation request: the context, with what is wished for written on it, to carry to the publisher's portal.
//!
//! Kept here: the wish stands in the lines of the file that are for people; only the context is signed, and the portal
//! asks for activation ID and count itself. Deliberately not here: a document type for wishes; there is none.

use askama::Template;
use axum::http::StatusCode;
use tenure_document::{ActivationId, armor, armored};

use super::files::document;
use crate::download::document_file;
use crate::icon::Icon;
use crate::manager::ferry::code;
use crate::qr::QrImage;
use crate::site::show;
use crate::staff::{Answer, Asked, Desk, Member};

/// Most that is wished for at once.
const COUNT_MAX: u64 = 1_000_000;

#[derive(Template)]
#[template(path = "manager/offline/request.html")]
struct RequestPage {
    desk: Desk,
    id: String,
    count: String,
    id_fault: Option<String>,
    count_fault: Option<&'static str>,
    sheet: Option<Sheet>,
}

/// What is carried.
struct Sheet {
    serial: String,
    id: String,
    count: u64,
    code: Option<QrImage>,
    file: String,
}

/// What is wished for.
struct Wish {
    id: String,
    count: u64,
}

fn wish(asked: &Asked) -> (Result<String, String>, Result<u64, &'static str>) {
    let id = asked.text("id").parse::<ActivationId>().map(|id| id.to_string()).map_err(|_| {
        "This is no activation ID: five groups of letters and digits, as on the certificate of purchase. \
         Look for a mistyped character."
            .to_owned()
    });
    let count = asked.text("count").parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    (id, count.ok_or("Enter how many, at least 1."))
}

/// `GET /offline/request`.
pub(super) async fn ask(me: Member, asked: Asked) -> Answer {
    me.must("offline")?;
    let is_asked = asked.has("id");
    let (id, count) = (asked.text("id").to_owned(), asked.text("count").to_owned());
    let mut page = RequestPage {
        desk: me.desk("Activation request"),
        id,
        count: if count.is_empty() && !is_asked { "1".to_owned() } else { count },
        id_fault: None,
        count_fault: None,
        sheet: None,
    };
    if !is_asked {
        return Ok(show(StatusCode::OK, &page));
    }
    let (id, count) = wish(&asked);
    if let (Ok(id), Ok(count)) = (&id, &count) {
        let (serial, context) = document(&me, "context").await.map_err(|why| me.sorry(&why))?;
        page.sheet = Some(Sheet {
            serial,
            id: id.clone(),
            count: *count,
            code: code(&context),
            file: format!("/offline/request.tnr?id={id}&count={count}"),
        });
        return Ok(show(StatusCode::OK, &page));
    }
    (page.id_fault, page.count_fault) = (id.err(), count.err());
    Ok(show(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// `GET /offline/request.tnr`.
pub(super) async fn file(me: Member, asked: Asked) -> Answer {
    let (Ok(id), Ok(count)) = wish(&asked) else {
        return ask(me, asked).await;
    };
    let (serial, context) = document(&me, "context").await.map_err(|why| me.sorry(&why))?;
    let text = with_wish(&context, &Wish { id, count }).unwrap_or(context);
    Ok(document_file(&format!("{serial}.request.tnr"), text))
}

/// The context with the wish above the lines that it has.
fn with_wish(context: &str, wish: &Wish) -> Option<String> {
    let (envelope, summary) = armored(context.as_bytes()).ok()??;
    let mut lines = vec![
        format!("Activation request: {} of activation ID {}", wish.count, wish.id),
        "Enter the activation ID in the portal, and give this file where it asks for the device."
            .to_owned(),
    ];
    lines.extend(summary);
    Some(armor(&envelope, &lines))
}
