//! The files that leave the server: context, receipt, reports of use.
//!
//! Kept here: a document leaves as the server wrote it, under a name that says whose it is; a code is shown only where
//! the document fits into one. Deliberately not here: what comes in (`ferry`), asking for licenses (`request`).

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use tenure_api::{ContainerAnswer, UsageReportRow};

use crate::backend::Trouble;
use crate::download::document_file;
use crate::icon::Icon;
use crate::manager::ferry::code;
use crate::qr::QrImage;
use crate::site::show;
use crate::staff::{Answer, Desk, Member, sheet};

#[derive(Template)]
#[template(path = "manager/offline/context.html")]
struct ContextPage {
    desk: Desk,
    serial: String,
    code: Option<QrImage>,
    text: String,
}

/// The serial of the container, and one of its documents.
pub(super) async fn document(me: &Member, what: &str) -> Result<(String, String), Trouble> {
    let path = format!("/api/v1/container/{what}");
    let api = me.api();
    let (container, text) =
        tokio::join!(api.get::<ContainerAnswer>("/api/v1/container"), api.get_text(&path));
    Ok((container?.serial, text?))
}

/// `GET /offline/context`.
pub(super) async fn context(me: Member) -> Answer {
    let (serial, text) = document(&me, "context").await.map_err(|why| me.sorry(&why))?;
    let code = code(&text);
    let desk = me.desk("The context of this server");
    Ok(show(StatusCode::OK, &ContextPage { desk, serial, code, text }))
}

/// `GET /offline/context.tnr`.
pub(super) async fn context_file(me: Member) -> Answer {
    let (serial, text) = document(&me, "context").await.map_err(|why| me.sorry(&why))?;
    Ok(document_file(&format!("{serial}.context.tnr"), text))
}

/// `GET /offline/receipt.tnr`.
pub(super) async fn receipt_file(me: Member) -> Answer {
    let (serial, text) = document(&me, "receipt").await.map_err(|why| me.sorry(&why))?;
    Ok(document_file(&format!("{serial}.receipt.tnr"), text))
}

/// `GET /offline/usage/{number}`: the file of a report, whatever ends its name.
pub(super) async fn usage_file(me: Member, Path(number): Path<String>) -> Answer {
    let number: String = number.chars().take_while(char::is_ascii_digit).take(20).collect();
    let path = format!("/api/v1/usage-reports/{number}");
    let text = me.api().get_text(&path).await.map_err(|why| me.sorry(&why))?;
    Ok(document_file(&format!("usage-{number}.tnr"), text))
}

/// `GET /offline/usage.csv`.
pub(super) async fn usage_list(me: Member) -> Answer {
    let found: Result<Vec<UsageReportRow>, Trouble> = me.all("/api/v1/usage-reports", "").await;
    let rows = found.map_err(|why| me.sorry(&why))?.into_iter().map(|row| {
        let taken = if row.taken { "yes" } else { "no" }.to_owned();
        [row.to_sequence.to_string(), row.until.to_string(), row.at.to_string(), taken]
    });
    Ok(sheet("usage-reports.csv", &["to_sequence", "until", "at", "taken"], rows))
}
