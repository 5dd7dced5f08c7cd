//! Receipts and usage reports: what containers say of what they did.
//!
//! Kept here: each is proven by the key that the office has on record for its container; the same report again changes
//! nothing. Deliberately not here: what follows from it (issuing).

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{ReceiptAnswer, UsageTaken};
use tenure_document::{
    ContainerId, DocumentError, Envelope, Limits, Payload, PublicKey, Receipt, Usage, Verified,
    check_type, read_document, read_json, verify_signed_by,
};
use tenure_issuing::office::{Asker, Command, Continuity, Event, FleetRefusal, ReceiptIn, UsageIn};
use tenure_shell::answer::json;
use tenure_shell::body::whole;
use tenure_shell::idempotency::idempotency;
use tenure_shell::problem::Refused;

use crate::app::App;
use crate::refusal::{document_refused, refused};

/// Send a container's receipt: what it has applied.
#[utoipa::path(
    post, path = "/api/v1/receipts", tag = "containers", operation_id = "take_receipt",
    request_body(content = String, description = "The receipt: armored or JSON", content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "What it confirmed", body = ReceiptAnswer),
        (status = 404, description = "The office does not know the container", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn receipt(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (parts, bytes) = whole(request, &app.edge).await?;
    let receipt: Verified<Receipt> = proven(&app, bytes.clone(), |one: &Receipt| one.id).await?;
    let id = receipt.id;
    let key = idempotency(&parts, &bytes, || format!("container:{id}"))?;
    let command = ReceiptIn { receipt, by: Asker::Container(id) };
    let outcome = app.submit(Command::Receipt(Box::new(command)), key).await?;
    let standing = app
        .query(move |office, _| {
            let history = office.fleet().get(id).map(|known| &known.history);
            history.map(|history| (history.acknowledged(), history.issued()))
        })
        .await?;
    let (sequence, issued) = standing.unwrap_or_default();
    let mut answer = ReceiptAnswer {
        serial: id.serial(),
        sequence,
        already_known: outcome.events.is_empty(),
        confirmed: Vec::new(),
        returned: Vec::new(),
        outstanding: issued - sequence,
    };
    for event in &outcome.events {
        if let Event::Acknowledged(event) = event {
            answer.confirmed.extend(event.confirmed.iter().map(ToString::to_string));
            answer.returned.extend(event.removed.iter().map(|one| one.activation.to_string()));
        }
    }
    Ok(json(StatusCode::OK, &answer))
}

/// Send a license server's usage report.
#[utoipa::path(
    post, path = "/api/v1/usage", tag = "containers", operation_id = "take_usage",
    request_body(content = String, description = "The report: armored or JSON", content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "How much of it was new", body = UsageTaken),
        (status = 404, description = "The office does not know the license server", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn usage(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (parts, bytes) = whole(request, &app.edge).await?;
    let usage: Verified<Usage> = proven(&app, bytes.clone(), |one: &Usage| one.server).await?;
    let (id, to_sequence) = (usage.server, usage.to_sequence);
    let key = idempotency(&parts, &bytes, || format!("container:{id}"))?;
    let command = UsageIn { usage, by: Asker::Container(id) };
    let outcome = app.submit(Command::Usage(Box::new(command)), key).await?;
    let taken = outcome.events.iter().find_map(|event| match event {
        Event::UsageTaken(event) => Some(event),
        _ => None,
    });
    let answer = UsageTaken {
        serial: id.serial(),
        already_known: taken.is_none(),
        continuity: taken.map_or_else(String::new, |event| continuity(event.continuity).to_owned()),
        to_sequence,
    };
    Ok(json(StatusCode::OK, &answer))
}

fn continuity(found: Continuity) -> &'static str {
    match found {
        Continuity::First => "first",
        Continuity::Seamless => "seamless",
        Continuity::Gap => "gap",
        Continuity::Fork => "fork",
    }
}

/// Reads a document and proves it by the key on record of the container that it says it is of.
async fn proven<P: Payload + Send + 'static>(
    app: &App,
    bytes: Bytes,
    of: fn(&P) -> ContainerId,
) -> Result<Verified<P>, Refused> {
    let read = move || -> Result<(Envelope, ContainerId), DocumentError> {
        let envelope = read_document(&bytes)?;
        check_type::<P>(&envelope)?;
        // Not believed yet: it only says which key to ask.
        let claimed: P = read_json(&envelope.payload, Limits::PAYLOAD)?;
        let id = of(&claimed);
        Ok((envelope, id))
    };
    let (envelope, id) = app.beside(read).await?.map_err(|error| document_refused(&error))?;
    let key: Option<PublicKey> =
        app.query(move |office, _| office.fleet().get(id).map(|known| known.key.clone())).await?;
    let key = key.ok_or_else(|| refused(FleetRefusal::ContainerUnknown { id }))?;
    let verified = app.beside(move || verify_signed_by::<P>(&envelope, &key)).await?;
    verified.map_err(|error| document_refused(&error))
}
