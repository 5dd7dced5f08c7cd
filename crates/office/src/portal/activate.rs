//! Activations from the portal: choices and a container go in, an update comes out.
//!
//! Kept here: a context is taken in together with the choices, in one decision; a container that is only named must hold
//! something of the IDs already, or be their customer's. Deliberately not here: what may be activated (issuing).

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{IssuedUpdate, PortalActivationRequest};
use tenure_document::{ActivationId, ContainerId, check_serial};
use tenure_issuing::office::{ActivationCommand, Asker, Choice, Command, Event};
use tenure_ledger::Idempotency;
use tenure_shell::body::whole;
use tenure_shell::extract::json as read_json;
use tenure_shell::idempotency::idempotency;
use tenure_shell::login::Source;
use tenure_shell::problem::{Code, Refused};

use super::gate::all_known;
use crate::app::App;
use crate::container::exchange::update_answer;
use crate::issue;
use crate::push::push;
use crate::rows::activation::portal_row;
use crate::staff::activations::choice;

/// Put chosen units into a container: its context or its serial goes in, its update comes out.
#[utoipa::path(
    post, path = "/api/v1/portal/activations", tag = "portal", operation_id = "portal_activate",
    request_body = PortalActivationRequest,
    responses(
        (status = 200, description = "The update; as text alone where `Accept` asks for it", content(
            (IssuedUpdate = "application/json"), (String = "application/vnd.tenure.update"),
        )),
        (status = 404, description = "An activation ID is not known", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "So many are not free, or the container takes none", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn activate(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Refused> {
    let (mut parts, body) = request.into_parts();
    let source = Source::from_request_parts(&mut parts, &app).await?;
    let (parts, bytes) = whole(Request::from_parts(parts, body), &app.edge).await?;
    let asked: PortalActivationRequest = read_json(&parts.headers, &bytes)?;
    let typed: Vec<String> = asked.choices.iter().map(|one| one.activation_id.clone()).collect();
    let ids = all_known(&app, &source, &typed).await?;
    let first = *ids.first().ok_or_else(|| Code::BadValue.says("Choose at least one line."))?;
    let choices = asked.choices.iter().map(choice).collect::<Result<Vec<_>, _>>()?;
    let key = idempotency(&parts, &bytes, || format!("portal:{first}"))?;
    let by = Asker::Portal { activation_id: first };
    let answer = match (asked.context, asked.serial) {
        (Some(context), None) => by_context(&app, context, (by, choices), key).await?,
        (None, Some(serial)) => {
            let id = named(&app, &serial, &ids).await?;
            by_serial(&app, id, (by, choices), key).await?
        }
        _ => return Err(Code::BadValue.says("Send either `context` or `serial`.")),
    };
    Ok(portal_answer(&parts.headers, answer))
}

async fn by_context(
    app: &App,
    context: String,
    (by, choices): (Asker, Vec<Choice>),
    key: Option<Idempotency>,
) -> Result<IssuedUpdate, Refused> {
    let context = issue::read_context(app, Bytes::from(context)).await?;
    let outcome = issue::exchange(app, &context, by, choices, key).await?;
    let finding = issue::finding(&outcome.events);
    let mut answer = issue::issued(app, context.id, Some(&context), Some(finding)).await?;
    answer.activations = made(app, &outcome.events).await?;
    Ok(answer)
}

async fn by_serial(
    app: &App,
    id: ContainerId,
    (by, choices): (Asker, Vec<Choice>),
    key: Option<Idempotency>,
) -> Result<IssuedUpdate, Refused> {
    let command = ActivationCommand::Activate { by: by.clone(), container: id, choices };
    let outcome = app.submit(Command::Activation(command), key).await?;
    let mut answer = push(app, id, by, None).await?;
    answer.activations = made(app, &outcome.events).await?;
    Ok(answer)
}

/// The container of a serial, if it has to do with the IDs; else the same answer whether there is one or not.
pub(super) async fn named(
    app: &App,
    serial: &str,
    ids: &[ActivationId],
) -> Result<ContainerId, Refused> {
    let written = check_serial(serial).map_err(|error| Code::BadValue.says(format!("{error}.")))?;
    let (asked, ids) = (written.clone(), ids.to_vec());
    let found = app
        .query(move |office, _| {
            let known = office.fleet().by_serial(&asked).map(|known| known.id);
            known.filter(|id| office.may_name(*id, &ids))
        })
        .await?;
    found.ok_or_else(|| {
        Code::NotFound.says(format!(
            "Nothing of this activation ID is in container {written}. Send the container's context instead."
        ))
    })
}

/// The activations that a decision made.
async fn made(
    app: &App,
    events: &[Event],
) -> Result<Vec<tenure_api::office::PortalActivation>, Refused> {
    let numbers: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Activated(made) => Some(made.activation),
            _ => None,
        })
        .collect();
    let rows = app.query(move |office, _| {
        let all = numbers.iter().filter_map(|no| office.activations().get(*no));
        all.map(|one| portal_row(office, one)).collect()
    });
    Ok(rows.await?)
}

/// The update as JSON, or alone where that was asked for.
pub(super) fn portal_answer(headers: &HeaderMap, answer: IssuedUpdate) -> Response {
    update_answer(headers, answer)
}
