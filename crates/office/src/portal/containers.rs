//! What the holder of an activation ID may have done about containers: return, push, replace.
//!
//! Kept here: a container is named only together with an ID that it holds something of. Deliberately not here: quotas
//! of replacements and terms of returns (issuing).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use tenure_api::Problem;
use tenure_api::office::{
    IssuedUpdate, LossWhy, PortalPushRequest, PortalReplacement, PortalReplacementRequest,
    PortalReturnRequest,
};
use tenure_document::ActivationId;
use tenure_issuing::office::{ActivationCommand, Asker, Command, ContainerCommand, Event, Gone};
use tenure_ledger::Idempotency;
use tenure_shell::answer::json;
use tenure_shell::asked::Asked;
use tenure_shell::body::whole;
use tenure_shell::extract::json as read_json;
use tenure_shell::idempotency::idempotency;
use tenure_shell::login::Source;
use tenure_shell::problem::{Code, Refused};

use super::activate::{named, portal_answer};
use super::gate::all_known;
use crate::app::App;
use crate::names::activation;
use crate::push::push;
use crate::rows::activation::portal_row;
use crate::rows::container::state;

/// A call with one activation ID.
struct Call<T> {
    parts: Parts,
    id: ActivationId,
    key: Option<Idempotency>,
    asked: T,
}

async fn read<T: Asked>(
    app: &App,
    request: Request,
    of: fn(&T) -> &String,
) -> Result<Call<T>, Refused> {
    let (mut parts, body) = request.into_parts();
    let source = Source::from_request_parts(&mut parts, app).await?;
    let (parts, bytes) = whole(Request::from_parts(parts, body), &app.edge).await?;
    let asked: T = read_json(&parts.headers, &bytes)?;
    let ids = all_known(app, &source, std::slice::from_ref(of(&asked))).await?;
    let id = *ids.first().ok_or_else(|| Code::BadValue.says("Send an activation ID."))?;
    let key = idempotency(&parts, &bytes, || format!("portal:{id}"))?;
    Ok(Call { parts, id, key, asked })
}

/// Give units back: the update that comes out takes them out of the container.
#[utoipa::path(
    post, path = "/api/v1/portal/returns", tag = "portal", operation_id = "portal_return",
    request_body = PortalReturnRequest,
    responses(
        (status = 200, description = "The update; as text alone where `Accept` asks for it", content(
            (IssuedUpdate = "application/json"), (String = "application/vnd.tenure.update"),
        )),
        (status = 409, description = "It is on its way back, or may not come back", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn give_back(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Refused> {
    let call: Call<PortalReturnRequest> =
        read(&app, request, |asked: &PortalReturnRequest| &asked.activation_id).await?;
    let no = activation(&call.asked.activation)?;
    let by = Asker::Portal { activation_id: call.id };
    let quantity = call.asked.quantity;
    let command = ActivationCommand::Return { by: by.clone(), activation: no, quantity };
    let outcome = app.submit(Command::Activation(command), call.key).await?;
    let part = outcome.events.iter().find_map(|event| match event {
        Event::ReturnAsked(asked) => asked.part.map(|part| part.activation),
        _ => None,
    });
    let row = app
        .query(move |office, _| {
            let one = office.activations().get(part.unwrap_or(no))?;
            Some((one.container, portal_row(office, one)))
        })
        .await?;
    let (id, row) =
        row.ok_or_else(|| Code::NotFound.says(format!("There is no activation {no}.")))?;
    let mut answer = push(&app, id, by, None).await?;
    answer.activations = vec![row];
    Ok(portal_answer(&call.parts.headers, answer))
}

/// Get the update with all that is pending for a container, with nothing but its serial.
#[utoipa::path(
    post, path = "/api/v1/portal/push", tag = "portal", operation_id = "portal_push",
    request_body = PortalPushRequest,
    responses(
        (status = 200, description = "The update; as text alone where `Accept` asks for it", content(
            (IssuedUpdate = "application/json"), (String = "application/vnd.tenure.update"),
        )),
        (status = 404, description = "Nothing of this activation ID is in such a container", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn push_update(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Refused> {
    let call: Call<PortalPushRequest> =
        read(&app, request, |asked: &PortalPushRequest| &asked.activation_id).await?;
    let id = named(&app, &call.asked.serial, &[call.id]).await?;
    let by = Asker::Portal { activation_id: call.id };
    let answer = push(&app, id, by, call.key).await?;
    Ok(portal_answer(&call.parts.headers, answer))
}

/// Give a lost or broken container up: what it holds is free again, within the quota.
#[utoipa::path(
    post, path = "/api/v1/portal/replacements", tag = "portal", operation_id = "portal_replace",
    request_body = PortalReplacementRequest,
    responses(
        (status = 200, description = "It is given up", body = PortalReplacement),
        (status = 409, description = "The quota is used up: ask the vendor", body = Problem,
            content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn replace(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let call: Call<PortalReplacementRequest> =
        read(&app, request, |asked: &PortalReplacementRequest| &asked.activation_id).await?;
    let id = named(&app, &call.asked.serial, &[call.id]).await?;
    let why = match call.asked.why {
        LossWhy::Lost => Gone::Lost,
        LossWhy::Broken => Gone::Broken,
    };
    let by = Asker::Portal { activation_id: call.id };
    let command = ContainerCommand::Replace { by, id, why, reason: None };
    app.submit(Command::Container(command), call.key).await?;
    let known = app.query(move |office, _| office.fleet().get(id).map(|one| one.state)).await?;
    let known = known.ok_or_else(|| Code::NotFound.says("There is no such container."))?;
    Ok(json(
        StatusCode::OK,
        &PortalReplacement {
            serial: id.serial(),
            state: state(known),
            explanation: "What it held is free again: choose lines for another container. Should this one come back, \
                          it is told to give up what it has."
                .to_owned(),
        },
    ))
}
