//! One lease: look at it, renew it, give it back; and many renewals at once.
//!
//! Kept here: the holder is proven by the lease's token or by a client key, an administrator by a permit; the
//! three are told apart by the `Authorization` scheme. Deliberately not here: whether a lease may be renewed.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tenure_api::{
    LeaseGrant, LeaseRow, Problem, ReleaseAnswer, RenewalOutcome, RenewalRequest, Renewals,
    RenewalsAnswer,
};
use tenure_document::LeaseId;
use tenure_leasing::{Actor, Command, Event, LeaseRefusal, Refusal, Release, Renew};
use tenure_ledger::{Idempotency, Outcome, SubmitError};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::access::{DropDevice, Read};
use crate::answer::{Numbers, renewed};
use crate::app::App;
use crate::call::{Call, holder};
use crate::refusal::{not_renewed, refused, unsubmitted};
use crate::row::lease_row;

/// The most renewals in one request.
const RENEWALS_MAX: usize = 1_000;

/// Query of a release.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReleaseQuery {
    /// For the journal.
    pub(crate) reason: Option<String>,
}

/// Look at one lease: its holder by token, or a user who may read.
#[utoipa::path(
    get, path = "/api/v1/leases/{id}", tag = "client", operation_id = "show_lease",
    params(("id" = String, Path, description = "Lease ID")),
    responses((status = 200, description = "The lease", body = LeaseRow)),
    security(("lease" = []), ("bearer" = ["read"])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
    mut call: Call,
) -> Result<Response, Refused> {
    let id = lease_id(&id)?;
    if call.is_bearer()? {
        Permit::<Read>::from_request_parts(&mut call.parts, &app).await?;
    } else if let Actor::Key(key) = call.actor(&app, id, None)? {
        let signer =
            app.query(move |leasing, _| leasing.lease_row(id).map(|row| row.signed_by)).await?;
        if signer != Some(Some(key)) {
            return Err(refused(Refusal::Lease { lease: id, why: LeaseRefusal::NotYours }));
        }
    }
    let row = app.query(move |leasing, _| leasing.lease_row(id).map(lease_row)).await?;
    let unknown = || refused(Refusal::Lease { lease: id, why: LeaseRefusal::LeaseUnknown });
    let row = row.ok_or_else(unknown)?;
    Ok(json(StatusCode::OK, &row))
}

/// Give a lease back, borrowed ones early; or, as an administrator, take it away.
#[utoipa::path(
    delete, path = "/api/v1/leases/{id}", tag = "client", operation_id = "release_lease",
    params(("id" = String, Path, description = "Lease ID"), ReleaseQuery),
    request_body(content = Option<RenewalRequest>, description = "The token, unless it is in the header"),
    responses(
        (status = 200, description = "Its seats are free", body = ReleaseAnswer),
        (status = 410, description = "It had ended before", body = Problem, content_type = "application/problem+json"),
    ),
    security(("lease" = []), ("bearer" = ["drop-device"])),
)]
pub(crate) async fn release(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ReleaseQuery>,
    mut call: Call,
) -> Result<Response, Refused> {
    let id = lease_id(&id)?;
    let by = if call.is_bearer()? {
        Actor::Admin(Permit::<DropDevice>::from_request_parts(&mut call.parts, &app).await?.by())
    } else {
        let body: RenewalRequest = call.json_or_default()?;
        call.actor(&app, id, body.token.as_deref())?
    };
    let idempotency = call.idempotency(|| format!("lease:{id}"))?;
    let proven = by == Actor::Holder;
    let command = Command::Release(vec![Release { lease: id, by, reason: query.reason }]);
    let outcome = submit(&app, proven.then_some(id), command, idempotency).await?;
    Ok(json(StatusCode::OK, &ReleaseAnswer { id, released_at: outcome.at }))
}

/// Lengthen one lease.
#[utoipa::path(
    post, path = "/api/v1/leases/{id}/renewal", tag = "client", operation_id = "renew_lease",
    params(("id" = String, Path, description = "Lease ID")),
    request_body = RenewalRequest,
    responses(
        (status = 200, description = "The lease with its new end", body = LeaseGrant),
        (status = 410, description = "It has ended", body = Problem, content_type = "application/problem+json"),
    ),
    security(("lease" = [])),
)]
pub(crate) async fn renew(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
    call: Call,
) -> Result<Response, Refused> {
    let id = lease_id(&id)?;
    let body: RenewalRequest = call.json_or_default()?;
    let by = call.actor(&app, id, body.token.as_deref())?;
    let idempotency = call.idempotency(|| format!("lease:{id}"))?;
    let proven = (by == Actor::Holder).then_some(id);
    let wanted = Renew { lease: id, by, nonce: body.nonce, request: call.request_hash() };
    let outcome = submit(&app, proven, Command::Renew(vec![wanted]), idempotency).await?;
    let index = outcome.events.iter().position(|event| matches!(event, Event::Renewed(_)));
    let index = index.ok_or_else(|| Code::Internal.says("The renewal left no trace."))?;
    Ok(json(StatusCode::OK, &renewed(call.tokens(&app), &outcome, index, &mut Numbers::default())?))
}

