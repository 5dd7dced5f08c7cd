//! Checkout and preview: `POST /api/v1/leases`, `POST /api/v1/previews`.
//!
//! Kept here: 201 when anything was granted, 409 with all denials when nothing was. This is the hot path:
//! one parse, one submit, one write. Deliberately not here: the decision.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{CheckoutAnswer, CheckoutRequest, PreviewAnswer, PreviewRow, Problem};
use tenure_document::{Hash, Holder, KeyId};
use tenure_leasing::{
    Checkout, Command, Dictionary, DictionaryValue, Event, FeatureRequest, Granularity,
    PreviewOutcome,
};
use tenure_ledger::Outcome;
use tenure_shell::answer::{json, json_bytes};
use tenure_shell::problem::Refused;

use crate::app::App;
use crate::call::Call;
use crate::client::ticket::tickets as tickets_of;
use crate::grant_text::checkout_answer;
use crate::refusal::{denial_answer, nothing_granted, pool_tried, refused};
use crate::token::Tokens;

/// Ask for seats.
///
/// Each desired feature succeeds or fails by itself unless `all` is set. With an `Idempotency-Key` a repeated
/// request gets the same answer and never a second seat.
#[utoipa::path(
    post, path = "/api/v1/leases", tag = "client", operation_id = "checkout",
    request_body = CheckoutRequest,
    responses(
        (status = 201, description = "At least one lease was granted", body = CheckoutAnswer),
        (status = 202, description = "Nothing was granted yet; `tickets` says what is waited for", body = CheckoutAnswer),
        (status = 409, description = "Nothing was granted; `denials` says why", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn checkout(State(app): State<App>, call: Call) -> Result<Response, Refused> {
    check_out(&app, call).await
}

/// The same where the router is passed by.
///
/// Who waits holds nothing of the request: a crowd waits at once, and what each holds is memory that every step of it
/// touches.
pub(crate) fn check_out(
    app: &App,
    call: Call,
) -> impl Future<Output = Result<Response, Refused>> + Send {
    let submitted = submit(app, call);
    async move {
        let (outcome, bound) = submitted?;
        let (outcome, tokens) = (outcome.await?, bound.as_deref().unwrap_or(&app.tokens));
        answer(app, tokens, &outcome).await
    }
}

type Submitted<F> = Result<(F, Option<Box<Tokens>>), Refused>;

/// Hands the command over; what comes of it is in the future, and the tokens where those are bound.
fn submit(
    app: &App,
    mut call: Call,
) -> Submitted<impl Future<Output = Result<Outcome<Event>, Refused>> + Send + use<>> {
    let request: CheckoutRequest = call.json()?;
    let idempotency = call.idempotency(|| principal(&request.holder))?;
    let command = Command::Checkout(wanted(request, call.request_hash(), call.signed_by));
    Ok((app.submit(command, idempotency), call.bound.take()))
}

async fn answer(app: &App, tokens: &Tokens, outcome: &Outcome<Event>) -> Result<Response, Refused> {
    let (mut leases, mut denials, mut queued) = (Vec::with_capacity(1), Vec::new(), Vec::new());
    for (index, event) in outcome.events.iter().enumerate() {
        match event {
            Event::Granted(lease) => leases.push((index, lease)),
            Event::Denied(denied) => denials.push(denial_answer(denied)),
            Event::Queued(ticket) => queued.push(ticket.clone()),
            _ => {}
        }
    }
    // In a box: it is seldom run, and makes the future of every checkout larger.
    let tickets = match queued.is_empty() {
        true => Vec::new(),
        false => Box::pin(tickets_of(app, tokens, queued)).await?,
    };
    let status = match (leases.is_empty(), tickets.is_empty()) {
        (true, true) => {
            return Err(nothing_granted(Box::pin(app.with_reason(denials)).await));
        }
        (true, false) => StatusCode::ACCEPTED,
        (false, _) => StatusCode::CREATED,
    };
    Ok(json_bytes(status, checkout_answer(tokens, outcome, &leases, &denials, &tickets)))
}

/// Ask what a checkout would give; nothing is consumed.
#[utoipa::path(
    post, path = "/api/v1/previews", tag = "client", operation_id = "preview",
    request_body = CheckoutRequest,
    responses((status = 200, description = "What would be granted", body = PreviewAnswer)),
)]
pub(crate) async fn preview(State(app): State<App>, call: Call) -> Result<Response, Refused> {
    let request: CheckoutRequest = call.json()?;
    let checkout = wanted(request, call.request_hash(), call.signed_by);
    let rows = app.query(move |leasing, now| leasing.preview(&checkout, now)).await?;
    let mut features: Vec<PreviewRow> =
        rows.map_err(refused)?.into_iter().map(preview_row).collect();
    let told = features.iter_mut().map(|row| (row.code.as_str(), &mut row.explanation));
    app.tell_reason(told).await;
    Ok(json(StatusCode::OK, &PreviewAnswer { features }))
}

