//! Tickets of holders that wait: `GET|DELETE /api/v1/tickets/{id}`.
//!
//! Kept here: a question stays open until its own ticket is served, and is then answered with what it was offered; the
//! holder is proven by the ticket's token or a client key. Deliberately not here: who is served when (the leasing
//! floor), how many questions may be open (`waiters`).

use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{CheckoutAnswer, LeaseGrant, Problem, TicketAnswer, TicketEndAnswer};
use tenure_document::Bytes;
use tenure_leasing::{
    Actor, Cancel, Claim, Command, DenialId, Event, Queued, Refusal, TicketEnd, TicketId, TicketRow,
};
use tenure_ledger::SubmitError;
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::access::DropDevice;
use crate::answer::{Numbers, renewed};
use crate::app::App;
use crate::call::Call;
use crate::client::lease::ReleaseQuery;
use crate::refusal::{denial_answer, nothing_granted, refused, unsubmitted};
use crate::token::Tokens;

/// The longest that a question stays open, in seconds.
const WAIT_MAX: u64 = 30;
/// The longest nonce, in bytes.
const NONCE_MAX: usize = 1024;

/// Query of a question about a ticket.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TicketQuery {
    /// Seconds that the answer may take, at most 30; it comes at once when seats are held for the ticket.
    wait: Option<u64>,
    /// Echoed in the lease documents in place of the checkout's nonce, base64url.
    #[param(value_type = Option<String>)]
    nonce: Option<Bytes>,
}

/// Ask about a ticket, and take what it was offered.
///
/// Answered like a checkout: 200 with leases, as soon as seats are held for the ticket, else 202 with the ticket. Asking
/// again after that gives the same leases, renewed.
#[utoipa::path(
    get, path = "/api/v1/tickets/{id}", tag = "client", operation_id = "show_ticket",
    params(("id" = String, Path, description = "Ticket ID, for example T-17"), TicketQuery),
    responses(
        (status = 200, description = "Served: the leases", body = CheckoutAnswer),
        (status = 202, description = "It still waits", body = CheckoutAnswer),
        (status = 409, description = "It has waited in vain; `denials` says why", body = Problem,
            content_type = "application/problem+json"),
        (status = 410, description = "It has ended", body = Problem, content_type = "application/problem+json"),
    ),
    security(("lease" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<TicketQuery>,
    call: Call,
) -> Result<Response, Refused> {
    let ticket = ticket_id(&id)?;
    let by = call.actor_by_name(&app, &ticket.to_string(), None)?;
    if query.nonce.as_ref().is_some_and(|nonce| nonce.as_slice().len() > NONCE_MAX) {
        return Err(Code::BadParameter.says(format!("`nonce` has at most {NONCE_MAX} bytes.")));
    }
    let tokens = call.tokens(&app);
    let claim = Claim { ticket, by, nonce: query.nonce };
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(WAIT_MAX));
    // Waits before it asks, so that an offer in between is not missed.
    let waiter = (!wait.is_zero()).then(|| app.waiters.enter(ticket)).flatten();
    if let Some(leases) = take(&app, tokens, &claim).await? {
        return Ok(served(leases));
    }
    if let Some(mut waiter) = waiter
        && tokio::time::timeout(wait, waiter.woken()).await.is_ok()
        && let Some(leases) = take(&app, tokens, &claim).await?
    {
        return Ok(served(leases));
    }
    let row = app.query(move |leasing, now| (leasing.ticket_row(ticket, now), now.at)).await?;
    let (Some(row), now) = row else {
        return Err(refused(Refusal::TicketEnded { ticket, how: None, denials: Vec::new() }));
    };
    let mut tickets = vec![ticket_answer(tokens, &row)];
    estimate(&mut tickets, &[row], now);
    let answer = CheckoutAnswer { leases: Vec::new(), denials: Vec::new(), tickets };
    Ok(json(StatusCode::ACCEPTED, &answer))
}

fn served(leases: Vec<LeaseGrant>) -> Response {
    json(StatusCode::OK, &CheckoutAnswer { leases, denials: Vec::new(), tickets: Vec::new() })
}

/// What the ticket was offered, taken; none: it still waits.
async fn take(
    app: &App,
    tokens: &Tokens,
    claim: &Claim,
) -> Result<Option<Vec<LeaseGrant>>, Refused> {
    let outcome = match app.engine.submit(Command::Claim(claim.clone()), None).await {
        Ok(outcome) => outcome,
        Err(SubmitError::Refused(Refusal::TicketEnded {
            how: Some(TicketEnd::WaitedOut),
            denials,
            ticket,
        })) => return Err(in_vain(app, ticket, denials).await?),
        Err(error) => return Err(unsubmitted(error)),
    };
    let (mut leases, mut numbers) = (Vec::new(), Numbers::default());
    for (index, event) in outcome.events.iter().enumerate() {
        if let Event::Renewed(_) = event {
            leases.push(renewed(tokens, &outcome, index, &mut numbers)?);
        }
    }
    Ok((!leases.is_empty()).then_some(leases))
}