/// Lengthen many leases; each by itself, answered in the order asked.
#[utoipa::path(
    post, path = "/api/v1/renewals", tag = "client", operation_id = "renew_leases",
    request_body = Renewals,
    responses((status = 200, description = "What became of each", body = RenewalsAnswer)),
    security(("lease" = [])),
)]
pub(crate) async fn renew_many(State(app): State<App>, call: Call) -> Result<Response, Refused> {
    let Renewals { renewals } = call.json()?;
    if renewals.is_empty() || renewals.len() > RENEWALS_MAX {
        return Err(Code::BadValue.says(format!("Name 1 to {RENEWALS_MAX} leases in `renewals`.")));
    }
    let mut answer: Vec<RenewalOutcome> = Vec::with_capacity(renewals.len());
    let mut wanted = Vec::with_capacity(renewals.len());
    let (mut named, request) = (BTreeSet::new(), call.request_hash());
    for renewal in renewals {
        let id = renewal.lease;
        let problem = match holder(call.tokens(&app), &id.to_string(), &renewal.token) {
            Ok(_) if !named.insert(id) => {
                let twice = "The lease stands in `renewals` twice; name it once.";
                Some(Code::BadValue.says(twice).into_problem())
            }
            Ok(by) => {
                wanted.push((answer.len(), Renew { lease: id, by, nonce: renewal.nonce, request }));
                None
            }
            Err(refused) => Some(refused.into_problem()),
        };
        answer.push(RenewalOutcome { id, lease: None, problem });
    }
    let (places, commands): (Vec<usize>, Vec<Renew>) = wanted.into_iter().unzip();
    if !commands.is_empty() {
        renew_all(&app, &call, commands, &places, &mut answer).await?;
    }
    Ok(json(StatusCode::OK, &RenewalsAnswer { renewals: answer }))
}

/// Submits the proven ones and puts each result where it was asked.
async fn renew_all(
    app: &App,
    call: &Call,
    commands: Vec<Renew>,
    places: &[usize],
    answer: &mut [RenewalOutcome],
) -> Result<(), Refused> {
    let first = commands[0].lease;
    let alone = commands.len() == 1;
    let idempotency = call.idempotency(|| format!("lease:{first}"))?;
    let outcome = match app.engine.submit(Command::Renew(commands), idempotency).await {
        Ok(outcome) => outcome,
        // One renewal is refused as a whole; here it is one outcome among others.
        Err(SubmitError::Refused(refusal)) if alone => {
            if is_unknown(&refusal) {
                note_forgotten(app, first).await;
            }
            answer[places[0]].problem = Some(refused(refusal).into_problem());
            return Ok(());
        }
        Err(error) => return Err(unsubmitted(error)),
    };
    let forgotten = outcome.events.iter().filter_map(|event| match event {
        Event::NotRenewed { lease, why: LeaseRefusal::LeaseUnknown, .. } => Some(*lease),
        _ => None,
    });
    if let Some(last) = forgotten.max() {
        note_forgotten(app, last).await;
    }
    let (mut next, mut numbers) = (places.iter(), Numbers::default());
    for (index, event) in outcome.events.iter().enumerate() {
        let outcome = match event {
            Event::Renewed(_) => Ok(renewed(call.tokens(app), &outcome, index, &mut numbers)),
            Event::NotRenewed { why, .. } => Err(not_renewed(why)),
            _ => continue,
        };
        let Some(place) = next.next() else { break };
        let slot = &mut answer[*place];
        match outcome {
            Ok(Ok(lease)) => slot.lease = Some(lease),
            Ok(Err(refused)) => slot.problem = Some(refused.into_problem()),
            Err(problem) => slot.problem = Some(problem),
        }
    }
    Ok(())
}

/// Has an order about one lease decided; `proven` is the lease where its token was shown.
async fn submit(
    app: &App,
    proven: Option<LeaseId>,
    command: Command,
    idempotency: Option<Idempotency>,
) -> Result<Outcome<Event>, Refused> {
    let outcome = app.engine.submit(command, idempotency).await;
    if let (Some(lease), Err(SubmitError::Refused(refusal))) = (proven, &outcome)
        && is_unknown(refusal)
    {
        note_forgotten(app, lease).await;
    }
    outcome.map_err(unsubmitted)
}

fn is_unknown(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Lease { why: LeaseRefusal::LeaseUnknown, .. })
}

/// Who has the token of a lease that was never granted here shows that this ledger is an older copy: leases are forgotten.
async fn note_forgotten(app: &App, lease: LeaseId) {
    let evidence = format!("somebody holds {lease}, which this ledger has not granted");
    let command = Command::Reconcile { evidence, lease: Some(lease) };
    // The holder is refused in any case; what can't be stored now shows again when it asks again.
    if let Err(error) = app.engine.submit(command, None).await {
        tracing::warn!(%lease, %error, "a forgotten lease could not be noted");
    }
}

/// A lease ID of a path; what can't be one is unknown.
fn lease_id(text: &str) -> Result<LeaseId, Refused> {
    text.parse().map_err(|_| Code::NotFound.says("A lease ID looks like L-0000000000000."))
}
