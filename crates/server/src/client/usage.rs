//! Metered features: consume, take back, and batches from clients that were off line.
//!
//! Kept here: the answer is what was recorded. Deliberately not here: what may be consumed, how long it can be
//! taken back, and which records of a batch are new.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::response::Response;
use tenure_api::{
    BatchResult, Problem, UndoRequest, UsageAnswer, UsageBatchAnswer, UsageBatchRequest,
    UsageRequest,
};
use tenure_document::{Time, Version};
use tenure_leasing::{Actor, BatchEntry, Command, Consume, ConsumeBatch, Event, Undo, UsageId};
use tenure_shell::access::Permit;
use tenure_shell::answer::json;
use tenure_shell::extract::{NoQuery, Path, Query};
use tenure_shell::problem::{Code, Refused};

use crate::access::Admin;
use crate::app::App;
use crate::call::Call;
use crate::client::checkout::{dictionary, principal};
use crate::refusal::{denial_answer, nothing_granted};
use crate::token::Tokens;

/// Use up some of a metered feature.
#[utoipa::path(
    post, path = "/api/v1/usage", tag = "client", operation_id = "consume",
    request_body = UsageRequest,
    responses(
        (status = 201, description = "Recorded", body = UsageAnswer),
        (status = 409, description = "Not recorded; `denials` says why", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn consume(State(app): State<App>, call: Call) -> Result<Response, Refused> {
    let request: UsageRequest = call.json()?;
    let idempotency = call.idempotency(|| principal(&request.holder))?;
    let command = Command::Consume(Consume {
        holder: request.holder,
        feature: request.feature,
        version: request.version,
        count: request.count,
        selectors: Default::default(),
        dictionary: dictionary(request.dictionary),
        signed_by: call.signed_by,
    });
    let outcome = app.submit(command, idempotency).await?;
    for event in &outcome.events {
        match event {
            Event::Consumed(consumed) => {
                let recorded = Recorded {
                    usage: consumed.usage,
                    feature: consumed.feature.clone(),
                    version: consumed.version,
                    count: consumed.count,
                    at: consumed.at,
                    undo_until: consumed.undo_until,
                };
                return recorded.answer(&app, call.tokens(&app), StatusCode::CREATED).await;
            }
            Event::Denied(denied) => {
                let denials = app.with_reason(vec![denial_answer(denied)]).await;
                return Err(nothing_granted(denials));
            }
            _ => {}
        }
    }
    Err(Code::Internal.says("The consumption left no trace."))
}

/// Take a consumption back as a whole.
#[utoipa::path(
    post, path = "/api/v1/usage/{id}/undo", tag = "client", operation_id = "undo_usage",
    params(("id" = String, Path, description = "ID of the consumption")),
    request_body = UndoRequest,
    responses(
        (status = 200, description = "What was taken back", body = UsageAnswer),
        (status = 409, description = "It can no longer be taken back", body = Problem,
            content_type = "application/problem+json"),
    ),
    security(("lease" = []), ("bearer" = ["admin"])),
)]
pub(crate) async fn undo(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(NoQuery {}): Query<NoQuery>,
    mut call: Call,
) -> Result<Response, Refused> {
    let body: UndoRequest = call.json_or_default()?;
    let usage = usage_id(&id)?;
    let by = match call.is_bearer()? {
        true => {
            Actor::Admin(Permit::<Admin>::from_request_parts(&mut call.parts, &app).await?.by())
        }
        false => call.actor_by_name(&app, &usage.to_string(), body.token.as_deref())?,
    };
    let idempotency = call.idempotency(|| format!("usage:{usage}"))?;
    let outcome =
        app.submit(Command::Undo(Undo { usage, by, reason: body.reason }), idempotency).await?;
    for event in outcome.events {
        if let Event::Undone { usage, feature, version, count, .. } = event {
            let undone =
                Recorded { usage, feature, version, count, at: outcome.at, undo_until: None };
            return undone.answer(&app, call.tokens(&app), StatusCode::OK).await;
        }
    }
    Err(Code::Internal.says("The undo left no trace."))
}

/// Report what was consumed off line; exactly once by `client` and `sequence`.
#[utoipa::path(
    post, path = "/api/v1/usage/batch", tag = "client", operation_id = "report_usage_batch",
    request_body = UsageBatchRequest,
    responses((status = 200, description = "Recorded up to here", body = UsageBatchAnswer)),
)]
pub(crate) async fn batch(State(app): State<App>, call: Call) -> Result<Response, Refused> {
    let request: UsageBatchRequest = call.json()?;
    let idempotency = call.idempotency(|| principal(&request.holder))?;
    let client = request.client.clone();
    let holder = request.holder.clone();
    let mut entries = Vec::with_capacity(request.records.len());
    for record in request.records {
        entries.push(BatchEntry {
            sequence: record.sequence,
            feature: record.feature,
            version: record.version,
            count: record.count,
            used_at: record.at,
        });
    }
    let command = Command::ConsumeBatch(ConsumeBatch {
        holder: request.holder,
        client: request.client,
        entries,
        signed_by: call.signed_by,
    });
    let outcome = app.submit(command, idempotency).await?;
    for event in &outcome.events {
        match event {
            Event::UsageBatch(batch) => {
                let tokens = call.tokens(&app);
                let results = batch.entries.iter().map(|entry| batch_result(entry, tokens));
                let results = results.collect();
                let answer = UsageBatchAnswer { acknowledged: batch.through, results };
                return Ok(json(StatusCode::OK, &answer));
            }
            Event::Denied(denied) => {
                let denials = app.with_reason(vec![denial_answer(denied)]).await;
                return Err(nothing_granted(denials));
            }
            _ => {}
        }
    }
    // Nothing in it was new: the former acknowledgement again.
    let acknowledged =
        app.query(move |leasing, _| leasing.usage_through(&holder.host, &client)).await?;
    Ok(json(StatusCode::OK, &UsageBatchAnswer { acknowledged, results: Vec::new() }))
}

fn batch_result(entry: &tenure_leasing::Batched, tokens: &Tokens) -> BatchResult {
    let id = entry.usage.map(|usage| usage.to_string());
    BatchResult {
        sequence: entry.sequence,
        token: id.as_deref().map(|id| tokens.token(id)),
        id,
        undo_until: entry.undo_until,
        reason: entry.reason.map(|reason| reason.code().to_owned()),
    }
}

/// What was consumed, or taken back.
struct Recorded {
    usage: UsageId,
    feature: String,
    version: Version,
    count: u64,
    at: Time,
    undo_until: Option<Time>,
}

impl Recorded {
    async fn answer(
        self,
        app: &App,
        tokens: &Tokens,
        status: StatusCode,
    ) -> Result<Response, Refused> {
        let feature = self.feature.clone();
        let remaining = app.query(move |leasing, now| leasing.units_left(&feature, now)).await?;
        Ok(json(
            status,
            &UsageAnswer {
                id: self.usage.to_string(),
                token: tokens.token(&self.usage.to_string()),
                feature: self.feature,
                version: self.version,
                count: self.count,
                recorded_at: self.at,
                undo_until: self.undo_until,
                remaining,
            },
        ))
    }
}

/// The ID of a consumption in a path; what can't be one is unknown.
fn usage_id(text: &str) -> Result<UsageId, Refused> {
    text.parse().map_err(|_| Code::NotFound.says("The ID of a consumption looks like U-1."))
}