/// The denials that a ticket got in place of seats, as a checkout tells them.
async fn in_vain(app: &App, ticket: TicketId, denials: Vec<DenialId>) -> Result<Refused, Refused> {
    let rows = app
        .query(move |leasing, _| {
            denials.into_iter().filter_map(|id| leasing.denial_row(id)).collect::<Vec<_>>()
        })
        .await?;
    if rows.is_empty() {
        let how = Some(TicketEnd::WaitedOut);
        return Ok(refused(Refusal::TicketEnded { ticket, how, denials: Vec::new() }));
    }
    let denials = rows.iter().map(|row| denial_answer(&row.denied)).collect();
    Ok(nothing_granted(app.with_reason(denials).await))
}

/// Wait no longer; what the ticket was offered, or has just taken, is given back. Or, as an administrator, end it.
#[utoipa::path(
    delete, path = "/api/v1/tickets/{id}", tag = "client", operation_id = "cancel_ticket",
    params(("id" = String, Path, description = "Ticket ID, for example T-17"), ReleaseQuery),
    responses(
        (status = 200, description = "It waits no longer", body = TicketEndAnswer),
        (status = 410, description = "It had ended before", body = Problem, content_type = "application/problem+json"),
    ),
    security(("lease" = []), ("bearer" = ["drop-device"])),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ReleaseQuery>,
    mut call: Call,
) -> Result<Response, Refused> {
    let ticket = ticket_id(&id)?;
    let by = if call.is_bearer()? {
        Actor::Admin(Permit::<DropDevice>::from_request_parts(&mut call.parts, &app).await?.by())
    } else {
        call.actor_by_name(&app, &ticket.to_string(), None)?
    };
    let idempotency = call.idempotency(|| format!("ticket:{ticket}"))?;
    let command = Command::Cancel(Cancel { ticket, by, reason: query.reason });
    let outcome = app.submit(command, idempotency).await?;
    let released = outcome.events.iter().filter_map(|event| match event {
        Event::Released { lease, .. } => Some(*lease),
        _ => None,
    });
    let released = released.collect();
    let id = ticket.to_string();
    Ok(json(StatusCode::OK, &TicketEndAnswer { id, ended_at: outcome.at, released }))
}

/// The tickets that a checkout gave out, as they stand now.
pub(crate) async fn tickets(
    app: &App,
    tokens: &Tokens,
    queued: Vec<Queued>,
) -> Result<Vec<TicketAnswer>, Refused> {
    let ids: Vec<TicketId> = queued.iter().map(|queued| queued.ticket).collect();
    let (rows, now) = app
        .query(move |leasing, now| {
            let rows = ids.iter().filter_map(|id| leasing.ticket_row(*id, now));
            (rows.collect::<Vec<TicketRow>>(), now.at)
        })
        .await?;
    let mut answers: Vec<TicketAnswer> =
        queued.iter().map(|queued| plain(tokens, queued)).collect();
    estimate(&mut answers, &rows, now);
    Ok(answers)
}

fn plain(tokens: &Tokens, queued: &Queued) -> TicketAnswer {
    let features = queued.asked.features.iter().map(|feature| feature.name.clone()).collect();
    answer_of(tokens, queued.ticket, features, queued.until)
}

fn ticket_answer(tokens: &Tokens, row: &TicketRow) -> TicketAnswer {
    let features = row.features.iter().map(|feature| feature.name.clone()).collect();
    answer_of(tokens, row.id, features, row.until)
}

fn answer_of(
    tokens: &Tokens,
    ticket: TicketId,
    features: Vec<String>,
    expires_at: tenure_document::Time,
) -> TicketAnswer {
    let id = ticket.to_string();
    TicketAnswer {
        token: tokens.token(&id),
        poll: format!("/api/v1/tickets/{id}?wait={WAIT_MAX}"),
        id,
        features,
        ahead: None,
        position: None,
        estimate_seconds: None,
        expires_at,
    }
}

/// Adds to tickets at which place they are.
fn estimate(answers: &mut [TicketAnswer], rows: &[TicketRow], now: tenure_document::Time) {
    for row in rows.iter().filter(|row| row.offer.is_none()) {
        let id = row.id.to_string();
        let Some(answer) = answers.iter_mut().find(|answer| answer.id == id) else { continue };
        answer.ahead = Some(row.ahead);
        answer.position = Some(row.ahead.saturating_add(1));
        answer.estimate_seconds = seconds_to(row.expected, now);
    }
}

/// Whole seconds from now until then.
pub(crate) fn seconds_to(
    then: Option<tenure_document::Time>,
    now: tenure_document::Time,
) -> Option<u64> {
    let millis = then?.as_millis().saturating_sub(now.as_millis()).max(0);
    u64::try_from(millis).ok().map(|millis| millis.div_ceil(1000))
}

fn ticket_id(text: &str) -> Result<TicketId, Refused> {
    text.parse().map_err(|_| Code::NotFound.says("A ticket ID looks like T-17."))
}