fn preview_row(row: tenure_leasing::PreviewRow) -> PreviewRow {
    let pools = row.pools.iter().map(pool_tried).collect();
    let (version, granted, expires_at, code, explanation) = match row.outcome {
        PreviewOutcome::Granted { version, count, expires, shortened_by, code } => {
            let by = shortened_by.map(|limit| format!(", shortened by {}", limit.word()));
            let by = by.unwrap_or_default();
            let explanation = format!("{count} of {} would be granted now{by}.", row.requested);
            (version, count, Some(expires), code, explanation)
        }
        PreviewOutcome::Denied { reason, remedy } => {
            (row.version, 0, None, reason.code().to_owned(), remedy.text())
        }
        PreviewOutcome::NotAlone { without, reason } => {
            let explanation = format!("\"all\" is set, and {without:?} would not be granted.");
            (row.version, 0, None, reason.code().to_owned(), explanation)
        }
    };
    PreviewRow {
        feature: row.feature,
        version,
        requested: row.requested,
        granted,
        largest: row.largest,
        expires_at,
        code,
        explanation,
        pools,
    }
}

/// Who asks, when nobody signed: the host the holder names.
pub(crate) fn principal(holder: &Holder) -> String {
    ["host:", &holder.host.value, "/", holder.host.kind.name()].concat()
}

/// The request as the leasing floor takes it.
pub(crate) fn wanted(
    request: CheckoutRequest,
    hash: Option<Hash>,
    signed_by: Option<KeyId>,
) -> Checkout {
    Checkout {
        holder: request.holder,
        features: request.features.into_iter().map(feature_request).collect(),
        all: request.all,
        borrow_seconds: request.borrow.map(tenure_api::Seconds::get),
        granularity: request.granularity.map(granularity),
        dictionary: dictionary(request.dictionary),
        selectors: request.selectors,
        wait_seconds: request.wait.map(tenure_api::Seconds::get),
        nonce: request.nonce,
        request: hash,
        client_key: request.client_key,
        signed_by,
    }
}

/// The facts that the requester tells.
pub(crate) fn dictionary(told: tenure_api::Dictionary) -> Dictionary {
    let value = |value| match value {
        tenure_api::DictionaryValue::One(text) => DictionaryValue::One(text),
        tenure_api::DictionaryValue::Many(texts) => DictionaryValue::Many(texts),
    };
    told.into_iter().map(|(key, told)| (key, value(told))).collect()
}

pub(crate) fn feature_request(feature: tenure_api::DesiredFeature) -> FeatureRequest {
    FeatureRequest {
        name: feature.name,
        version: feature.version,
        count: feature.count,
        partial: feature.partial,
    }
}

pub(crate) fn granularity(granularity: tenure_api::Granularity) -> Granularity {
    match granularity {
        tenure_api::Granularity::Second => Granularity::Second,
        tenure_api::Granularity::Minute => Granularity::Minute,
        tenure_api::Granularity::Hour => Granularity::Hour,
        tenure_api::Granularity::Day => Granularity::Day,
    }
}
